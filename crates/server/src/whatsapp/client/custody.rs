//! Delays outgoing frames until the data that they confirm is on disk. Frames confirm receipts and, during a pairing,
//! the link. When the phone receives this device's signature, the phone regards the device as linked. But the library
//! writes its device record only later, in the background. If the process were killed before that write, the link
//! would be lost.

use std::sync::Arc;

use async_trait::async_trait;
use linekeeper_storage::SessionStore;
use whatsapp_rust::bytes::Bytes;
use whatsapp_rust::store::persistence_manager::PersistenceManager;
use whatsapp_rust::transport::{Transport, TransportEvent, TransportFactory};
use whatsapp_rust::{anyhow, async_channel};

use crate::whatsapp::messages::{AfterReceipts, ReceiptHold};
use crate::whatsapp::network::transport::WebSockets;

/// Creates the sockets of one client. If the session is not linked when a socket is opened, the socket sends no frame
/// that confirms a link before this link is on disk.
pub(super) struct Custody {
    sockets: Arc<WebSockets>,
    receipts: Arc<ReceiptHold>,
    records: Records,
}

/// The device record in the library's memory and on disk.
#[derive(Clone)]
struct Records {
    memory: Arc<PersistenceManager>,
    disk: Arc<SessionStore>,
}

/// A socket that is opened before the session is linked. As soon as the device record in memory has a link, the socket
/// writes the record to disk before it sends a frame.
struct Held {
    socket: Arc<dyn Transport>,
    records: Records,
}

impl Custody {
    pub(super) const fn new(
        sockets: Arc<WebSockets>,
        receipts: Arc<ReceiptHold>,
        memory: Arc<PersistenceManager>,
        disk: Arc<SessionStore>,
    ) -> Self {
        Self { sockets, receipts, records: Records { memory, disk } }
    }
}

#[async_trait]
impl TransportFactory for Custody {
    async fn create_transport(
        &self,
    ) -> anyhow::Result<(Arc<dyn Transport>, async_channel::Receiver<TransportEvent>)> {
        let (socket, events) = self.sockets.dial().await?;
        let socket = Arc::new(AfterReceipts::new(socket, self.receipts.clone()));
        if self.records.memory.get_device_snapshot().account.is_some() {
            return Ok((socket, events));
        }
        Ok((Arc::new(Held { socket, records: self.records.clone() }), events))
    }
}

#[async_trait]
impl Transport for Held {
    async fn send(&self, data: Bytes) -> anyhow::Result<()> {
        // Before the library sends the signature, it has already changed its whole record (whatsapp-rust 0.7.0,
        // `pair.rs`). So the record is complete when this code gets the frame with the signature.
        let device = self.records.memory.get_device_snapshot();
        if device.account.is_some()
            && let Err(error) = self.records.disk.keep(&device.core).await
        {
            // The connection is closed, so that the phone reports that linking failed. Otherwise the phone would
            // list a device whose keys are lost.
            self.socket.disconnect().await;
            return Err(error.into());
        }
        self.socket.send(data).await
    }

    async fn disconnect(&self) {
        self.socket.disconnect().await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use linekeeper_model::id::AccountId;
    use linekeeper_storage::testing::Databases;
    use linekeeper_storage::{Storage, Vault};
    use whatsapp_rust::wacore::store::commands::DeviceCommand;
    use whatsapp_rust::waproto::whatsapp::ADVSignedDeviceIdentity;

    use super::*;

    /// A socket that records for each frame whether the link was on disk when the frame was sent.
    struct Wire {
        vault: Vault,
        account: AccountId,
        left: Mutex<Vec<bool>>,
        closed: Mutex<bool>,
    }

    #[async_trait]
    impl Transport for Wire {
        async fn send(&self, _: Bytes) -> anyhow::Result<()> {
            let linked = self.vault.has_session(self.account).await?;
            self.left.lock().unwrap().push(linked);
            Ok(())
        }

        async fn disconnect(&self) {
            *self.closed.lock().unwrap() = true;
        }
    }

    /// Returns a socket on which a session without a link will be linked. In these tests, nothing is saved in the
    /// background.
    async fn pairing(storage: &Storage) -> (Arc<Wire>, Held) {
        let account = AccountId::from(uuid::Uuid::from_u128(rand::random()));
        let vault = storage.vault().clone();
        let disk = Arc::new(vault.take(account).await.unwrap());
        let memory = Arc::new(PersistenceManager::new(disk.clone()).await.unwrap());
        let wire = Arc::new(Wire { vault, account, left: Mutex::default(), closed: Mutex::default() });
        let held = Held { socket: wire.clone(), records: Records { memory, disk } };
        (wire, held)
    }

    async fn agree(held: &Held) {
        for command in [
            DeviceCommand::SetId(Some("15550001:7@s.whatsapp.net".parse().unwrap())),
            DeviceCommand::SetAccount(Some(ADVSignedDeviceIdentity::default())),
        ] {
            held.records.memory.process_command(command).await;
        }
    }

    #[tokio::test]
    async fn the_link_is_confirmed_only_after_it_is_on_disk() {
        let database = Databases::sqlite();
        let storage = database.open().await;
        let (wire, held) = pairing(&storage).await;
        held.send(Bytes::new()).await.unwrap();
        agree(&held).await;
        held.send(Bytes::new()).await.unwrap();
        assert_eq!(*wire.left.lock().unwrap(), [false, true]);
    }

    #[tokio::test]
    async fn a_link_that_cannot_be_stored_is_not_confirmed() {
        let database = Databases::sqlite();
        let storage = database.open().await;
        let (wire, held) = pairing(&storage).await;
        agree(&held).await;
        let _another_holder = storage.vault().take(wire.account).await.unwrap();
        assert!(held.send(Bytes::new()).await.is_err());
        assert!(wire.left.lock().unwrap().is_empty(), "the signature stayed here");
        assert!(*wire.closed.lock().unwrap(), "the phone is not kept waiting");
    }
}
