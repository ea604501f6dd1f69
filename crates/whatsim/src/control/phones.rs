//! Creates phones, links companions with them, and sends and reads messages with them.

use super::{ControlError, PhoneState};
use crate::acts::scan::Scan;
use crate::acts::{pairing_code, scan};
use crate::content::{Content, Draft};
use crate::phone::Peer;
use crate::world::primary::{self, Errand, Profile, SendError, Sent};
use crate::world::{Account, Chat, InboxMessage, LinkFailure, Linked, World, is_number, unlink};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::oneshot;
use wacore_binary::Jid;

/// How long a companion may take from the scan to its signature.
const LINK_PATIENCE: Duration = Duration::from_secs(15);
/// The additional time for a companion that needs a passkey: the timeout of its WebAuthn request.
const PASSKEY_PATIENCE: Duration = Duration::from_secs(300);
/// The maximum length of a push name, in characters, as in WhatsApp.
const LONGEST_NAME: usize = 25;
/// The maximum number of messages that one call sends.
const MOST_MESSAGES: u32 = 100_000;

/// A phone to be created.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NewPhone {
    /// The phone's number, digits only. If it is missing, the phone gets the next free number.
    pub number: Option<String>,
    /// The phone's push name. If it is missing, the phone gets an invented name.
    pub name: Option<String>,
    /// Whether the phone's chats have moved to LIDs, the addresses that do not show the phone number (`@lid`).
    pub lid: bool,
    /// Whether the phone hides its number. Only people to whom it has revealed the number can see it.
    pub hidden: bool,
}

/// A phone's addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PhoneInfo {
    /// The phone's number, digits only.
    pub number: String,
    /// The phone's address, `number@s.whatsapp.net`.
    pub jid: String,
    /// The phone's LID, the address that does not show its number (`@lid`).
    pub lid: String,
    /// The phone's push name.
    pub name: String,
}

/// A companion that a phone has linked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkedDevice {
    /// The number of the phone.
    pub number: String,
    /// The device's number among the phone's devices.
    pub device: u16,
    /// The device's address.
    pub jid: String,
    /// The device's LID, the address that does not show the phone number (`@lid`).
    pub lid: String,
}

/// A phone that was created for a QR code, and the device that it linked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MockPhone {
    /// The phone.
    #[serde(flatten)]
    pub phone: PhoneInfo,
    /// The number of the new device.
    pub device: u16,
}

/// A message that a phone sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SentMessage {
    /// The message's id.
    pub id: String,
    /// The time at which the server accepted the message, in seconds since 1970.
    pub t: u64,
    /// How many devices the message was encrypted for.
    pub devices: usize,
}

/// The kind of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReceiptKind {
    /// The message arrived at a device.
    Delivered,
    /// A person read the message.
    Read,
    /// A person listened to the message.
    Played,
}

/// Access to all phones of a server. A clone is cheap.
#[derive(Clone)]
pub struct Phones {
    pub(super) world: Arc<World>,
}

impl Phones {
    pub(crate) fn new(world: Arc<World>) -> Self {
        Self { world }
    }

    /// Creates a phone with an account.
    ///
    /// # Errors
    /// When the number or the name is invalid, or another phone has the number.
    pub fn create(&self, new: NewPhone) -> Result<PhoneInfo, ControlError> {
        if let Some(name) = &new.name {
            check_name(name)?;
        }
        let profile = Profile { number: new.number, name: new.name, lid: new.lid, hidden: new.hidden };
        Ok(info(&*primary::create(&self.world, profile)?))
    }

    /// All phones, by number.
    pub fn list(&self) -> Vec<PhoneState> {
        self.world.registry.all().iter().map(|account| PhoneState::of(account)).collect()
    }

