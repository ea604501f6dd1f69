//! The state of the simulated WhatsApp: accounts with their phones and linked devices, live connections, and
//! connections that are pairing. Each account has its own lock, so work for one account does not wait for work for
//! another account. No code holds the locks of two accounts at the same time.

mod account;
mod app_state;
mod challenge;
mod chat;
mod connections;
mod delivery;
mod device;
mod fleeting;
mod group;
mod ids;
mod inbox;
mod pairing;
mod peak;
mod picture;
pub mod primary;
mod queue;
mod recent;
mod refs;
mod registry;
mod roster;
mod unhandled;

pub use account::{Account, AccountState, DeviceAddress};
pub use app_state::Collection;
pub use challenge::{AssertionError, Challenge};
pub use chat::Chat;
pub use connections::Connections;
pub use delivery::deliver;
pub use device::{Device, DeviceKeys, KeyError, PreKey, Presence, SignedPreKey};
pub use fleeting::Fleeting;
pub use group::{Group, Groups, Member};
pub use ids::{message_id, pairing_ref};
pub use inbox::{Inbox, InboxMessage};
pub use pairing::{
    Ceremony, CeremonyError, CodeAttempt, LinkFailure, Linked, Offer, PairingDesk, PairingError,
    Registration, Stage, Step,
};
pub use peak::Peak;
pub use picture::Picture;
pub use queue::Queue;
pub use recent::RecentIds;
pub use refs::RefSet;
pub use registry::{Registry, RegistryError, is_number};
pub use roster::{announce_added, audience, unlink};
pub use unhandled::Unhandled;

use crate::clock::Clock;
use crate::conn::ConnId;
use crate::faults::Faults;
use crate::media::Media;
use crate::metrics::Metrics;
use crate::noise::{KeyRing, NoiseKeys};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// One simulated WhatsApp.
pub struct World {
    /// The server's handshake keys.
    pub noise: KeyRing,
    /// The clock. Stanzas have its time, and the refs of QR codes expire by it.
    pub clock: Clock,
    /// The counters and gauges.
    pub metrics: Metrics,
    /// All accounts.
    pub registry: Registry,
    /// All groups.
    pub groups: Groups,
    /// Connections that wait to be linked.
    pub pairing: PairingDesk,
    /// Live connections.
    pub connections: Connections,
    /// How many connections have finished their handshake: the current number and the peak.
    pub connected: Peak,
    /// How many handshakes are in progress: the current number and the peak.
    pub greeting: Peak,
    /// The base URL of this server for plain HTTP, such as `http://127.0.0.1:7100`. The URLs that clients get
    /// begin with it.
    pub base_url: String,
    /// The media server.
    pub media: Media,
    /// The faults that are set.
    pub faults: Faults,
    /// The stanzas that no handler knows, counted by shape.
    pub unhandled: Unhandled,
    /// All tasks of this server.
    pub tasks: TaskTracker,
    /// When this is cancelled, all tasks end.
    pub stop: CancellationToken,
    /// The number of the phone that was created for each push name.
    pub made_for: Mutex<HashMap<String, String>>,
    sequence: AtomicU64,
}

impl World {
    /// A world without accounts.
    pub fn new(noise: NoiseKeys, clock: Clock, base_url: String, media: Media) -> Self {
        Self {
            noise: KeyRing::new(noise),
            clock,
            metrics: Metrics::default(),
            registry: Registry::default(),
            groups: Groups::default(),
            pairing: PairingDesk::default(),
            connections: Connections::default(),
            connected: Peak::default(),
            greeting: Peak::default(),
            base_url,
            media,
            faults: Faults::default(),
            unhandled: Unhandled::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            made_for: Mutex::default(),
            sequence: AtomicU64::new(1),
        }
    }

    /// Returns a number that has not been used before in this simulation.
    pub fn next(&self) -> u64 {
        self.sequence.fetch_add(1, Ordering::Relaxed)
    }

    /// Records a stanza that no handler knows.
    pub fn unknown(&self, stanza: &wacore_binary::Node) {
        self.metrics.unhandled();
        self.unhandled.record(stanza);
    }

    /// Sets the peaks of handshakes and connections to the current numbers.
    pub fn reset_peaks(&self) {
        self.greeting.reset();
        self.connected.reset();
    }

    /// Returns a stanza id that has not been used before in this simulation.
    pub fn stanza_id(&self) -> String {
        format!("whatsim-{}", self.next())
    }

    /// A new connection id.
    pub fn next_connection(&self) -> ConnId {
        ConnId(self.next())
    }
}
