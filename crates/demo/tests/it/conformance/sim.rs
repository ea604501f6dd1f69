//! The simulator, in this process but over TCP, in the words of these tests.

use anyhow::{Context, ensure};
use serde_json::Value;
use whatsim::{
    FaultId, FaultKind, InboxMessage, NewFault, NewPhone, Phones, PictureChange, PictureState, ProfileChange,
    Server,
};

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

    /// The authority of the media server.
    pub fn ca_pem(&self) -> String {
        self.server.ca_pem()
    }

    /// Lets all media expire.
    pub fn expire_media(&self) -> usize {
        self.server.expire_media()
    }

    /// Messages that came again and were dropped.
    pub fn repeats(&self) -> u64 {
        self.server.state().repeats
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

    /// Makes a phone that tells nobody its number; answers the number.
    pub fn new_secret_phone(&self, name: &str) -> anyhow::Result<String> {
        self.make(NewPhone { name: Some(name.to_owned()), hidden: true, ..NewPhone::default() })
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
        let is_it = |message: &InboxMessage| message.text() == Some(text);
        until(format!("message {text:?} at the phone {number}"), async || {
            self.inbox(number).ok()?.into_iter().find(is_it)
        })
        .await
    }

    /// Waits until a phone has received the message with this id.
    pub async fn received(&self, number: &str, id: &str) -> anyhow::Result<InboxMessage> {
        until(format!("message {id} at the phone {number}"), async || {
            self.inbox(number).ok()?.into_iter().find(|message| message.id == id)
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
        // The phone has no number among its devices.
        let device = if device == 0 { String::new() } else { format!(":{device}") };
        Ok([format!("{number}{device}@c.us.0"), format!("{lid}{device}@lid.0")])
    }

    /// Sets a fault as the admin API would.
    pub fn fault(
        &self,
        scope: &str,
        kind: &str,
        params: Value,
        times: Option<u32>,
    ) -> anyhow::Result<FaultId> {
        self.set_fault(scope, kind, params, times, None)
    }

    /// Sets a fault that ends by itself, at an RFC 3339 time.
    pub fn fault_until(
        &self,
        scope: &str,
        kind: &str,
        params: Value,
        until: &str,
    ) -> anyhow::Result<FaultId> {
        self.set_fault(scope, kind, params, None, Some(until))
    }

    fn set_fault(
        &self,
        scope: &str,
        kind: &str,
        params: Value,
        times: Option<u32>,
        until: Option<&str>,
    ) -> anyhow::Result<FaultId> {
        let kind = FaultKind::parse(kind, Some(params))?;
        let until = until.map(str::parse).transpose()?;
        let wanted = NewFault { scope: scope.parse()?, kind, times, until };
        Ok(self.server.faults().add(wanted)?.fault.id)
    }

    pub fn lift(&self, fault: FaultId) -> anyhow::Result<()> {
        Ok(self.server.faults().clear(fault)?)
    }

    /// The phones, for what no word here says.
    pub fn phones(&self) -> Phones {
        self.server.phones()
    }

    /// The code that a phone shows while it links with its passkey.
    pub fn passkey_code(&self, number: &str) -> anyhow::Result<String> {
        self.phones().passkey(number)?.code.context("the phone shows no code")
    }

    pub fn rename(&self, number: &str, name: &str) -> anyhow::Result<()> {
        let change = ProfileChange { name: Some(name.to_owned()), picture: PictureChange::Keep };
        self.phones().change_profile(number, change)?;
        Ok(())
    }

    /// Sets a phone's picture, or takes it away.
    pub fn set_picture(&self, number: &str, image: Option<&[u8]>) -> anyhow::Result<()> {
        let picture = image.map_or(PictureChange::Remove, |image| PictureChange::Set(image.to_vec()));
        self.phones().change_profile(number, ProfileChange { name: None, picture })?;
        Ok(())
    }

    pub fn picture(&self, number: &str) -> anyhow::Result<Option<PictureState>> {
        Ok(self.phones().profile(number)?.picture)
    }

    /// Connections that are past their handshake.
    pub fn connections(&self) -> usize {
        self.server.state().connections
    }

    /// The most handshakes and the most connections at one time.
    pub fn peaks(&self) -> (usize, usize) {
        let state = self.server.state();
        (state.peak_handshakes, state.peak_connections)
    }

    pub fn reset_peaks(&self) {
        self.server.reset_peaks();
    }

    /// The whole server vanishes from the network.
    pub async fn go_dark(&self) {
        self.server.go_dark().await;
    }

    pub async fn return_from_dark(&self) -> anyhow::Result<()> {
        Ok(self.server.return_from_dark().await?)
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
