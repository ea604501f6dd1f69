//! The live connections. This list is used when a connection begins or ends and when a fault is set. It is not
//! used for each message.

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

    /// Removes a connection that has ended.
    pub fn remove(&self, id: ConnId) {
        self.0.lock().remove(&id);
    }

    /// All connections, oldest first.
    pub fn all(&self) -> Vec<Arc<Link>> {
        self.0.lock().values().cloned().collect()
    }

    /// The number of connections.
    pub fn len(&self) -> usize {
        self.0.lock().len()
    }
}
