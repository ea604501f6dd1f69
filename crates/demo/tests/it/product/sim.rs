//! The simulated WhatsApp of a test, and its phones.

use whatsim::{
    FaultId, FaultKind, NewFault, NewPhone, PhoneState, PictureChange, ProfileChange, Scope, Server,
};

use crate::deadline::until;

pub struct Sim(Server);

impl Sim {
    pub async fn start() -> anyhow::Result<Self> {
        // What the simulator finds odd is shown where the test fails.
        let told = tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_test_writer();
        let _already_set = told.try_init();
        Ok(Self(Server::builder().start().await?))
    }

    pub fn endpoint(&self) -> String {
        self.0.ws_url()
    }

    /// The simulator itself, for what no other test asks of it.
    pub const fn server(&self) -> &Server {
        &self.0
    }

    /// A phone of somebody new; answers its number.
    pub fn phone(&self, name: &str) -> anyhow::Result<String> {
        let phone = NewPhone { name: Some(name.to_owned()), ..NewPhone::default() };
        Ok(self.0.phones().create(phone)?.number)
    }

    /// A phone with a number of the test's choice.
    pub fn phone_with(&self, number: &str, name: &str) -> anyhow::Result<()> {
        let phone =
            NewPhone { number: Some(number.to_owned()), name: Some(name.to_owned()), ..NewPhone::default() };
        self.0.phones().create(phone)?;
        Ok(())
    }

    /// A phone that hides its number.
    pub fn hidden_phone(&self, name: &str) -> anyhow::Result<String> {
        let phone = NewPhone { name: Some(name.to_owned()), hidden: true, ..NewPhone::default() };
        Ok(self.0.phones().create(phone)?.number)
    }

    pub async fn scan(&self, number: &str, qr: &str) -> anyhow::Result<()> {
        self.0.phones().scan(number, qr).await?;
        Ok(())
    }

    pub async fn send(&self, from: &str, to: &str, text: &str) -> anyhow::Result<()> {
        self.0.phones().send_text(from, to, text).await?;
        Ok(())
    }

    /// Something goes wrong for the linked devices of a phone: now, and at their next `times - 1` logins.
    pub fn fault(&self, number: &str, kind: FaultKind, times: u32) -> anyhow::Result<FaultId> {
        let scope = Scope::Number(number.to_owned());
        Ok(self.0.faults().add(NewFault { scope, kind, times: Some(times), until: None })?.fault.id)
    }

    /// WhatsApp limits the account of a phone: until an RFC 3339 time where one is given, else until it is cleared.
    pub fn limit(&self, number: &str, kind: FaultKind, until: Option<&str>) -> anyhow::Result<FaultId> {
        let scope = Scope::Number(number.to_owned());
        let until = until.map(str::parse).transpose()?;
        Ok(self.0.faults().add(NewFault { scope, kind, times: None, until })?.fault.id)
    }

    /// Ends a fault.
    pub fn clear(&self, fault: FaultId) -> anyhow::Result<()> {
        self.0.faults().clear(fault)?;
        Ok(())
    }

    /// The owner of the phone types a pairing code.
    pub async fn type_code(&self, number: &str, code: &str) -> anyhow::Result<()> {
        self.0.phones().enter_pairing_code(number, code).await?;
        Ok(())
    }

    /// The owner of the phone answers WhatsApp's question with the account's passkey: what a browser would send.
    pub fn use_passkey(&self, number: &str, options: &str) -> anyhow::Result<serde_json::Value> {
        Ok(serde_json::from_str(&self.0.phones().use_passkey(number, options)?.json)?)
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.0.state().connections
    }

    /// The most connections at one time, since the start or the last reset.
    pub fn peak_connections(&self) -> usize {
        self.0.state().peak_connections
    }

    pub fn reset_peaks(&self) {
        self.0.reset_peaks();
    }

    /// The owner of the phone sets its picture, or takes it away.
    pub fn set_picture(&self, number: &str, image: Option<&[u8]>) -> anyhow::Result<()> {
        let picture = image.map_or(PictureChange::Remove, |image| PictureChange::Set(image.to_vec()));
        self.0.phones().change_profile(number, ProfileChange { name: None, picture })?;
        Ok(())
    }

    /// What people who look at the phone's owner are shown as the name.
    pub fn name_of(&self, number: &str) -> anyhow::Result<String> {
        Ok(self.0.phones().profile(number)?.name)
    }

    /// The owner of the phone calls themselves something else.
    pub fn rename(&self, number: &str, name: &str) -> anyhow::Result<()> {
        let change = ProfileChange { name: Some(name.to_owned()), picture: PictureChange::Keep };
        self.0.phones().change_profile(number, change)?;
        Ok(())
    }

    /// The owner of the phone removes all linked devices.
    pub fn unlink(&self, number: &str) -> anyhow::Result<()> {
        for device in self.state(number)?.devices {
            self.0.phones().unlink(number, device.device)?;
        }
        Ok(())
    }

    pub fn state(&self, number: &str) -> anyhow::Result<PhoneState> {
        Ok(self.0.phones().get(number)?)
    }

    /// How many messages the only linked device could not decrypt.
    pub fn retries(&self, number: &str) -> anyhow::Result<u64> {
        Ok(self.state(number)?.devices.iter().map(|device| device.retries).sum())
    }

    /// Waits until the linked devices have taken everything that was sent to them.
    pub async fn drained(&self, number: &str) -> anyhow::Result<()> {
        let mut left = self.pending(number)?;
        // A long queue takes its time: what counts is that it goes on.
        while left > 0 {
            let what = format!("a shorter queue than {left}");
            left = until(&what, async || self.pending(number).ok().filter(|now| *now < left)).await?;
        }
        Ok(())
    }

    /// How many stanzas wait for the devices of a number, or for their acknowledgement.
    fn pending(&self, number: &str) -> anyhow::Result<usize> {
        Ok(self.state(number)?.devices.iter().map(|device| device.pending).sum())
    }

    /// Ends the test: nothing may have been said that whatsim did not understand.
    pub async fn finish(self) {
        let unhandled = self.0.state().unhandled;
        self.0.shutdown().await;
        assert!(unhandled.is_empty(), "whatsim did not know {unhandled:?}");
    }
}
