//! The simulator, in this process but over TCP, in the words of these tests.

use anyhow::{Context, ensure};
use serde_json::Value;
use whatsim::{FaultId, FaultKind, InboxMessage, NewFault, NewPhone, Server};

use crate::deadline::until;

/// How many handshakes of each pattern a server has finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handshakes {
    pub xx: u64,
    pub ik: u64,
    pub xx_fallback: u64,
}

/// A simulator of one test.
pub struct Sim {
    server: Server,
    socket_url: String,
    admin_url: String,
}

impl Sim {
    pub async fn start() -> anyhow::Result<Self> {
        let server = Server::builder().start().await?;
        Ok(Self { socket_url: server.ws_url(), admin_url: server.http_url(), server })
    }

    pub fn socket_url(&self) -> &str {
        &self.socket_url
    }

    pub fn admin_url(&self) -> &str {
        &self.admin_url
    }

    /// The Noise root key in hex.
    pub fn root_key(&self) -> String {
        self.server.state().noise_root
    }

    /// Makes a phone; answers its number.
    pub fn new_phone(&self, name: &str) -> anyhow::Result<String> {
        self.make(NewPhone { name: Some(name.to_owned()), ..NewPhone::default() })
    }

    /// Makes a phone whose chats use hidden addresses; answers its number.
    pub fn new_hidden_phone(&self, name: &str) -> anyhow::Result<String> {
        self.make(NewPhone { name: Some(name.to_owned()), lid: true, ..NewPhone::default() })
    }

    fn make(&self, phone: NewPhone) -> anyhow::Result<String> {
        Ok(self.server.phones().create(phone)?.number)
    }

    /// Scans a QR code; returns when the companion has signed.
    pub async fn scan(&self, number: &str, qr: &str) -> anyhow::Result<()> {
        self.server.phones().scan(number, qr).await?;
        Ok(())
    }

    /// Types a pairing code; returns when the companion has signed.
    pub async fn type_code(&self, number: &str, code: &str) -> anyhow::Result<()> {
        self.server.phones().enter_pairing_code(number, code).await?;
        Ok(())
    }

    /// Has one phone text another account.
    pub async fn say(&self, from: &str, to: &str, text: &str) -> anyhow::Result<()> {
        self.server.phones().send_text(from, to, text).await?;
        Ok(())
    }

    /// Waits until a phone has received and decrypted this text.
    pub async fn heard(&self, number: &str, text: &str) -> anyhow::Result<InboxMessage> {
        let is_it = |message: &InboxMessage| message.text.as_deref() == Some(text);
        until(format!("message {text:?} at the phone {number}"), async || {
            self.inbox(number).ok()?.into_iter().find(is_it)
        })
        .await
    }

    /// All that a phone received.
    pub fn inbox(&self, number: &str) -> anyhow::Result<Vec<InboxMessage>> {
        Ok(self.server.phones().inbox(number, 0)?)
    }

    /// The phone's linked devices.
    pub fn devices(&self, number: &str) -> anyhow::Result<Vec<u16>> {
        Ok(self.server.phones().get(number)?.devices.iter().map(|device| device.device).collect())
    }

    /// How many messages the phone's linked devices could not decrypt.
    pub fn retries(&self, number: &str) -> anyhow::Result<u64> {
        Ok(self.server.phones().get(number)?.devices.iter().map(|device| device.retries).sum())
    }

    pub fn unlink(&self, number: &str, device: u16) -> anyhow::Result<()> {
        Ok(self.server.phones().unlink(number, device)?)
    }

    /// Makes a phone forget its Signal session with one device of another account.
    pub fn forget_session(&self, number: &str, peer: &str, device: u16) -> anyhow::Result<()> {
        Ok(self.server.phones().forget_session(number, peer, device)?)
    }

    /// The addresses by which a client may have filed its Signal session with a device.
    pub fn signal_addresses(&self, number: &str, device: u16) -> anyhow::Result<[String; 2]> {
        let lid = self.server.phones().get(number)?.lid;
        let lid = lid.split_once('@').context("a lid is an address")?.0.to_owned();
        Ok([format!("{number}:{device}@c.us.0"), format!("{lid}:{device}@lid.0")])
    }

    /// Sets a fault as the admin API would.
    pub fn fault(
        &self,
        scope: &str,
        kind: &str,
        params: Value,
        times: Option<u32>,
    ) -> anyhow::Result<FaultId> {
        let wanted = NewFault {
            scope: scope.parse()?,
            kind: FaultKind::parse(kind, Some(params))?,
            times,
            until: None,
        };
        Ok(self.server.faults().add(wanted)?.fault.id)
    }

    pub fn lift(&self, fault: FaultId) -> anyhow::Result<()> {
        Ok(self.server.faults().clear(fault)?)
    }

    pub fn handshakes(&self) -> Handshakes {
        let counters = self.server.state().counters.handshakes;
        Handshakes { xx: counters.xx, ik: counters.ik, xx_fallback: counters.xx_fallback }
    }

    /// Gives the server another Noise key, as if WhatsApp had rotated its own. Accounts and devices stay.
    pub fn change_server_key(&self) -> anyhow::Result<()> {
        Ok(self.server.change_noise_seed(b"another")?)
    }

    /// Ends the simulation. Fails when a client said something that whatsim does not know.
    pub async fn finish(self) -> anyhow::Result<()> {
        let unhandled = self.server.state().unhandled;
        self.server.shutdown().await;
        ensure!(unhandled.is_empty(), "stanzas that whatsim does not know: {unhandled:#?}");
        Ok(())
    }
}
