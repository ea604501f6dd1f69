//! The simulated WhatsApp of one test. It runs in the test's process, and the server connects to it over TCP. The
//! methods for its phones are in `phones`.

mod phones;

use serde_json::Value;
use whatsim::{FaultId, FaultKind, NewFault, Phones, Scope, Server};

/// How many handshakes the server has finished, for each pattern of handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handshakes {
    pub xx: u64,
    pub ik: u64,
    pub xx_fallback: u64,
}

/// The simulated WhatsApp of one test. The comment at the top of this module describes it.
pub struct Sim(Server);

impl Sim {
    pub async fn start() -> anyhow::Result<Self> {
        // Print the simulator's warnings with the output of the failing test.
        let told = tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_test_writer();
        let _already_set = told.try_init();
        Ok(Self(Server::builder().start().await?))
    }

    /// The URL that clients connect to.
    pub fn endpoint(&self) -> String {
        self.0.ws_url()
    }

    pub fn admin_url(&self) -> String {
        self.0.http_url()
    }

    /// The simulator itself, for everything that has no method here.
    pub const fn server(&self) -> &Server {
        &self.0
    }

    /// The simulated phones, for everything that has no method here.
    pub fn phones(&self) -> Phones {
        self.0.phones()
    }

    /// The certificate authority of the media server, as PEM.
    pub fn ca_pem(&self) -> String {
        self.0.ca_pem()
    }

    /// Makes all files on the media server expire. Returns how many there were.
    pub fn expire_media(&self) -> usize {
        self.0.expire_media()
    }

    /// The number of repeated messages that the simulated server or a phone dropped.
    pub fn repeats(&self) -> u64 {
        self.0.state().repeats
    }

    /// The Noise root key in hex.
    pub fn root_key(&self) -> String {
        self.0.state().noise_root
    }

    pub fn handshakes(&self) -> Handshakes {
        let counters = self.0.state().counters.handshakes;
        Handshakes { xx: counters.xx, ik: counters.ik, xx_fallback: counters.xx_fallback }
    }

    /// Gives the server another Noise key, as if WhatsApp had rotated its key. Accounts and devices stay.
    pub fn change_server_key(&self) -> anyhow::Result<()> {
        Ok(self.0.change_noise_seed(b"another")?)
    }

    /// Sets a fault for the linked devices of a phone. `times` says how often the fault can hit. Faults of some
    /// kinds hit the current connections and then the next `times - 1` logins. Faults of other kinds hit the next
    /// `times` messages or requests.
    pub fn fault(&self, number: &str, kind: FaultKind, times: u32) -> anyhow::Result<FaultId> {
        let scope = Scope::Number(number.to_owned());
        self.set(NewFault { scope, kind, times: Some(times), until: None })
    }

    /// Sets a fault that limits the account of a phone. The fault ends at the time `until` (RFC 3339), or when it is
    /// cleared.
    pub fn limit(&self, number: &str, kind: FaultKind, until: Option<&str>) -> anyhow::Result<FaultId> {
        let scope = Scope::Number(number.to_owned());
        let until = until.map(str::parse).transpose()?;
        self.set(NewFault { scope, kind, times: None, until })
    }

    /// Sets a fault by the names that the admin API uses.
    pub fn named_fault(
        &self,
        scope: &str,
        kind: &str,
        params: Value,
        times: Option<u32>,
    ) -> anyhow::Result<FaultId> {
        let kind = FaultKind::parse(kind, Some(params))?;
        self.set(NewFault { scope: scope.parse()?, kind, times, until: None })
    }

    /// Sets a fault as [`Self::named_fault`] does. It ends by itself at `until`, an RFC 3339 time.
    pub fn named_fault_until(
        &self,
        scope: &str,
        kind: &str,
        params: Value,
        until: &str,
    ) -> anyhow::Result<FaultId> {
        let kind = FaultKind::parse(kind, Some(params))?;
        self.set(NewFault { scope: scope.parse()?, kind, times: None, until: Some(until.parse()?) })
    }

    fn set(&self, fault: NewFault) -> anyhow::Result<FaultId> {
        Ok(self.0.faults().add(fault)?.fault.id)
    }

    /// Ends a fault.
    pub fn clear(&self, fault: FaultId) -> anyhow::Result<()> {
        Ok(self.0.faults().clear(fault)?)
    }

    /// The number of connections that have finished their handshake.
    pub fn connections(&self) -> usize {
        self.0.state().connections
    }

    /// The largest number of simultaneous connections since the start or the last reset.
    pub fn peak_connections(&self) -> usize {
        self.0.state().peak_connections
    }

    /// The largest number of simultaneous handshakes since the start or the last reset.
    pub fn peak_handshakes(&self) -> usize {
        self.0.state().peak_handshakes
    }

    pub fn reset_peaks(&self) {
        self.0.reset_peaks();
    }

    /// Makes the whole server disappear from the network.
    pub async fn go_dark(&self) {
        self.0.go_dark().await;
    }

    pub async fn return_from_dark(&self) -> anyhow::Result<()> {
        Ok(self.0.return_from_dark().await?)
    }

    /// Ends the test. Fails if a client sent a stanza that whatsim does not know.
    pub async fn finish(self) -> anyhow::Result<()> {
        let unhandled = self.0.state().unhandled;
        self.0.shutdown().await;
        anyhow::ensure!(unhandled.is_empty(), "stanzas that whatsim does not know: {unhandled:#?}");
        Ok(())
    }
}
