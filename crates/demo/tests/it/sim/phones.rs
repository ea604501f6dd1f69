//! The methods of `Sim` for phones and for what people do with them.

use anyhow::Context as _;
use serde_json::Value;
use whatsim::{InboxMessage, NewPhone, PhoneState, PictureChange, PictureState, ProfileChange};

use super::Sim;
use crate::deadline::until;

impl Sim {
    /// Creates a phone with a new account and returns its number.
    pub fn phone(&self, name: &str) -> anyhow::Result<String> {
        self.make(NewPhone { name: Some(name.to_owned()), ..NewPhone::default() })
    }

    /// Creates a phone with the given number.
    pub fn phone_with(&self, number: &str, name: &str) -> anyhow::Result<()> {
        let number = Some(number.to_owned());
        self.make(NewPhone { number, name: Some(name.to_owned()), ..NewPhone::default() })?;
        Ok(())
    }

    /// Creates a phone whose chats use LIDs, the addresses that do not show the phone number.
    pub fn phone_with_lid(&self, name: &str) -> anyhow::Result<String> {
        self.make(NewPhone { name: Some(name.to_owned()), lid: true, ..NewPhone::default() })
    }

    /// Creates a phone that hides its number from everybody.
    pub fn hidden_phone(&self, name: &str) -> anyhow::Result<String> {
        self.make(NewPhone { name: Some(name.to_owned()), hidden: true, ..NewPhone::default() })
    }

    fn make(&self, phone: NewPhone) -> anyhow::Result<String> {
        Ok(self.phones().create(phone)?.number)
    }

    /// Scans a QR code. Returns when the companion has signed the link.
    pub async fn scan(&self, number: &str, qr: &str) -> anyhow::Result<()> {
        self.phones().scan(number, qr).await?;
        Ok(())
    }

    /// Types a pairing code on the phone. Returns when the companion has signed the link.
    pub async fn type_code(&self, number: &str, code: &str) -> anyhow::Result<()> {
        self.phones().enter_pairing_code(number, code).await?;
        Ok(())
    }

    /// Answers WhatsApp's passkey request with the passkey of the account. Returns what a browser would send.
    pub fn use_passkey(&self, number: &str, options: &str) -> anyhow::Result<Value> {
        Ok(serde_json::from_str(&self.phones().use_passkey(number, options)?.json)?)
    }

    /// The code that a phone shows while it links a device with its passkey.
    pub fn passkey_code(&self, number: &str) -> anyhow::Result<String> {
        self.phones().passkey(number)?.code.context("the phone shows no code")
    }

    /// Sends a text from a phone to another account or to a group.
    pub async fn send(&self, from: &str, to: &str, text: &str) -> anyhow::Result<()> {
        self.phones().send_text(from, to, text).await?;
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

    /// All messages that a phone has received.
    pub fn inbox(&self, number: &str) -> anyhow::Result<Vec<InboxMessage>> {
        Ok(self.phones().inbox(number, 0)?)
    }

    pub fn state(&self, number: &str) -> anyhow::Result<PhoneState> {
        Ok(self.phones().get(number)?)
    }

    /// The device numbers of the phone's linked devices.
    pub fn devices(&self, number: &str) -> anyhow::Result<Vec<u16>> {
        Ok(self.state(number)?.devices.iter().map(|device| device.device).collect())
    }

    /// How many messages the phone's linked devices could not decrypt.
    pub fn retries(&self, number: &str) -> anyhow::Result<u64> {
        Ok(self.state(number)?.devices.iter().map(|device| device.retries).sum())
    }

    /// Waits until the linked devices have acknowledged everything that was sent to them.
    pub async fn drained(&self, number: &str) -> anyhow::Result<()> {
        let mut left = self.pending(number)?;
        // A long queue may take longer than the time limit of one step. So each step only waits until the queue is
        // shorter.
        while left > 0 {
            let what = format!("a shorter queue than {left}");
            left = until(&what, async || self.pending(number).ok().filter(|now| *now < left)).await?;
        }
        Ok(())
    }

    /// How many stanzas the devices of a number have not acknowledged yet.
    fn pending(&self, number: &str) -> anyhow::Result<usize> {
        Ok(self.state(number)?.devices.iter().map(|device| device.pending).sum())
    }

    /// Removes a linked device on the phone.
    pub fn unlink(&self, number: &str, device: u16) -> anyhow::Result<()> {
        Ok(self.phones().unlink(number, device)?)
    }

    /// Removes all linked devices on the phone.
    pub fn unlink_all(&self, number: &str) -> anyhow::Result<()> {
        self.devices(number)?.into_iter().try_for_each(|device| self.unlink(number, device))
    }

    /// Makes a phone forget its Signal session with one device of another account.
    pub fn forget_session(&self, number: &str, peer: &str, device: u16) -> anyhow::Result<()> {
        Ok(self.phones().forget_session(number, peer, device)?)
    }

    /// The two addresses under which a client may have stored its Signal session with a device: one with the phone
    /// number, and one with the LID.
    pub fn signal_addresses(&self, number: &str, device: u16) -> anyhow::Result<[String; 2]> {
        let lid = self.state(number)?.lid;
        let lid = lid.split_once('@').context("a lid is an address")?.0.to_owned();
        // An address contains the device number, except for the phone itself (device 0).
        let device = if device == 0 { String::new() } else { format!(":{device}") };
        Ok([format!("{number}{device}@c.us.0"), format!("{lid}{device}@lid.0")])
    }

    /// Changes the name of the phone's owner.
    pub fn rename(&self, number: &str, name: &str) -> anyhow::Result<()> {
        let change = ProfileChange { name: Some(name.to_owned()), picture: PictureChange::Keep };
        self.phones().change_profile(number, change)?;
        Ok(())
    }

    /// The name of the phone's owner, as other people see it.
    pub fn name_of(&self, number: &str) -> anyhow::Result<String> {
        Ok(self.phones().profile(number)?.name)
    }

    /// Sets or removes the picture of the phone's owner.
    pub fn set_picture(&self, number: &str, image: Option<&[u8]>) -> anyhow::Result<()> {
        let picture = image.map_or(PictureChange::Remove, |image| PictureChange::Set(image.to_vec()));
        self.phones().change_profile(number, ProfileChange { name: None, picture })?;
        Ok(())
    }

    pub fn picture(&self, number: &str) -> anyhow::Result<Option<PictureState>> {
        Ok(self.phones().profile(number)?.picture)
    }
}
