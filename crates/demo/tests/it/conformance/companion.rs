//! A linked device that runs whatsapp-rust. As in linekeeper, the library does not reconnect by itself.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::task::JoinHandle;
use whatsapp_rust::pair_code::PairCodeOptions;
use whatsapp_rust::store::persistence_manager::PersistenceManager;
use whatsapp_rust::transport::TokioWebSocketTransportFactory;
use whatsapp_rust::types::presence::ReceiptType;
use whatsapp_rust::wacore::iq::keepalive::KeepaliveSpec;
use whatsapp_rust::wacore::proto_helpers::MessageExt;
use whatsapp_rust::wacore::store::InMemoryBackend;
use whatsapp_rust::wacore::types::events::Event;
use whatsapp_rust::{Client, Jid, TokioRuntime};

use super::mailbox::Mailbox;
use super::web::Web;
use crate::deadline::{STEP, within};
use crate::sim::Sim;

/// The number of prekeys that a companion uploads. It is far lower than the usual 812, because in an unoptimised
/// build, making 812 prekeys takes most of the time of a pairing.
const PREKEYS: usize = 40;
/// The client version to report. The simulator accepts any version. Without a fixed version, the library asks WhatsApp
/// for the current version.
const VERSION: (u32, u32, u32) = (2, 3000, 1_043_857_760);

/// A text that a companion received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The id that the sender gave the text.
    pub id: String,
    /// The chat that the text belongs to.
    pub chat: Jid,
    /// Whether another device of the same account sent it.
    pub from_me: bool,
    /// Whether the text was waiting at the server when the device connected.
    pub offline: bool,
    /// The text itself.
    pub body: String,
}

/// What the client reported about the end of a connection. After a planned restart, the client usually reports
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The connection was lost.
    Disconnected,
    /// The device is no longer linked. `on_connect` is true if the server said so at login.
    LoggedOut { on_connect: bool, code: i32 },
    /// Another connection of the same device replaced this connection.
    Replaced,
    /// The account is banned for a while.
    Banned { code: i32, seconds: i64 },
    /// The client is too old.
    Outdated,
    /// The server refused the login for another reason.
    Refused { code: i32, may_retry: bool },
}

/// The address of a phone number, to which a message can be sent.
pub fn jid(number: &str) -> Jid {
    Jid::pn(number)
}

/// A whatsapp-rust client and its store. The companion keeps its store when a connection ends and a new client replaces
/// the old client.
pub struct Companion {
    url: String,
    web: Web,
    store: Arc<InMemoryBackend>,
    client: Arc<Client>,
    events: Arc<Mailbox>,
    running: Option<JoinHandle<()>>,
}

impl Companion {
    /// Creates a companion that is not linked yet.
    pub async fn new(sim: &Sim) -> anyhow::Result<Self> {
        let store = Arc::new(InMemoryBackend::new());
        let web = Web::trusting(&sim.ca_pem())?;
        let (client, events) = client(&sim.endpoint(), &web, &store).await?;
        Ok(Self { url: sim.endpoint(), web, store, client, events, running: None })
    }

    /// A companion that is linked to the phone of `number` and connected.
    pub async fn linked(sim: &Sim, number: &str) -> anyhow::Result<Self> {
        let mut companion = Self::new(sim).await?;
        companion.link_by_qr(sim, number).await?;
        Ok(companion)
    }

    /// Shows a QR code, scans the code with the phone of `number`, and stays connected.
    pub async fn link_by_qr(&mut self, sim: &Sim, number: &str) -> anyhow::Result<()> {
        let qr = self.show_qr().await?;
        sim.scan(number, &qr).await?;
        self.paired().await
    }

    /// Connects and returns the text of the QR code.
    pub async fn show_qr(&mut self) -> anyhow::Result<String> {
        self.dial();
        self.events
            .take("QR code", |event| match event {
                Event::PairingQrCode(qr) => Some(qr.code.clone()),
                _ => None,
            })
            .await
    }

