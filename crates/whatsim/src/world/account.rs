//! An account: its number, its phone and its linked devices. Each account has one lock.

use super::primary::Errand;
use super::{Collection, Device, Inbox, Picture, RecentIds};
use crate::phone::Phone;
use parking_lot::{Mutex, MutexGuard};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tokio::sync::mpsc;
use wacore_binary::{Jid, Node, Server};

/// One device of one number. Device 0 is the phone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct DeviceAddress {
    /// The phone number, digits only.
    pub number: String,
    /// The device number. 0 is the phone.
    pub device: u16,
}

impl fmt::Display for DeviceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.number, self.device)
    }
}

/// An account. The parts that never change are here; the others are behind its lock.
pub struct Account {
    /// The account's phone number, digits only.
    pub number: String,
    /// The user part of the account's hidden address.
    pub lid: String,
    /// Whether the account's chats have moved to hidden addresses.
    pub lid_migrated: bool,
    /// The account's primary device.
    pub phone: Phone,
    /// Whether the account's phone sends delivery receipts by itself.
    pub confirms: AtomicBool,
    /// Whether the account hides its number. Only people to whom it has revealed the number can see it.
    hides_number: bool,
    pub(super) errands: mpsc::UnboundedSender<Errand>,
    state: Mutex<AccountState>,
}

/// The parts of an account that change.
pub struct AccountState {
    /// The push name.
    pub name: String,
    /// The text in which the person describes themself.
    pub about: String,
    /// The profile picture.
    pub picture: Option<Picture>,
    /// Linked devices by number, starting with 1.
    pub devices: BTreeMap<u16, Device>,
    /// The number of the device that is linked next. Numbers are never reused.
    pub next_device: u16,
    /// App-state collections by name.
    pub collections: BTreeMap<String, Collection>,
    /// The messages that the phone received.
    pub inbox: Inbox,
    /// The ids of the latest messages that the account sent.
    pub sent: RecentIds,
    /// The devices that asked for this account's device list. They are notified when it changes.
    pub watchers: BTreeSet<DeviceAddress>,
    /// The numbers of those who wrote to this account. The account may write to them even if it must not start new
    /// chats.
    pub heard_from: BTreeSet<String>,
    /// The devices that subscribed to this account's presence.
    pub presence_watchers: BTreeSet<DeviceAddress>,
    /// Whether a linked device reported that the account is available.
    pub available: bool,
    /// The number of delivery receipts that the account's phone got for the messages that it sent.
    pub phone_delivered: u64,
    /// The numbers to which the account has revealed its own number, which it hides from others.
    pub told_number: BTreeSet<String>,
}

impl AccountState {
    /// The key indexes of the devices that are linked.
    pub fn key_indexes(&self) -> Vec<u32> {
        self.devices.values().map(|d| d.key_index).collect()
    }
}

impl Account {
    pub(super) fn new(
        number: String,
        lid: String,
        lid_migrated: bool,
        hides_number: bool,
        name: String,
        phone: Phone,
        errands: mpsc::UnboundedSender<Errand>,
    ) -> Self {
        let state = AccountState {
            name,
            about: String::new(),
            picture: None,
            devices: BTreeMap::new(),
            next_device: 1,
            collections: BTreeMap::new(),
            inbox: Inbox::default(),
            sent: RecentIds::default(),
            watchers: BTreeSet::new(),
            heard_from: BTreeSet::new(),
            presence_watchers: BTreeSet::new(),
            available: false,
            phone_delivered: 0,
            told_number: BTreeSet::new(),
        };
        Self {
            number,
            lid,
            lid_migrated,
            phone,
            confirms: AtomicBool::new(true),
            hides_number,
            errands,
            state: Mutex::new(state),
        }
    }

    /// Takes the account's lock. Never take the lock of another account while holding it.
    pub fn lock(&self) -> MutexGuard<'_, AccountState> {
        self.state.lock()
    }

    /// Whether the account's number is hidden from another account.
    pub fn hides_from(&self, number: &str) -> bool {
        self.hides_number && number != self.number && !self.lock().told_number.contains(number)
    }

    /// Whether the account hides its number. Only people to whom it has revealed the number can see it.
    pub fn hides_number(&self) -> bool {
        self.hides_number
    }

    /// The address of a device of this account, in the form that `server` names: phone number or hidden address.
    pub fn jid_on(&self, server: Server, device: u16) -> Jid {
        if server.is_lid_family() { self.lid_jid(device) } else { self.pn_jid(device) }
    }

    /// The phone-number form of a device's address.
    pub fn pn_jid(&self, device: u16) -> Jid {
        Jid::pn_device(self.number.as_str(), device)
    }

    /// The hidden form of a device's address.
    pub fn lid_jid(&self, device: u16) -> Jid {
        Jid::lid_device(self.lid.as_str(), device)
    }

    /// The number of the account and the number of the device.
    pub fn address(&self, device: u16) -> DeviceAddress {
        DeviceAddress { number: self.number.clone(), device }
    }

    /// Keeps a stanza for a device until the device acknowledges it. The phone gets its own stanzas at once. A
    /// device that is not linked gets nothing.
    pub fn deliver(&self, device: u16, node: impl Into<Arc<Node>>) {
        let node = node.into();
        if device == 0 {
            // This fails only when the server has ended.
            let _ = self.errands.send(Errand::Stanza(node));
        } else if let Some(device) = self.lock().devices.get_mut(&device) {
            device.deliver(node);
        }
    }

    /// Records that somebody wrote to this account.
    pub fn hear_from(&self, number: &str) {
        let heard = &mut self.lock().heard_from;
        if !heard.contains(number) {
            heard.insert(number.to_owned());
        }
    }

    /// All devices that a stanza to the whole account goes to, the phone first.
    pub fn device_ids(&self) -> Vec<u16> {
        std::iter::once(0).chain(self.lock().devices.keys().copied()).collect()
    }
}
