//! Writes the result of fetching a file: the file is in the store, was given up, or is tried again later. The message,
//! the file's row and the event are written together.

use std::time::Duration;

use linekeeper_model::event::Payload;
use linekeeper_model::id::{MediaId, MessageId};
use linekeeper_model::message::{Content, Direction, Failure, FailureCode, MediaState, MessageStatus};
use linekeeper_storage::{MediaDetail, MediaRow, MessageRow, StorageError, Written};

use super::{Outcome, PAUSES};
use crate::events::append_with_others;
use crate::messages::inbound::holds;
use crate::messages::media::blocking;
use crate::messages::people::Desk;
use crate::messages::queue::{Step, Word};
use crate::messages::service::{Messages, Scope};

/// How long to wait before trying again if a file could not be stored.
const NO_ROOM: Duration = Duration::from_secs(30);

/// Whether a file that is now in the store stays there.
enum Kept {
    /// The file stays. If there is a message id, that message waits to be sent with the file.
    For(Option<MessageId>),
    /// The file was erased while it was being fetched.
    Unwanted,
    /// Another connection now fetches the account's files.
    Fenced,
}

/// Records that the file is in the store. `epoch` belongs to the connection over which the file arrived.
pub(super) async fn ready(
    messages: &Messages,
    scope: &Scope,
    id: MediaId,
    epoch: Option<i64>,
    detail: MediaDetail,
) -> Result<Outcome, StorageError> {
    let (parts, work) = (messages.parts(), scope.clone());
    let now = parts.clock.now();
    let expires_at = parts.media.keep.map(|keep| now + keep);
    let kept = append_with_others(&parts.storage, &parts.log, scope.account, move |tx| {
        Box::pin(async move {
            let scope = work;
            if let Some(epoch) = epoch
                && !holds(tx, &scope, epoch).await?
            {
                return Ok(Written::silent(Kept::Fenced));
            }
            let held = tx.media(&scope.key).hold(id).await?;
            let Some(held) = held.filter(|row| row.state == MediaState::Pending) else {
                return Ok(Written::silent(Kept::Unwanted));
            };
            let detail = MediaDetail {
                file_name: held.detail.file_name.clone(),
                url: held.detail.url.clone(),
                direct_path: held.detail.direct_path.clone(),
                converted_from: held.detail.converted_from,
                ..detail
            };
            let row = MediaRow { state: MediaState::Ready, fetch_at: None, expires_at, detail, ..held };
            tx.media(&scope.key).update(&row).await?;
            let mut desk = Desk::new(tx, &scope, now);
            let message = match row.message_id {
                Some(message) => desk.tx.messages(&scope.key).hold(message).await?,
                None => None,
            };
            if let Some(mut message) = message {
                describe(&mut message.detail.content, &row.detail);
                desk.tx.messages(&scope.key).update(&message).await?;
                desk.tell_ready(message).await?;
            }
            Ok(Written::told(Kept::For(row.message_id.filter(|_| row.source.is_awaited())), desk.events()))
        })
    })
    .await?;
    match kept {
        Kept::For(Some(message)) => messages.tell_queue(scope.account, Word::File(message)),
        Kept::For(None) => {}
        Kept::Unwanted => remove(messages, scope, id).await,
        Kept::Fenced => {
            remove(messages, scope, id).await;
            return Ok(Outcome::NotNow);
        }
    }
    Ok(Outcome::Done)
}

/// Records that the file was given up.
pub(super) async fn failed(
    messages: &Messages,
    scope: &Scope,
    id: MediaId,
    code: FailureCode,
    why: &str,
) -> Result<Outcome, StorageError> {
    tracing::warn!(account = %scope.account, media = %id, why, "a file is given up");
    let failure = Failure { message: format!("{} ({why})", Failure::of(code).message), ..Failure::of(code) };
    let (parts, work) = (messages.parts(), scope.clone());
    let now = parts.clock.now();
    let ended = append_with_others(&parts.storage, &parts.log, scope.account, move |tx| {
        Box::pin(async move {
            let scope = work;
            let held = tx.media(&scope.key).hold(id).await?;
            let Some(row) = held.filter(|row| row.state == MediaState::Pending) else {
                return Ok(Written::silent(None));
            };
            let row = MediaRow { state: MediaState::Failed, fetch_at: None, ..row };
            tx.media(&scope.key).update(&row).await?;
            let mut desk = Desk::new(tx, &scope, now);
            let message = match row.message_id {
                Some(message) => desk.tx.messages(&scope.key).hold(message).await?,
                None => None,
            };
            let Some(message) = message else { return Ok(Written::told(None, desk.events())) };
            let id = message.id;
            let is_sent = message.direction == Direction::Outbound && row.source.is_awaited();
            desk.tell_failed(message, failure.clone()).await?;
            if is_sent {
                desk.advance(id, Step::failed(failure)).await?;
            }
            Ok(Written::told(Some(id).filter(|_| is_sent), desk.events()))
        })
    })
    .await?;
    if let Some(message) = ended {
        messages.tell_queue(scope.account, Word::Cancelled(message));
    }
    Ok(Outcome::Done)
}

