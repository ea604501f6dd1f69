//! Delays the frames of a connection until the receipts that arrived before them are stored. The library acknowledges
//! a receipt to WhatsApp right after its event, and WhatsApp does not send it again after that. So if the process were
//! killed before the receipt is stored, the receipt would be lost. The acknowledgement is encrypted among other frames,
//! so all frames wait (whatsapp-rust 0.7.0, src/client/node_io.rs).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio::time::Instant;
use whatsapp_rust::anyhow;
use whatsapp_rust::bytes::Bytes;
use whatsapp_rust::transport::Transport;

/// A receipt delays frames for no longer than this. If the database is away for a long time, the pings must still
/// leave, because the library closes a connection whose pings are not answered.
const HOLDS_FOR: Duration = Duration::from_secs(10);

/// How long the frames may wait for a receipt after the client began to close.
const CLOSES_WITHIN: Duration = Duration::from_secs(2);

/// The receipts of one client that are not stored yet.
#[derive(Default)]
pub(in crate::whatsapp) struct ReceiptHold {
    held: Mutex<Held>,
    changed: Notify,
}

#[derive(Default)]
struct Held {
    /// The number of the next receipt.
    next: u64,
    /// The receipts by their numbers, with the times at which they arrived.
    receipts: BTreeMap<u64, Instant>,
    /// Set when the client begins to close: until when frames may wait for receipts. After that time, a frame that
    /// still waits for a receipt is not sent at all.
    closes_at: Option<Instant>,
}

/// A receipt that is not stored yet.
pub struct Unstored {
    number: u64,
    hold: Arc<ReceiptHold>,
}

/// The client is being closed, and a receipt is not stored.
#[derive(Debug, thiserror::Error)]
#[error("the connection is being closed, and a receipt that arrived over it is not stored yet")]
struct GivenUp;

impl ReceiptHold {
    /// Begins anew for a new connection. WhatsApp sends receipts again that were not acknowledged.
    pub(super) fn begin(&self) {
        self.held().receipts.clear();
        self.changed.notify_waiters();
    }

    /// Notes that a receipt arrived.
    pub(super) fn came(self: &Arc<Self>) -> Unstored {
        let mut held = self.held();
        let number = held.next;
        held.next += 1;
        held.receipts.insert(number, Instant::now());
        drop(held);
        Unstored { number, hold: self.clone() }
    }

    /// Notes that the client is being closed. From now on, a frame is sent only if the receipts that arrived before it
    /// are stored in time.
    pub(in crate::whatsapp) fn close(&self) {
        self.held().closes_at = Some(Instant::now() + CLOSES_WITHIN);
        self.changed.notify_waiters();
    }

    /// Waits until the receipts that arrived before this call are stored.
    async fn until_stored(&self) -> Result<(), GivenUp> {
        let later = self.held().next;
        loop {
            let changed = self.changed.notified();
            let waits_until = {
                let mut held = self.held();
                let now = Instant::now();
                if held.closes_at.is_none() {
                    held.receipts.retain(|_, came| now.duration_since(*came) < HOLDS_FOR);
                }
                let Some((_, came)) = held.receipts.first_key_value().filter(|(number, _)| **number < later)
                else {
                    return Ok(());
                };
                match held.closes_at {
                    Some(at) if at <= now => return Err(GivenUp),
                    Some(at) => at,
                    None => *came + HOLDS_FOR,
                }
            };
            let _stored_or_too_late = tokio::time::timeout_at(waits_until, changed).await;
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Unstored {
    /// Notes that the receipt is stored, or that it can never be stored.
    pub fn settle(self) {
        self.hold.held().receipts.remove(&self.number);
        self.hold.changed.notify_waiters();
    }
}

impl std::fmt::Debug for Unstored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Unstored").field(&self.number).finish()
    }
}

/// A socket whose frames wait for receipts.
pub(in crate::whatsapp) struct AfterReceipts {
    socket: Arc<dyn Transport>,
    hold: Arc<ReceiptHold>,
}

impl AfterReceipts {
    pub(in crate::whatsapp) const fn new(socket: Arc<dyn Transport>, hold: Arc<ReceiptHold>) -> Self {
        Self { socket, hold }
    }
}

#[async_trait]
impl Transport for AfterReceipts {
    async fn send(&self, data: Bytes) -> anyhow::Result<()> {
        self.hold.until_stored().await?;
        self.socket.send(data).await
    }

    async fn disconnect(&self) {
        self.socket.disconnect().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Wire(Mutex<Vec<Bytes>>);

    #[async_trait]
    impl Transport for Wire {
        async fn send(&self, data: Bytes) -> anyhow::Result<()> {
            self.0.lock().unwrap().push(data);
            Ok(())
        }

        async fn disconnect(&self) {}
    }

    /// Returns a connection whose frames wait for receipts, its receipts, and a wire that records the sent frames.
    fn connection() -> (AfterReceipts, Arc<ReceiptHold>, Arc<Wire>) {
        let (wire, hold) = (Arc::<Wire>::default(), Arc::<ReceiptHold>::default());
        (AfterReceipts::new(wire.clone(), hold.clone()), hold, wire)
    }

    const FRAME: Bytes = Bytes::from_static(b"frame");

    #[tokio::test(start_paused = true)]
    async fn a_frame_waits_until_the_earlier_receipts_are_stored() {
        let (socket, hold, wire) = connection();
        socket.send(FRAME).await.unwrap();
        let (first, second) = (hold.came(), hold.came());
        let mut sending = socket.send(FRAME);
        assert!(futures_util::poll!(&mut sending).is_pending());
        let later = hold.came();
        second.settle();
        assert!(futures_util::poll!(&mut sending).is_pending());
        first.settle();
        sending.await.unwrap();
        assert_eq!(wire.0.lock().unwrap().len(), 2);
        later.settle();
    }

    #[tokio::test(start_paused = true)]
    async fn a_receipt_that_is_never_stored_delays_frames_for_at_most_ten_seconds() {
        let (socket, hold, _) = connection();
        let began = Instant::now();
        drop(hold.came());
        socket.send(FRAME).await.unwrap();
        assert_eq!(began.elapsed(), HOLDS_FOR);
        socket.send(FRAME).await.unwrap();
        assert_eq!(began.elapsed(), HOLDS_FOR);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_closes_sends_no_frame_before_the_receipt_is_stored() {
        let (socket, hold, wire) = connection();
        let _receipt = hold.came();
        hold.close();
        assert!(socket.send(FRAME).await.is_err());
        assert!(wire.0.lock().unwrap().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_closes_waits_for_receipts_that_are_being_stored() {
        let (socket, hold, _) = connection();
        let receipt = hold.came();
        hold.close();
        let mut sending = socket.send(FRAME);
        assert!(futures_util::poll!(&mut sending).is_pending());
        receipt.settle();
        sending.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_connection_does_not_wait_for_receipts_of_an_earlier_connection() {
        let (socket, hold, _) = connection();
        let old = hold.came();
        hold.begin();
        let began = Instant::now();
        socket.send(FRAME).await.unwrap();
        assert_eq!(began.elapsed(), Duration::ZERO);
        old.settle();
    }
}