    /// Asks for a pairing code, types the code on the phone of `number`, and stays connected.
    pub async fn link_by_code(&mut self, sim: &Sim, number: &str) -> anyhow::Result<()> {
        let code = self.show_code(number).await?;
        sim.type_code(number, &code).await?;
        self.paired().await
    }

    /// Connects and returns a pairing code for the phone of `number`.
    pub async fn show_code(&mut self, number: &str) -> anyhow::Result<String> {
        self.dial();
        self.client.wait_for_socket(STEP).await?;
        let options = PairCodeOptions { phone_number: number.to_owned(), ..Default::default() };
        Ok(within("pairing code", self.client.pair_with_code(options)).await??)
    }

    /// Waits until the pairing, the planned restart and the first login are done.
    pub async fn paired(&mut self) -> anyhow::Result<()> {
        self.events
            .take("pair-success", |event| matches!(event, Event::PairSuccess(_)).then_some(()))
            .await?;
        self.ended().await?;
        self.connect().await
    }

    /// Opens a connection with the existing session and waits until the client says it is connected.
    pub async fn connect(&mut self) -> anyhow::Result<()> {
        self.dial();
        self.connected().await
    }

    /// Waits until the client says it is connected.
    pub async fn connected(&self) -> anyhow::Result<()> {
        self.events.take("Connected", |event| matches!(event, Event::Connected(_)).then_some(())).await
    }

    /// Starts one connection and waits for nothing.
    #[expect(clippy::disallowed_methods, reason = "the test's runtime ends it, and `ended` waits for it")]
    pub fn dial(&mut self) {
        let client = Arc::clone(&self.client);
        self.running = Some(tokio::spawn(async move { client.run().await }));
    }

    /// Disconnects. Afterwards, the client has saved its state to the store.
    pub async fn hang_up(&mut self) -> anyhow::Result<()> {
        within("disconnected client", self.client.disconnect()).await?;
        self.ended().await?;
        Ok(())
    }

    /// Hangs up and reconnects as a restarted process would: with a new client on the same store.
    pub async fn reconnect(&mut self) -> anyhow::Result<()> {
        self.hang_up().await?;
        self.restart().await?;
        self.connect().await
    }

