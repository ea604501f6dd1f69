//! The worker that sends the queued emails, one at a time. Each attempt is counted before it is made. So two
//! servers do not both make the same attempt, and an email that crashes the server is not tried for ever.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use linekeeper_model::Timestamp;
use linekeeper_model::clock::Clock;
use linekeeper_storage::{QueuedMail, Storage, StorageError};
use tokio_util::sync::CancellationToken;

use super::mailer::Mailer;
use super::sender::{SendError, Sender};

/// The pause after the first attempt. It doubles after each attempt.
const FIRST_PAUSE: Duration = Duration::from_secs(60);
/// The maximum pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(2 * 60 * 60);
/// If the mail server has not accepted an email for a day, the email is given up.
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// How long to wait before trying again if the mail server or the database cannot be used.
const REST: Duration = Duration::from_secs(30);
/// How often to check for emails that other processes put into the queue.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// What the worker needs to send emails.
pub struct Queue {
    /// The database with the mail queue.
    pub storage: Storage,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The mail server.
    pub sender: Sender,
    /// Signals new mails.
    pub mailer: Mailer,
}

/// The result of looking for one mail to send.
enum Turn {
    /// An email was handled. There may be another one.
    Again,
    /// No email is due for this long.
    Wait(Duration),
}

impl Queue {
    /// Sends emails until `stopping` is cancelled. If the worker is sending an email at that time, the worker finishes
    /// it first.
    pub async fn run(self, stopping: CancellationToken) {
        while !stopping.is_cancelled() {
            let wait = match self.turn().await {
                Ok(Turn::Again) => continue,
                Ok(Turn::Wait(wait)) => wait,
                Err(error) => {
                    tracing::warn!(%error, "the queue of mails cannot be read or written");
                    REST
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.mailer.woken() => {}
                () = stopping.cancelled() => {}
            }
        }
    }

    async fn turn(&self) -> Result<Turn, StorageError> {
        let now = self.clock.now();
        let Some(mail) = self.storage.read().await?.mail().next().await? else {
            return Ok(Turn::Wait(LOOK_EVERY));
        };
        let wait = Duration::try_from(mail.next_try_at.duration_since(now)).unwrap_or_default();
        if !wait.is_zero() {
            return Ok(Turn::Wait(wait.min(LOOK_EVERY)));
        }
        let next_try_at = now.checked_add(pause_after(mail.attempts)).unwrap_or(Timestamp::MAX);
        let mut tx = self.storage.begin().await?;
        let ours = tx.mail().claim(&mail, next_try_at).await?;
        let message = if ours { tx.mail().message(mail.id).await } else { Ok(None) };
        // The attempt is counted even if the stored email cannot be read. Otherwise this email would come first again
        // and block the others.
        tx.commit().await?;
        let message = match message {
            Ok(Some(message)) => message,
            Ok(None) => return Ok(Turn::Again),
            Err(error) => {
                tracing::error!(mail = %mail.id, %error, "a mail cannot be read");
                self.drop_if_old(&mail, next_try_at).await?;
                return Ok(Turn::Again);
            }
        };
        match self.sender.send(mail.id, mail.created_at, &message).await {
            Ok(()) => {
                self.remove(&mail).await?;
                tracing::info!(mail = %mail.id, attempts = mail.attempts + 1, "mail sent");
                Ok(Turn::Again)
            }
            Err(error @ SendError::Address) => {
                tracing::warn!(mail = %mail.id, %error, "mail dropped");
                self.remove(&mail).await?;
                Ok(Turn::Again)
            }
            Err(error) => {
                tracing::warn!(mail = %mail.id, attempts = mail.attempts + 1, %error, "mail not sent");
                self.drop_if_old(&mail, next_try_at).await?;
                // If the mail server cannot be reached, the next emails would fail too, and would use up attempts. So
                // the worker pauses.
                let gone = matches!(error, SendError::Unreachable(_));
                Ok(if gone { Turn::Wait(REST) } else { Turn::Again })
            }
        }
    }

    async fn drop_if_old(&self, mail: &QueuedMail, next_try_at: Timestamp) -> Result<(), StorageError> {
        if next_try_at.duration_since(mail.created_at) > GIVE_UP_AFTER {
            tracing::error!(mail = %mail.id, attempts = mail.attempts + 1, "mail dropped: it was not taken for a day");
            self.remove(mail).await?;
        }
        Ok(())
    }

    async fn remove(&self, mail: &QueuedMail) -> Result<(), StorageError> {
        let mut tx = self.storage.begin().await?;
        tx.mail().delete(mail.id).await?;
        tx.commit().await
    }
}

/// How long to wait after the attempt with the number `attempt`. The first attempt has the number 0.
fn pause_after(attempt: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << attempt.min(16)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_between_attempts_grow_to_two_hours() {
        let minutes: Vec<u64> = (0..9).map(|attempt| pause_after(attempt).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 64, 120, 120]);
        assert_eq!(pause_after(u32::MAX), LONGEST_PAUSE);
    }
}
