//! The handle that the rest of the simulator has on a live connection: send a stanza, end it, disturb it.

use crate::faults::Disturbances;
use crate::world::DeviceAddress;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use wacore_binary::Node;

/// Names a connection within one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnId(pub u64);

/// What the writer is asked to do.
pub enum Outgoing {
    /// Send this stanza.
    Stanza(Arc<Node>),
    /// Close, after everything that was asked before.
    Close,
    /// Break off without a word, after everything that was asked before.
    Sever,
}

/// A live connection.
pub struct Link {
    /// Which one.
    pub id: ConnId,
    /// Faults that hold this connection until they are lifted.
    pub disturbances: Disturbances,
    /// Cancelled when the client has hung up.
    pub hung_up: CancellationToken,
    closing: AtomicBool,
    outbox: mpsc::UnboundedSender<Outgoing>,
    owner: Mutex<Option<DeviceAddress>>,
}

impl Link {
    /// A link and the queue that its writer drains.
    pub fn new(id: ConnId) -> (Arc<Self>, mpsc::UnboundedReceiver<Outgoing>) {
        let (outbox, queue) = mpsc::unbounded_channel();
        let link = Self {
            id,
            disturbances: Disturbances::default(),
            hung_up: CancellationToken::new(),
            closing: AtomicBool::new(false),
            outbox,
            owner: Mutex::default(),
        };
        (Arc::new(link), queue)
    }

    /// Queues a stanza. A connection that is already gone swallows it, as a socket would.
    pub fn send(&self, node: impl Into<Arc<Node>>) {
        let _ = self.outbox.send(Outgoing::Stanza(node.into()));
    }

    /// Ends the connection after what is queued. Nothing more is heard of this client.
    pub fn close(&self) {
        self.closing.store(true, Ordering::Release);
        let _ = self.outbox.send(Outgoing::Close);
    }

    /// Whether the connection is about to end.
    pub fn closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Breaks the connection off, as a lost network does.
    pub fn sever(&self) {
        let _ = self.outbox.send(Outgoing::Sever);
    }

    /// The device that logged in here, once it did.
    pub fn owner(&self) -> Option<DeviceAddress> {
        self.owner.lock().clone()
    }

    /// Records who this is. Faults that are scoped to a number or device reach it from here on.
    pub fn own(&self, owner: DeviceAddress) {
        *self.owner.lock() = Some(owner);
    }
}
