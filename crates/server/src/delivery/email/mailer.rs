//! What writers of mail need to know: whether there is a mail server, and whom to wake.

use std::sync::Arc;

use tokio::sync::Notify;

/// Cheap to clone. A mail is `tx.mail().insert(MailId::generate(..), &mail)`, and [`Mailer::wake`] after the commit.
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
