//! What code that writes mails needs: whether there is a mail server, and how to wake the worker.

use std::sync::Arc;

use linekeeper_model::Timestamp;
use linekeeper_model::id::MailId;
use linekeeper_model::mail::Mail;
use linekeeper_storage::{StorageError, Tx};
use tokio::sync::Notify;

/// Cheap to clone. A mail is put into the queue in the transaction of the change that it is about, and the worker is
/// woken after the commit.
#[derive(Debug, Clone)]
pub struct Mailer(Option<Arc<Notify>>);

impl Mailer {
    /// The mailer of a server that has a mail server.
    pub fn on() -> Self {
        Self(Some(Arc::default()))
    }

    /// The mailer of a server that has no mail server. Mails in the queue wait until one is configured.
    pub const fn off() -> Self {
        Self(None)
    }

    /// Whether mails are sent. If not, put none into the queue.
    pub const fn is_configured(&self) -> bool {
        self.0.is_some()
    }

    /// Puts a mail into the queue. It is sent only if the transaction is committed.
    pub async fn put(&self, tx: &mut Tx, now: Timestamp, mail: &Mail) -> Result<(), StorageError> {
        let id = MailId::generate(now, &mut rand::rng());
        tx.mail().insert(id, mail).await
    }

    /// Wakes the worker after a mail was committed. Without this call, for example after a crash, the mail is sent a
    /// minute later.
    pub fn wake(&self) {
        if let Some(worker) = &self.0 {
            worker.notify_one();
        }
    }

    /// Returns when the worker was woken since the last call.
    pub(super) async fn woken(&self) {
        match &self.0 {
            Some(worker) => worker.notified().await,
            None => std::future::pending().await,
        }
    }
}