    /// A phone and its linked devices.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn get(&self, number: &str) -> Result<PhoneState, ControlError> {
        Ok(PhoneState::of(&*self.account(number)?))
    }

    /// Removes a phone and its account. Its linked devices are unlinked.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn remove(&self, number: &str) -> Result<(), ControlError> {
        let account = self.account(number)?;
        for device in account.device_ids() {
            unlink(&self.world, &account, device);
        }
        self.world.registry.remove(number);
        primary::errand(&account, Errand::Retire);
        Ok(())
    }

    /// Scans a companion's QR code. Returns when the companion has signed the link and the server has asked it to
    /// log in.
    ///
    /// # Errors
    /// When there is no such phone, the phone is offline, the code is malformed, expired, unknown or forged, or
    /// the link fails.
    pub async fn scan(&self, number: &str, qr: &str) -> Result<LinkedDevice, ControlError> {
        let account = self.awake(number)?;
        let scan = parse_qr(qr)?;
        self.scan_with(&account, &scan).await
    }

    /// Scans a companion's QR code with a phone that is created for it. Companions with the same push name get the
    /// same phone.
    ///
    /// # Errors
    /// As for [`Phones::scan`].
    pub async fn scan_with_made_phone(&self, qr: &str) -> Result<MockPhone, ControlError> {
        let scan = parse_qr(qr)?;
        let push_name = scan.registration(&self.world)?.push_name;
        let account = self.phone_for(push_name)?;
        let account = self.awake(&account.number)?;
        let linked = self.scan_with(&account, &scan).await?;
        Ok(MockPhone { phone: info(&account), device: linked.device })
    }

    /// Types the pairing code that a companion shows. Returns when the companion has signed the link and the
    /// server has asked it to log in.
    ///
    /// # Errors
    /// When there is no such phone, the phone is offline, no companion waits, or the code is wrong.
    pub async fn enter_pairing_code(&self, number: &str, code: &str) -> Result<LinkedDevice, ControlError> {
        let account = self.awake(number)?;
        let end = pairing_code::type_code(&self.world, &account, code.to_owned()).await?;
        self.linked(&account, end).await
    }

    /// Sends a text to a number or address, encrypted for every device of both sides.
    ///
    /// # Errors
    /// When there is no such phone, no phone has the address, or the text is invalid.
    pub async fn send_text(&self, from: &str, to: &str, text: &str) -> Result<SentMessage, ControlError> {
        self.send(from, Some(to), Content::text(text)).await
    }

    /// Sends `count` messages. Each text is `text`, a space, and the number of the message, beginning with 1.
    ///
    /// # Errors
    /// As for [`Phones::send_text`].
    pub async fn send_texts(
        &self,
        from: &str,
        to: &str,
        text: &str,
        count: u32,
    ) -> Result<Vec<SentMessage>, ControlError> {
        self.send_many(from, Some(to), Content::text(text), count).await
    }

    /// Sends any message. `to` may be `None` for a content that changes another message.
    ///
    /// # Errors
    /// When there is no such phone, no phone has the address, or a field is invalid.
    pub async fn send(
        &self,
        from: &str,
        to: Option<&str>,
        draft: impl Into<Draft>,
    ) -> Result<SentMessage, ControlError> {
        let (account, to) = (self.awake(from)?, to.map(|to| self.chat("to", from, to)).transpose()?);
        send(&account, to, draft.into()).await
    }

    /// Sends a message `count` times, each time with a different id. If the message is a text, each text ends with a
    /// space and its number (1, 2, ..).
    ///
    /// # Errors
    /// As for [`Phones::send`].
    pub async fn send_many(
        &self,
        from: &str,
        to: Option<&str>,
        draft: impl Into<Draft>,
        count: u32,
    ) -> Result<Vec<SentMessage>, ControlError> {
        let (account, to) = (self.awake(from)?, to.map(|to| self.chat("to", from, to)).transpose()?);
        if !(1..=MOST_MESSAGES).contains(&count) {
            return Err(ControlError::field("count", format!("must be 1 to {MOST_MESSAGES}")));
        }
        let draft: Draft = draft.into();
        if draft.id.is_some() {
            return Err(ControlError::field("id", "makes no sense beside count"));
        }
        let mut sent = Vec::new();
        for number in 1..=count {
            let mut draft = draft.clone();
            if let Content::Text(text) = &mut draft.content
                && !text.body.is_empty()
            {
                text.body = format!("{} {number}", text.body);
            }
            sent.push(send(&account, to.clone(), draft).await?);
        }
        Ok(sent)
    }

    /// The messages in a phone's inbox whose index is greater than `after`. 0 means all messages.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn inbox(&self, number: &str, after: u64) -> Result<Vec<InboxMessage>, ControlError> {
        Ok(self.account(number)?.lock().inbox.after(after))
    }

    /// Sends a receipt for messages that the phone received from a number or address.
    ///
    /// # Errors
    /// When there is no such phone, no phone has the address, or `ids` is empty.
    pub fn send_receipt(
        &self,
        number: &str,
        chat: &str,
        ids: Vec<String>,
        kind: ReceiptKind,
    ) -> Result<(), ControlError> {
        let (account, chat) = (self.awake(number)?, self.chat("chat", number, chat)?);
        if ids.is_empty() || ids.iter().any(String::is_empty) {
            return Err(ControlError::field("ids", "must name at least one message, and no empty id"));
        }
        let kind = match kind {
            ReceiptKind::Delivered => None,
            ReceiptKind::Read => Some("read"),
            ReceiptKind::Played => Some("played"),
        };
        primary::errand(&account, Errand::Receipt { chat, ids, kind });
        Ok(())
    }

    /// Makes a phone lose its Signal session with one device of another account, as a damaged store would. Device
    /// 0 is the phone of that account. The phone then cannot decrypt the device's next message, and requests it
    /// again.
    ///
    /// # Errors
    /// When there is no such phone, or no phone has the address.
    pub fn forget_session(&self, number: &str, peer: &str, device: u16) -> Result<(), ControlError> {
        let (account, peer) = (self.account(number)?, self.resolve("peer", peer)?);
        account.phone.forget_session(&Peer::new(peer.number.as_str(), device));
        Ok(())
    }

    /// Unlinks a device: its connection ends with `device_removed`, and it cannot log in again.
    ///
    /// # Errors
    /// When there is no such phone or device.
    pub fn unlink(&self, number: &str, device: u16) -> Result<(), ControlError> {
        let account = self.account(number)?;
        if unlink(&self.world, &account, device) {
            return Ok(());
        }
        Err(ControlError::DeviceNotFound { number: number.to_owned(), device })
    }

    /// Finds the account of a phone. Fails if the phone is offline.
    pub(super) fn awake(&self, number: &str) -> Result<Arc<Account>, ControlError> {
        let account = self.account(number)?;
        if primary::offline(&self.world, number).is_some() {
            return Err(ControlError::PhoneOffline(number.to_owned()));
        }
        Ok(account)
    }

    /// Makes a phone that hides its number reveal it to another phone.
    ///
    /// # Errors
    /// When there is no such phone, it does not hide its number, or no phone has the address.
    pub async fn tell_number(&self, number: &str, to: &str) -> Result<(), ControlError> {
        let (account, to) = (self.awake(number)?, self.resolve("to", to)?);
        if !account.hides_number() {
            return Err(ControlError::field("number", "is not hidden"));
        }
        let (done, told) = oneshot::channel();
        primary::errand(&account, Errand::TellNumber { to, done });
        Ok(told.await.unwrap_or(Err(SendError::Gone))?)
    }

    /// Sets whether a phone sends delivery receipts by itself. A new phone does.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn confirm_deliveries(&self, number: &str, confirm: bool) -> Result<(), ControlError> {
        self.account(number)?.confirms.store(confirm, Ordering::Release);
        Ok(())
    }

    /// Registers an alias: another number that people may type for the phone with `number`.
    ///
    /// # Errors
    /// When `typed` is not a number or is a phone's own number, or when no phone has `number`.
    pub fn alias(&self, typed: &str, number: &str) -> Result<(), ControlError> {
        if !is_number(typed) {
            return Err(ControlError::field("typed", "must be 7 to 15 digits"));
        }
        let account = self.account(number)?;
        if self.world.registry.by_number(typed).is_some() {
            return Err(ControlError::field("typed", "is the number of a phone"));
        }
        self.world.registry.alias(typed.to_owned(), account.number.clone());
        Ok(())
    }

    /// All aliases of numbers. The key is the alias, and the value is the number of the phone.
    pub fn aliases(&self) -> BTreeMap<String, String> {
        self.world.registry.aliases()
    }

    pub(super) fn account(&self, number: &str) -> Result<Arc<Account>, ControlError> {
        self.world.registry.by_number(number).ok_or_else(|| ControlError::PhoneNotFound(number.to_owned()))
    }

    /// Finds the chat with a person or group, so that the phone of `number` can write to it.
    fn chat(&self, field: &'static str, number: &str, address: &str) -> Result<Chat, ControlError> {
        if !address.ends_with("@g.us") {
            return self.resolve(field, address).map(Chat::Person);
        }
        let group = address.parse().ok().and_then(|jid: Jid| self.world.groups.by_jid(&jid));
        let group = group.ok_or_else(|| ControlError::GroupNotFound(address.to_owned()))?;
        if !group.has(number) {
            return Err(ControlError::field(field, format!("{number} is not in this group")));
        }
        Ok(Chat::Group(group))
    }

    /// Finds the account with this number or address. The address may contain the phone number, or it may be the
    /// account's LID.
    fn resolve(&self, field: &'static str, address: &str) -> Result<Arc<Account>, ControlError> {
        let jid: Jid = if address.contains('@') {
            address.parse().map_err(|_| ControlError::field(field, "is neither a number nor an address"))?
        } else if !address.is_empty() && address.bytes().all(|b| b.is_ascii_digit()) {
            Jid::pn(address)
        } else {
            return Err(ControlError::field(field, "is neither a number nor an address"));
        };
        if !(jid.server.is_pn_family() || jid.server.is_lid_family()) {
            return Err(ControlError::field(field, "must be a person or a group"));
        }
        self.world.registry.by_jid(&jid).ok_or_else(|| ControlError::RecipientNotFound(address.to_owned()))
    }

    /// Returns the phone that was created for a push name earlier, or creates one.
    fn phone_for(&self, push_name: Option<String>) -> Result<Arc<Account>, ControlError> {
        let Some(name) = push_name else {
            return Ok(primary::create(
                &self.world,
                Profile { number: None, name: None, lid: false, hidden: false },
            )?);
        };
        let mut made = self.world.made_for.lock();
        if let Some(account) = made.get(&name).and_then(|number| self.world.registry.by_number(number)) {
            return Ok(account);
        }
        let profile = Profile { number: None, name: Some(name.clone()), lid: false, hidden: false };
        let account = primary::create(&self.world, profile)?;
        made.insert(name, account.number.clone());
        Ok(account)
    }

    async fn scan_with(&self, account: &Arc<Account>, scan: &Scan) -> Result<LinkedDevice, ControlError> {
        let end = scan::scan(&self.world, account, scan)?;
        self.linked(account, end).await
    }

    /// Waits until a link succeeds or fails. The channel closes when the companion disconnects.
    async fn linked(
        &self,
        account: &Account,
        mut end: oneshot::Receiver<Result<Linked, LinkFailure>>,
    ) -> Result<LinkedDevice, ControlError> {
        let ended = match tokio::time::timeout(LINK_PATIENCE, &mut end).await {
            Ok(ended) => ended,
            // A companion that needs a passkey gets more time, because a person must first touch a sensor.
            Err(_) if self.passkey_asked(account) => tokio::time::timeout(PASSKEY_PATIENCE, &mut end)
                .await
                .map_err(|_| ControlError::CompanionSilent)?,
            Err(_) => return Err(ControlError::CompanionSilent),
        };
        let Linked { device } = ended.map_err(|_| crate::world::PairingError::Gone)??;
        Ok(LinkedDevice {
            number: account.number.clone(),
            device,
            jid: account.pn_jid(device).to_string(),
            lid: account.lid_jid(device).to_string(),
        })
    }
}

async fn send(account: &Account, to: Option<Chat>, draft: Draft) -> Result<SentMessage, ControlError> {
    let (done, sent) = oneshot::channel();
    primary::errand(account, Errand::Send { to, draft: Box::new(draft), done });
    let Sent { id, t, devices } = sent.await.unwrap_or(Err(SendError::Gone))?;
    Ok(SentMessage { id, t, devices })
}

fn parse_qr(qr: &str) -> Result<Scan, ControlError> {
    Scan::parse(qr.trim())
        .ok_or_else(|| ControlError::field("qr", "is not the content of a WhatsApp linking code"))
}

pub(super) fn check_name(name: &str) -> Result<(), ControlError> {
    if name.trim().is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(ControlError::field("name", format!("must have 1 to {LONGEST_NAME} characters")));
    }
    Ok(())
}

fn info(account: &Account) -> PhoneInfo {
    PhoneInfo {
        number: account.number.clone(),
        jid: account.pn_jid(0).to_string(),
        lid: account.lid_jid(0).to_string(),
        name: account.lock().name.clone(),
    }
}
