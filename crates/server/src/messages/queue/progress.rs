//! Changes the status of a message, and adds the event about the change.

use jiff::Timestamp;
use linekeeper_model::event::Payload;
use linekeeper_model::id::MessageId;
use linekeeper_model::message::{Failure, MessageStatus, Person};
use linekeeper_storage::{MessageRow, StorageError};

use crate::messages::people::Desk;

/// A change of a message's status.
#[derive(Debug, Clone)]
pub(in crate::messages) struct Step {
    pub(in crate::messages) to: MessageStatus,
    pub(super) failure: Option<Failure>,
    /// The person whose device reported the status.
    pub(super) recipient: Option<Person>,
    /// When the message was sent, if WhatsApp gave a time.
    pub(super) sent_at: Option<Timestamp>,
}

impl Step {
    pub(in crate::messages) const fn to(to: MessageStatus) -> Self {
        Self { to, failure: None, recipient: None, sent_at: None }
    }

    pub(in crate::messages) fn failed(failure: Failure) -> Self {
        Self { failure: Some(failure), ..Self::to(MessageStatus::Failed) }
    }
}

impl Desk<'_> {
    /// Moves a message forward to a later status. Returns `None` if the message does not exist or already has that
    /// status or a later one.
    pub(in crate::messages) async fn advance(
        &mut self,
        id: MessageId,
        step: Step,
    ) -> Result<Option<MessageRow>, StorageError> {
        let key = self.scope.key.clone();
        let Some(row) = self.tx.messages(&key).hold(id).await? else { return Ok(None) };
        if !row.status.may_become(step.to) {
            return Ok(None);
        }
        self.set(row, step).await.map(Some)
    }

    /// Sets a status, whatever the status was before, and adds the event.
    pub(super) async fn set(&mut self, row: MessageRow, step: Step) -> Result<MessageRow, StorageError> {
        let key = self.scope.key.clone();
        let previous_status = row.status;
        let mut row = MessageRow {
            status: step.to,
            status_at: self.now,
            attempts: row.attempts + u32::from(step.to == MessageStatus::Sending),
            timestamp: step.sent_at.unwrap_or(row.timestamp),
            ..row
        };
        row.detail.failure = step.failure.clone();
        self.tx.messages(&key).update(&row).await?;
        let chat = self.tx.chats(&key).get(row.chat_id).await?;
        let chat = chat.ok_or_else(|| StorageError::Refused("the message has no chat".into()))?.chat;
        self.told.push(Payload::MessageStatus {
            message_id: row.id,
            wa_message_id: row.detail.wa_message_id.clone(),
            client_reference: row.detail.client_reference.clone(),
            chat: Box::new(chat),
            status: step.to,
            previous_status,
            recipient: step.recipient.map(Box::new),
            failure: step.failure,
            at: self.now,
        });
        Ok(row)
    }
}