/// Sets when the file is tried again. If `most` further attempts have failed after the first one, the file is given up.
pub(super) async fn later(
    messages: &Messages,
    scope: &Scope,
    row: MediaRow,
    most: usize,
    code: FailureCode,
    why: &str,
) -> Result<Outcome, StorageError> {
    let tries = row.attempts as usize;
    let Some(pause) = PAUSES.iter().take(most).nth(tries) else {
        return failed(messages, scope, row.id, code, why).await;
    };
    tracing::info!(account = %scope.account, media = %row.id, why, seconds = pause.as_secs(), "a file did not come; trying again");
    let fetch_at = Some(messages.parts().clock.now() + *pause);
    wait(messages, scope, MediaRow { attempts: row.attempts + 1, fetch_at, ..row }).await
}

/// Handles a file that cannot be stored at the moment. The file itself is not the cause, so it is tried again
/// without a limit.
pub(super) async fn no_room(
    messages: &Messages,
    scope: &Scope,
    row: MediaRow,
    error: &(impl std::error::Error + Sync),
) -> Result<Outcome, StorageError> {
    tracing::warn!(account = %scope.account, media = %row.id, %error, "a file could not be kept; trying again");
    let fetch_at = Some(messages.parts().clock.now() + NO_ROOM);
    wait(messages, scope, MediaRow { fetch_at, ..row }).await
}

/// Stores when a file is to be tried again.
pub(super) async fn wait(messages: &Messages, scope: &Scope, row: MediaRow) -> Result<Outcome, StorageError> {
    let mut tx = messages.parts().storage.begin().await?;
    let held = tx.media(&scope.key).hold(row.id).await?;
    if held.is_some_and(|held| held.state == MediaState::Pending) {
        tx.media(&scope.key).update(&row).await?;
        tx.commit().await?;
    }
    Ok(Outcome::Done)
}

/// Removes a file that has no database row. If this fails, the cleanup removes the file later.
pub(super) async fn remove(messages: &Messages, scope: &Scope, id: MediaId) {
    let (store, account) = (messages.parts().media.store.clone(), scope.account);
    if let Err(error) = blocking(move || store.remove(account, vec![id])).await {
        tracing::warn!(%account, media = %id, %error, "a file could not be removed");
    }
}

/// Adds to `content` what is known about the file. The type that the file's bytes show takes precedence over the
/// sender's claim.
fn describe(content: &mut Content, detail: &MediaDetail) {
    let Some(media) = content.media_mut() else { return };
    media.mime_type = detail.mime_type.clone();
    media.size = detail.size;
    media.sha256 = detail.sha256.clone();
    media.width = detail.width.or(media.width);
    media.height = detail.height.or(media.height);
    media.duration_seconds = media.duration_seconds.or(detail.duration_seconds);
}

impl Desk<'_> {
    async fn tell_ready(&mut self, row: MessageRow) -> Result<(), StorageError> {
        let message = self.shown(row).await?;
        if let Some(media) = message.content.media() {
            let media = Box::new(media.clone());
            self.told.push(Payload::MediaReady {
                message_id: message.id,
                chat: Box::new(message.chat),
                sender: Box::new(message.sender),
                media,
            });
        }
        Ok(())
    }

    async fn tell_failed(&mut self, row: MessageRow, failure: Failure) -> Result<(), StorageError> {
        let status = row.status;
        let message = self.shown(row).await?;
        // If the message was cancelled, no event is needed, because nobody waits for the file.
        if status != MessageStatus::Cancelled {
            self.told.push(Payload::MediaFailed {
                message_id: message.id,
                chat: Box::new(message.chat),
                sender: Box::new(message.sender),
                failure,
            });
        }
        Ok(())
    }
}
