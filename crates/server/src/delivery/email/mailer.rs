//! What writers of mail need to know: whether there is a mail server, and whom to wake.

use std::sync::Arc;

use linekeeper_model::Timestamp;
use linekeeper_model::id::MailId;
use linekeeper_model::mail::Mail;
use linekeeper_storage::{StorageError, Tx};
use tokio::sync::Notify;

/// Cheap to clone. A mail is put into the queue in the transaction of whoever has something to say, and the worker is woken
/// after its commit.
#[derive(Debug, Clone)]
pub struct Mailer(Option<Arc<Notify>>);

impl Mailer {
    /// Where a mail server is configured.
    pub fn on() -> Self {
        Self(Some(Arc::default()))
    }

    /// Where none is. What is put into the queue waits there until one is.
    pub const fn off() -> Self {
        Self(None)
    }

    /// Whether mail goes anywhere: put none into the queue where it does not.
    pub const fn is_configured(&self) -> bool {
        self.0.is_some()
    }

    /// Puts a mail into the queue. It goes only where the transaction is committed.
    pub async fn put(&self, tx: &mut Tx, now: Timestamp, mail: &Mail) -> Result<(), StorageError> {
        let id = MailId::generate(now, &mut rand::rng());
        tx.mail().insert(id, mail).await
    }

    /// There is a new mail: said after its commit. Unsaid, as by a process that died, it goes a minute later.
    pub fn wake(&self) {
        if let Some(worker) = &self.0 {
            worker.notify_one();
        }
    }

    /// Returns when somebody woke the worker since it last returned.
    pub(super) async fn woken(&self) {
        match &self.0 {
            Some(worker) => worker.notified().await,
            None => std::future::pending().await,
        }
    }
}
