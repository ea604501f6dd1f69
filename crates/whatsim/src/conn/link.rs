//! The handle through which the rest of the simulator uses a live connection: it sends stanzas, ends the
//! connection, or applies faults to it.

use crate::faults::Disturbances;
use crate::world::DeviceAddress;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use wacore_binary::Node;

/// Identifies a connection within one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnId(pub u64);

/// A request to the writer of a connection.
pub enum Outgoing {
    /// Send this stanza.
    Stanza(Arc<Node>),
    /// Close the connection after all earlier requests.
    Close,
    /// End the connection without a close message, after all earlier requests.
    Sever,
}

/// A live connection.
pub struct Link {
    /// The id of the connection.
    pub id: ConnId,
    /// Faults that disturb this connection until they are cleared.
    pub disturbances: Disturbances,
    /// Cancelled when the client has disconnected, so that nothing waits for the client any more.
    pub hung_up: CancellationToken,
    closing: AtomicBool,
    outbox: mpsc::UnboundedSender<Outgoing>,
    owner: Mutex<Option<DeviceAddress>>,
}

impl Link {
    /// Creates a link and the queue of its requests. The connection's writer takes the requests from this queue.
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

    /// Queues a stanza. If the connection is already gone, the stanza is dropped, as a socket would drop it.
    pub fn send(&self, node: impl Into<Arc<Node>>) {
        let _ = self.outbox.send(Outgoing::Stanza(node.into()));
    }

    /// Ends the connection after the queued stanzas. From now on, nothing is read from this client.
    pub fn close(&self) {
        self.closing.store(true, Ordering::Release);
        let _ = self.outbox.send(Outgoing::Close);
    }

    /// Whether the connection will end after the queued stanzas.
    pub fn closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Ends the connection without a close message, as a network failure does.
    pub fn sever(&self) {
        let _ = self.outbox.send(Outgoing::Sever);
    }

    /// The device that is logged in on this connection, if it has logged in.
    pub fn owner(&self) -> Option<DeviceAddress> {
        self.owner.lock().clone()
    }

    /// Records the device that logged in on this connection. From then on, faults for this device or for its number
    /// hit the connection.
    pub fn own(&self, owner: DeviceAddress) {
        *self.owner.lock() = Some(owner);
    }
}