    /// Replaces the client with a new one on the same store, because a client that has disconnected cannot be
    /// reused.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        (self.client, self.events) = client(&self.url, &self.web, &self.store).await?;
        Ok(())
    }

    /// A second client on the same store, as if the session had been copied.
    pub async fn twin(&self) -> anyhow::Result<Self> {
        let (client, events) = client(&self.url, &self.web, &self.store).await?;
        let (url, web, store) = (self.url.clone(), self.web.clone(), Arc::clone(&self.store));
        Ok(Self { url, web, store, client, events, running: None })
    }

    /// Logs this device out at the server.
    pub async fn log_out(&mut self) -> anyhow::Result<()> {
        within("logged out client", self.client.logout()).await
    }

    /// Waits until the connection ends and returns what the client reported about it.
    pub async fn ended(&mut self) -> anyhow::Result<Vec<Ending>> {
        let running = self.running.take().context("the companion has not dialled")?;
        within("end of the connection", running).await??;
        Ok(self.endings())
    }

    /// Takes out the endings that the client has reported so far.
    pub fn endings(&self) -> Vec<Ending> {
        self.events.drain(ending)
    }

    /// Sends a text to the account of `number` and returns the message's id.
    pub async fn send_text(&self, number: &str, body: &str) -> anyhow::Result<String> {
        let sent = within("sent message", self.client.send_text(jid(number), body)).await??;
        Ok(sent.message_id.to_string())
    }

    /// Waits until the server has accepted the message.
    pub async fn accepted(&self, id: &str) -> anyhow::Result<()> {
        let error = self.acknowledged(id).await?;
        ensure!(error.is_none(), "the server refused {id}: {error:?}");
        Ok(())
    }

    /// Waits for the server's ack of the message and returns the error in the ack.
    pub async fn acknowledged(&self, id: &str) -> anyhow::Result<Option<String>> {
        self.events
            .take(format!("server ack of {id}"), |event| match event {
                Event::ServerAck(ack) if ack.id == id => Some(ack.error.clone()),
                _ => None,
            })
            .await
    }

    /// Waits for the first event for which `pick` returns something. Removes the event and returns the result of
    /// `pick`. The event may have arrived before this call.
    pub async fn event<T>(&self, what: &str, pick: impl FnMut(&Event) -> Option<T>) -> anyhow::Result<T> {
        self.events.take(what, pick).await
    }

    /// Takes out all events so far for which `pick` returns something.
    pub fn events_so_far<T>(&self, pick: impl FnMut(&Event) -> Option<T>) -> Vec<T> {
        self.events.drain(pick)
    }

    /// Pings the server and waits up to a second for the answer.
    pub async fn ping(&self) -> anyhow::Result<()> {
        let ping = KeepaliveSpec::with_timeout(Duration::from_secs(1));
        Ok(within("end of a ping", self.client.execute(ping)).await??)
    }

    /// The next text, whoever sent it.
    pub async fn next_text(&self) -> anyhow::Result<Text> {
        self.events.take("text", text).await
    }

    /// Waits for a receipt of this kind for the message `id` and returns its sender.
    pub async fn receipt(&self, id: &str, kind: ReceiptType) -> anyhow::Result<Jid> {
        self.events
            .take(format!("{kind:?} receipt for {id}"), |event| match event {
                Event::Receipt(receipt)
                    if receipt.r#type == kind && receipt.message_ids.iter().any(|of| of == id) =>
                {
                    Some(receipt.source.sender.clone())
                }
                _ => None,
            })
            .await
    }

    /// Sends a read receipt for a text.
    pub async fn read(&self, text: &Text) -> anyhow::Result<()> {
        within("read receipt", self.client.mark_as_read(&text.chat, None, &[&text.id])).await?
    }

    /// The client itself, for calls that have no method here.
    pub fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// The companion's store.
    pub fn store(&self) -> &InMemoryBackend {
        &self.store
    }

    /// The device's number within its account.
    pub fn device(&self) -> anyhow::Result<u16> {
        Ok(self.client.pn().context("not linked")?.device)
    }
}

async fn client(
    url: &str,
    web: &Web,
    store: &Arc<InMemoryBackend>,
) -> anyhow::Result<(Arc<Client>, Arc<Mailbox>)> {
    let client = Client::builder()
        .with_runtime(TokioRuntime)
        .with_persistence_manager(Arc::new(PersistenceManager::new(store.clone()).await?))
        .with_transport_factory(TokioWebSocketTransportFactory::new().with_url(url))
        .with_http_client(web.clone())
        .with_version_override(VERSION)
        .with_wanted_pre_key_count(PREKEYS)
        .with_background_saver_interval(Duration::from_secs(30))
        .build()
        .await?
        .into_client();
    client.enable_auto_reconnect.store(false, Ordering::Relaxed);
    let events = Arc::new(Mailbox::default());
    client.subscribe_handler(events.clone()).detach();
    Ok((client, events))
}

fn text(event: &Event) -> Option<Text> {
    let Event::Messages(batch) = event else { return None };
    batch.iter().find_map(|inbound| {
        Some(Text {
            body: inbound.message.text_content()?.to_owned(),
            id: inbound.info.id.to_string(),
            chat: inbound.info.source.chat.clone(),
            from_me: inbound.info.source.is_from_me,
            offline: inbound.info.is_offline,
        })
    })
}

fn ending(event: &Event) -> Option<Ending> {
    Some(match event {
        Event::Disconnected(_) => Ending::Disconnected,
        Event::LoggedOut(out) => Ending::LoggedOut { on_connect: out.on_connect, code: out.reason.code() },
        Event::StreamReplaced(_) => Ending::Replaced,
        Event::TemporaryBan(ban) => {
            Ending::Banned { code: ban.code.code(), seconds: ban.expire.num_seconds() }
        }
        Event::ClientOutdated(_) => Ending::Outdated,
        Event::ConnectFailure(failure) => {
            Ending::Refused { code: failure.reason.code(), may_retry: failure.reason.should_reconnect() }
        }
        _ => return None,
    })
}
