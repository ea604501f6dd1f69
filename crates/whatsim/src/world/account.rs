//! An account: its number, its phone and its linked devices. Each account has its own lock.

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

/// An account. The fields that never change are here. The others are in `AccountState`, behind the account's lock.
pub struct Account {
    /// The account's phone number, digits only.
    pub number: String,
    /// The user part of the account's LID, the address that does not show the phone number.
    pub lid: String,
    /// Whether the account's chats have moved from phone numbers to LIDs.
    pub lid_migrated: bool,
    /// The account's primary device.
    pub phone: Phone,
    /// Whether the account's phone sends delivery receipts by itself.
    pub confirms: AtomicBool,
    /// Whether the account hides its number. Only accounts to which it has revealed the number can see it.
    hides_number: bool,
    pub(super) errands: mpsc::UnboundedSender<Errand>,
    state: Mutex<AccountState>,
}

/// The fields of an account that change.
pub struct AccountState {
    /// The push name.
    pub name: String,
    /// The text in which the person describes themself.
    pub about: String,
    /// The profile picture.
    pub picture: Option<Picture>,
    /// Linked devices by number, starting with 1.
    pub devices: BTreeMap<u16, Device>,
    /// The number for the next device that is linked. Numbers are never reused.
    pub next_device: u16,
    /// App-state collections by name.
    pub collections: BTreeMap<String, Collection>,
    /// The messages that the phone received.
    pub inbox: Inbox,
    /// The ids of the latest messages that the account sent.
    pub sent: RecentIds,
    /// The devices that asked for this account's device list. They are notified when it changes.
    pub watchers: BTreeSet<DeviceAddress>,
    /// The numbers of the accounts that have written to this account. This account may write to them even when it
    /// must not start new chats.
    pub heard_from: BTreeSet<String>,
    /// The devices that subscribed to this account's presence.
    pub presence_watchers: BTreeSet<DeviceAddress>,
    /// Whether a linked device reported that the account is available.
    pub available: bool,
    /// The number of delivery receipts that the account's phone got for the messages that it sent.
    pub phone_delivered: u64,
    /// The numbers of the accounts to which this account has revealed its own hidden number.
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

    /// Whether the account hides its number. Only accounts to which it has revealed the number can see it.
    pub fn hides_number(&self) -> bool {
        self.hides_number
    }

    /// The address of a device of this account. `server` decides its kind: an address with the phone number, or a LID,
    /// which does not show the number.
    pub fn jid_on(&self, server: Server, device: u16) -> Jid {
        if server.is_lid_family() { self.lid_jid(device) } else { self.pn_jid(device) }
    }

    /// The address of a device, with the phone number.
    pub fn pn_jid(&self, device: u16) -> Jid {
        Jid::pn_device(self.number.as_str(), device)
    }

    /// The address of a device, with the account's LID instead of its phone number.
    pub fn lid_jid(&self, device: u16) -> Jid {
        Jid::lid_device(self.lid.as_str(), device)
    }

    /// The number of the account and the number of the device.
    pub fn address(&self, device: u16) -> DeviceAddress {
        DeviceAddress { number: self.number.clone(), device }
    }

    /// Adds a stanza to a device's queue, which keeps the stanza until the device acknowledges it. A stanza for
    /// the phone (device 0) goes to the phone's task. For a device that is not linked, nothing happens.
    pub fn deliver(&self, device: u16, node: impl Into<Arc<Node>>) {
        let node = node.into();
        if device == 0 {
            // The send fails only if the phone's task has ended, which happens when the server stops.
            let _ = self.errands.send(Errand::Stanza(node));
        } else if let Some(device) = self.lock().devices.get_mut(&device) {
            device.deliver(node);
        }
    }

    /// Records that this account has received a message from `number`.
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
