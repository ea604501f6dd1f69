//! The state of a simulation, as the admin API and tests see it.

use crate::faults::Fault;
use crate::metrics::Counters;
use crate::world::{Account, Device, World};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// A linked device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceState {
    /// The device's number among the phone's devices.
    pub device: u16,
    /// The device's address.
    pub jid: String,
    /// The device's LID, the address that does not show the phone number.
    pub lid: String,
    /// The platform that the device reports.
    pub platform: String,
    /// Whether the device is logged in.
    pub connected: bool,
    /// The time of the device's last login. `None` if it has never logged in.
    pub last_login_at: Option<Timestamp>,
    /// How many stanzas the device has not acknowledged yet.
    pub pending: usize,
    /// How many delivery receipts the device sent.
    pub delivered: u64,
    /// How many retry receipts the device sent, for messages that it could not decrypt.
    pub retries: u64,
    /// How many of the device's one-time prekeys the server has.
    pub prekeys: usize,
}

/// A phone and its linked devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PhoneState {
    /// The phone's number, digits only.
    pub number: String,
    /// The phone's address, `number@s.whatsapp.net`.
    pub jid: String,
    /// The phone's LID, the address that does not show its number.
    pub lid: String,
    /// The phone's push name.
    pub name: String,
    /// Whether the phone's chats have moved from phone numbers to LIDs.
    pub lid_migrated: bool,
    /// How many delivery receipts the phone got for the messages that it sent.
    pub delivered: u64,
    /// How many repeated messages the phone got and dropped.
    pub repeats: u64,
    /// The phone's linked devices.
    pub devices: Vec<DeviceState>,
}

/// The state of the whole simulation, mostly as numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// The Noise root key that clients must trust, in hex.
    pub noise_root: String,
    /// Host and port of the media server.
    pub media_host: String,
    /// The number of open connections, including those that are pairing.
    pub connections: usize,
    /// The number of connections whose clients wait to be linked.
    pub pairing: usize,
    /// The maximum number of connections at one time, since the start or the last reset.
    pub peak_connections: usize,
    /// The maximum number of handshakes in progress at one time, since the start or the last reset. A handshake is
    /// counted from the moment the client connects until the Noise handshake is complete.
    pub peak_handshakes: usize,
    /// The number of accounts, each with its phone.
    pub phones: usize,
    /// Linked devices.
    pub devices: usize,
    /// The number of linked devices that are logged in.
    pub connected_devices: usize,
    /// The number of stanzas that devices have not acknowledged yet.
    pub pending: usize,
    /// The number of repeated messages that the server or a phone dropped.
    pub repeats: u64,
    /// The stanzas that the simulator does not know. The key is the shape of a stanza, and the value says how often
    /// stanzas of this shape arrived.
    pub unhandled: BTreeMap<String, u64>,
    /// The number of faults that may still hit something.
    pub faults: usize,
    /// The counters since the start.
    pub counters: Counters,
}

impl PhoneState {
    pub(super) fn of(account: &Account) -> Self {
        let state = account.lock();
        Self {
            number: account.number.clone(),
            jid: account.pn_jid(0).to_string(),
            lid: account.lid_jid(0).to_string(),
            name: state.name.clone(),
            lid_migrated: account.lid_migrated,
            delivered: state.phone_delivered,
            repeats: state.inbox.repeats,
            devices: state.devices.iter().map(|(id, device)| DeviceState::of(account, *id, device)).collect(),
        }
    }
}

impl DeviceState {
    fn of(account: &Account, id: u16, device: &Device) -> Self {
        let at = |seconds| Timestamp::from_second(i64::try_from(seconds).ok()?).ok();
        Self {
            device: id,
            jid: account.pn_jid(id).to_string(),
            lid: account.lid_jid(id).to_string(),
            platform: device.platform.clone(),
            connected: device.link().is_some(),
            last_login_at: device.last_login.and_then(at),
            pending: device.queue.len(),
            delivered: device.delivered,
            retries: device.retries,
            prekeys: device.keys.prekeys.len(),
        }
    }
}

impl State {
    pub(crate) fn of(world: &World) -> Self {
        let (mut devices, mut connected_devices, mut pending) = (0, 0, 0);
        let accounts = world.registry.all();
        for account in &accounts {
            for device in account.lock().devices.values() {
                devices += 1;
                connected_devices += usize::from(device.link().is_some());
                pending += device.queue.len();
            }
        }
        let counters = world.metrics.snapshot();
        Self {
            noise_root: hex::encode(world.noise.current().root()),
            media_host: world.media.host.clone(),
            connections: world.connections.len(),
            pairing: world.pairing.len(),
            peak_connections: world.connected.highest(),
            peak_handshakes: world.greeting.highest(),
            phones: accounts.len(),
            devices,
            connected_devices,
            pending,
            unhandled: world.unhandled.list(),
            faults: world.faults.list().iter().filter(|f: &&Fault| f.armed(world.clock.now())).count(),
            repeats: counters.repeats,
            counters,
        }
    }
}
