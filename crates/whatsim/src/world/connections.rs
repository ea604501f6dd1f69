//! The live connections. The list is used when a connection begins or ends and when a fault is set, never by traffic.

use crate::conn::{ConnId, Link};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Live connections by id.
#[derive(Default)]
pub struct Connections(Mutex<BTreeMap<ConnId, Arc<Link>>>);

impl Connections {
    /// Adds a connection that finished its handshake.
    pub fn insert(&self, link: &Arc<Link>) {
        self.0.lock().insert(link.id, link.clone());
    }

    /// A connection is gone.
    pub fn remove(&self, id: ConnId) {
        self.0.lock().remove(&id);
    }

    /// All connections, the oldest first.
    pub fn all(&self) -> Vec<Arc<Link>> {
        self.0.lock().values().cloned().collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.lock().len()
    }
}
