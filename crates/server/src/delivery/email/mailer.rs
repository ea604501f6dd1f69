//! The interface for code that writes emails. It says whether there is a mail server, puts emails into the queue, and
//! wakes the worker that sends them.

use std::sync::Arc;

use linekeeper_model::Timestamp;
use linekeeper_model::id::MailId;
use linekeeper_model::mail::Mail;
use linekeeper_storage::{StorageError, Tx};
use tokio::sync::Notify;

/// Puts emails into the queue and wakes the worker. An email is put into the queue in the transaction of the
/// change that it is about. The worker is woken after the commit. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Mailer(Option<Arc<Notify>>);

impl Mailer {
    /// The mailer of a server that has a mail server.
    pub fn on() -> Self {
        Self(Some(Arc::default()))
    }

    /// The mailer of a server that has no mail server. If the queue has emails, they wait until a mail server is
    /// configured.
    pub const fn off() -> Self {
        Self(None)
    }

    /// Whether emails are sent. If not, callers must not put emails into the queue.
    pub const fn is_configured(&self) -> bool {
        self.0.is_some()
    }

    /// Puts an email into the queue. It is sent only if the transaction is committed.
    pub async fn put(&self, tx: &mut Tx, now: Timestamp, mail: &Mail) -> Result<(), StorageError> {
        let id = MailId::generate(now, &mut rand::rng());
        tx.mail().insert(id, mail).await
    }

    /// Wakes the worker after an email was committed. If this is not called, for example because of a crash, the
    /// email is sent up to a minute later.
    pub fn wake(&self) {
        if let Some(worker) = &self.0 {
            worker.notify_one();
        }
    }

    /// Waits until the worker is woken. Returns at once if it was woken after the last call returned.
    pub(super) async fn woken(&self) {
        match &self.0 {
            Some(worker) => worker.notified().await,
            None => std::future::pending().await,
        }
    }
}
