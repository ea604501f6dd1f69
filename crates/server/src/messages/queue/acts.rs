//! Reactions, edits and revokes (acts) after they were sent: when WhatsApp has accepted an act, its target message
//! changes. This module also cancels and retries messages.

use linekeeper_model::event::Payload;
use linekeeper_model::id::MessageId;
use linekeeper_model::message::{Content, MediaState, MessageStatus};
use linekeeper_model::phone::Identity;
use linekeeper_storage::{MediaRow, MessageRow, StorageError, Written};

use super::progress::Step;
use super::receipts;
use crate::events::append_with_others;
use crate::messages::people::Desk;
use crate::messages::service::{Messages, Scope};

/// Why a message could not be cancelled or retried.
#[derive(Debug, thiserror::Error)]
pub enum ActRefused {
    /// There is no such message.
    #[error("there is no such message")]
    NotFound,
    /// The message was already sent.
    #[error("the message was sent already")]
    AlreadySent,
    /// The message's status does not allow sending it again.
    #[error("the message cannot be sent again")]
    NotRetryable,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Stores WhatsApp's answer to a message. If the message is a reaction, an edit or a revoke, also changes its target
/// message.
pub(super) async fn conclude(
    desk: &mut Desk<'_>,
    id: MessageId,
    step: Step,
    members: &[Identity],
) -> Result<(), StorageError> {
    let sent = step.to == MessageStatus::Sent;
    if let Some(row) = desk.advance(id, step).await?
        && sent
    {
        apply(desk, row).await?;
    }
    if sent {
        receipts::address(desk, id, members).await?;
    }
    Ok(())
}

pub(super) async fn apply(desk: &mut Desk<'_>, act: MessageRow) -> Result<(), StorageError> {
    let key = desk.scope.key.clone();
    let target = match &act.detail.content {
        Content::Reaction(reaction) => reaction.message_id,
        Content::Edit(edit) => edit.message_id,
        Content::Revoke(revoke) => revoke.message_id,
        _ => return Ok(()),
    };
    let Some(mut row) = desk.tx.messages(&key).hold(target).await? else { return Ok(()) };
    let chat = desk.tx.chats(&key).get(row.chat_id).await?;
    let sender = desk.tx.contacts(&key).get(act.sender_id).await?;
    let (Some(chat), Some(sender)) = (chat, sender) else { return Ok(()) };
    match &act.detail.content {
        Content::Reaction(reaction) => {
            row.detail.react(sender.id, &reaction.emoji, act.timestamp);
            desk.tx.messages(&key).update(&row).await?;
            desk.told.push(Payload::MessageReaction {
                message_id: Some(row.id),
                wa_message_id: row.detail.wa_message_id.clone(),
                chat: Box::new(chat.chat),
                sender: Box::new(sender),
                emoji: reaction.emoji.clone(),
                at: act.timestamp,
            });
        }
        Content::Edit(edit) => {
            match &mut row.detail.content {
                Content::Text(text) => text.body = edit.text.clone().unwrap_or_default(),
                other => {
                    if let Some(media) = other.media_mut() {
                        media.caption = edit.caption.clone();
                    }
                }
            }
            row.detail.edited_at = Some(act.timestamp);
            desk.tx.messages(&key).update(&row).await?;
            let message = Box::new(desk.shown(row).await?);
            desk.told.push(Payload::MessageEdited { message });
        }
        Content::Revoke(_) => {
            row.detail.revoked_at = Some(act.timestamp);
            desk.tx.messages(&key).update(&row).await?;
            desk.told.push(Payload::MessageRevoked {
                message_id: Some(row.id),
                wa_message_id: row.detail.wa_message_id.clone(),
                chat: Box::new(chat.chat),
                by: Box::new(sender),
                at: act.timestamp,
            });
        }
        _ => {}
    }
    Ok(())
}

impl Messages {
    /// Cancels a waiting message. Returns the message as it is afterwards.
    pub async fn cancel(
        &self,
        account: linekeeper_model::id::AccountId,
        id: MessageId,
    ) -> Result<MessageId, ActRefused> {
        let scope = self.scope(account).await?.ok_or(ActRefused::NotFound)?;
        let parts = self.parts();
        let now = parts.clock.now();
        let cancelled = append_with_others(&parts.storage, &parts.log, scope.account, move |tx| {
            Box::pin(async move {
                let mut desk = Desk::new(tx, &scope, now);
                let Some(row) = desk.tx.messages(&scope.key).hold(id).await? else {
                    return Ok(Written::silent(Err(ActRefused::NotFound)));
                };
                match row.status {
                    MessageStatus::Cancelled => {}
                    MessageStatus::Queued => {
                        desk.set(row, Step::to(MessageStatus::Cancelled)).await?;
                    }
                    _ => return Ok(Written::silent(Err(ActRefused::AlreadySent))),
                }
                Ok(Written::told(Ok(()), desk.events()))
            })
        });
        cancelled.await??;
        self.tell_queue(account, super::Word::Cancelled(id));
        Ok(id)
    }

    /// Sends a message again if it failed or if its result is unknown. The message goes to the end of the queue.
    pub async fn retry(
        &self,
        account: linekeeper_model::id::AccountId,
        id: MessageId,
    ) -> Result<MessageId, ActRefused> {
        let scope = self.scope(account).await?.ok_or(ActRefused::NotFound)?;
        let parts = self.parts();
        let now = parts.clock.now();
        let waiting = append_with_others(&parts.storage, &parts.log, scope.account, move |tx| {
            Box::pin(async move {
                let key = scope.key.clone();
                let Some(row) = tx.messages(&key).hold(id).await? else {
                    return Ok(Written::silent(Err(ActRefused::NotFound)));
                };
                if !row.status.may_be_retried() || row.priority.is_none() {
                    return Ok(Written::silent(Err(ActRefused::NotRetryable)));
                }
                fetch_again(tx, &scope, &row, now).await?;
                let place = tx.messages(&key).take_places(1).await?;
                let schedule = linekeeper_model::message::Schedule::new(now, None, None);
                let expires_at = schedule.map(|schedule| schedule.expires_at).unwrap_or(now);
                let row =
                    MessageRow { place: Some(place), due_at: Some(now), expires_at: Some(expires_at), ..row };
                let mut desk = Desk::new(tx, &scope, now);
                let row = desk.set(row, Step::to(MessageStatus::Queued)).await?;
                let waiting = crate::messages::accept::waiting(&row);
                Ok(Written::told(Ok(waiting), desk.events()))
            })
        });
        let waiting = waiting.await??;
        self.bounds().forget(account);
        self.tell_queue(account, super::Word::Accepted(waiting.into_iter().collect()));
        self.fetch_files(account);
        Ok(id)
    }
}

/// If the message's file could not be fetched by URL or could not be converted, schedules another attempt at once.
async fn fetch_again(
    tx: &mut linekeeper_storage::Tx,
    scope: &Scope,
    row: &MessageRow,
    now: jiff::Timestamp,
) -> Result<(), StorageError> {
    let Some(id) = row.detail.content.media().and_then(|media| media.media_id) else { return Ok(()) };
    let file = tx.media(&scope.key).hold(id).await?;
    let failed = |file: &MediaRow| file.source.is_awaited() && file.state == MediaState::Failed;
    if let Some(file) = file.filter(failed) {
        let again = MediaRow { state: MediaState::Pending, attempts: 0, fetch_at: Some(now), ..file };
        tx.media(&scope.key).update(&again).await?;
    }
    Ok(())
}
