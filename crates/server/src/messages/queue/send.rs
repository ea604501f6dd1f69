//! Makes one attempt to send a message. One transaction reads the message and sets its status to `sending`. Then the
//! message is sent. If its phone number was never written to, the number is looked up first, and WhatsApp's spelling of
//! the number is stored.

use std::sync::Arc;
use std::time::Duration;

use linekeeper_model::id::{ChatId, MediaId, MessageId};
use linekeeper_model::message::{Address, Content, Failure, FailureCode, MessageStatus, MessageType};
use linekeeper_model::phone::{Identity, PhoneNumber};
use linekeeper_storage::{MessageRow, StorageError, Written};

use super::file::{self, place};
use super::look_up::keep;
use super::progress::Step;
use crate::events::append_with_others;
use crate::messages::inbound::holds;
use crate::messages::people::Desk;
use crate::messages::service::{Messages, Scope};
use crate::whatsapp::{Outlet, SendTrouble};

/// How an attempt to send a message ended.
#[derive(Debug)]
pub(super) enum Attempt {
    /// The message was sent, and WhatsApp's answer is awaited. `reached_nobody` is true if the recipient has no
    /// device that the message could be addressed to.
    Left { wa_message_id: String, reached_nobody: bool, members: Vec<Identity> },
    /// The attempt ended before the message was sent.
    Ended,
    /// The connection ended during the attempt. The message may have been sent.
    Cut { wa_message_id: String },
    /// The message cannot be sent now, because the connection or the database is not available.
    NotNow,
    /// The message would start a new chat, and WhatsApp currently does not allow the account to start chats.
    Restricted,
    /// The message's file is not in the store yet.
    AwaitsFile,
    /// The message's file could not be uploaded to WhatsApp's servers.
    FileStuck,
    /// Another connection has taken over the account. So this connection may no longer store anything for the account.
    Fenced,
}

/// The settings for an attempt to send.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// Whether the recipient sees that somebody is typing before the message arrives.
    pub(super) typing: bool,
    /// Whether messages that would start a chat must wait.
    pub(super) no_new_chats: bool,
}

/// What is needed to send a message. It is read in the transaction that sets the status to `sending`.
struct Ready {
    to: Address,
    wa_message_id: String,
    wire: Arc<Vec<u8>>,
    /// How long a person would type this text. `None` if the message is not a text that is sent for the first
    /// time.
    typed_in: Option<Duration>,
}

enum Marked {
    Ready(Ready),
    LookUp(ChatId, PhoneNumber),
    /// The message's file is in the store, and must be uploaded to WhatsApp's servers.
    Place(MediaId, MessageType),
    AwaitsFile,
    Over,
    Restricted,
    Fenced,
}

/// Makes one attempt to send a message.
pub(super) async fn attempt(
    messages: Messages,
    scope: Scope,
    outlet: Outlet,
    id: MessageId,
    manner: Manner,
) -> Attempt {
    match try_to_send(&messages, &scope, &outlet, id, manner).await {
        Ok(attempt) => attempt,
        Err(error) => {
            tracing::warn!(account = %scope.account, message = %id, %error, "a message waits for the database");
            Attempt::NotNow
        }
    }
}

async fn try_to_send(
    messages: &Messages,
    scope: &Scope,
    outlet: &Outlet,
    id: MessageId,
    manner: Manner,
) -> Result<Attempt, StorageError> {
    let mut marked = mark(messages, scope, outlet.epoch(), id, manner).await?;
    if let Marked::LookUp(chat, phone) = marked {
        match outlet.look_up(&phone).await {
            Ok(found) => {
                if !keep(messages, scope, outlet.epoch(), id, chat, phone, found).await? {
                    return Ok(Attempt::Ended);
                }
            }
            Err(SendTrouble::Disconnected) => return Ok(Attempt::NotNow),
            Err(SendTrouble::Refused(reason)) => {
                tracing::warn!(account = %scope.account, reason, "a number could not be looked up");
                return Ok(Attempt::NotNow);
            }
        }
        marked = mark(messages, scope, outlet.epoch(), id, manner).await?;
    }
    if let Marked::Place(file, kind) = marked {
        match place(messages, scope, outlet, id, file, kind).await? {
            Some(ended) => return Ok(ended),
            None => marked = mark(messages, scope, outlet.epoch(), id, manner).await?,
        }
    }
    let Ready { to, wa_message_id, wire, typed_in } = match marked {
        Marked::Ready(ready) => ready,
        Marked::LookUp(..) | Marked::Place(..) => return Ok(Attempt::NotNow),
        Marked::AwaitsFile => return Ok(Attempt::AwaitsFile),
        Marked::Over => return Ok(Attempt::Ended),
        Marked::Restricted => return Ok(Attempt::Restricted),
        Marked::Fenced => return Ok(Attempt::Fenced),
    };
    if let Some(time) = typed_in.filter(|_| manner.typing) {
        outlet.typing(&to, true).await;
        tokio::time::sleep(time).await;
    }
    match outlet.send(&to, &wa_message_id, &wire).await {
        Ok(sent) => {
            let reached_nobody = sent.reached_somebody == Some(false);
            Ok(Attempt::Left { wa_message_id, reached_nobody, members: sent.members })
        }
        Err(SendTrouble::Disconnected) => Ok(Attempt::Cut { wa_message_id }),
        Err(SendTrouble::Refused(reason)) => {
            tracing::warn!(account = %scope.account, message = %id, reason, "a message was refused before it left");
            let step = Step::failed(Failure {
                message: format!("The message could not be sent: {reason}."),
                ..Failure::of(FailureCode::Rejected)
            });
            advance(messages, scope, id, step).await?;
            Ok(Attempt::Ended)
        }
    }
}

/// Changes the status of a message, in a transaction that is shared with other writes.
pub(super) async fn advance(
    messages: &Messages,
    scope: &Scope,
    id: MessageId,
    step: Step,
) -> Result<bool, StorageError> {
    let (parts, scope) = (messages.parts(), scope.clone());
    let now = parts.clock.now();
    append_with_others(&parts.storage, &parts.log, scope.account, move |tx| {
        Box::pin(async move {
            let mut desk = Desk::new(tx, &scope, now);
            let moved = desk.advance(id, step).await?.is_some();
            Ok(Written::told(moved, desk.events()))
        })
    })
    .await
}

async fn mark(
    messages: &Messages,
    scope: &Scope,
    epoch: i64,
    id: MessageId,
    manner: Manner,
) -> Result<Marked, StorageError> {
    let (parts, scope) = (messages.parts(), scope.clone());
    let now = parts.clock.now();
    append_with_others(&parts.storage, &parts.log, scope.account, move |tx| {
        Box::pin(async move {
            if !holds(tx, &scope, epoch).await? {
                return Ok(Written::silent(Marked::Fenced));
            }
            let key = scope.key.clone();
            let Some(row) = tx.messages(&key).hold(id).await? else {
                return Ok(Written::silent(Marked::Over));
            };
            if !row.status.is_waiting() {
                return Ok(Written::silent(Marked::Over));
            }
            let Some(chat) = tx.chats(&key).get(row.chat_id).await? else {
                return Ok(Written::silent(Marked::Over));
            };
            let begins = manner.no_new_chats
                && row.status == MessageStatus::Queued
                && !tx.messages(&key).new_chats(&[chat.chat.id]).await?.is_empty();
            if begins {
                return Ok(Written::silent(Marked::Restricted));
            }
            if !chat.resolved {
                let phone = chat.chat.person.as_ref().and_then(|person| person.phone);
                if let Some(phone) = phone {
                    return Ok(Written::silent(Marked::LookUp(chat.chat.id, phone)));
                }
            }
            let wire = tx.messages(&key).wire(id).await?;
            let (Some(wire), Some(wa_message_id)) = (wire, row.detail.wa_message_id.clone()) else {
                return Ok(Written::silent(Marked::Over));
            };
            let to = chat.chat.address.clone();
            let typed_in = typing_time(&row);
            let mut desk = Desk::new(tx, &scope, now);
            match file::needed(&mut desk, &row, &wire).await? {
                file::Needed::Nothing => {}
                file::Needed::Place(file) => {
                    return Ok(Written::silent(Marked::Place(file, row.detail.content.kind())));
                }
                file::Needed::Awaited => return Ok(Written::silent(Marked::AwaitsFile)),
                file::Needed::Gone => {
                    desk.set(row, Step::failed(Failure::of(FailureCode::MediaUnavailable))).await?;
                    return Ok(Written::told(Marked::Over, desk.events()));
                }
            }
            if row.status == MessageStatus::Queued {
                desk.set(row, Step::to(MessageStatus::Sending)).await?;
            }
            let ready = Ready { to, wa_message_id, wire: Arc::new(wire), typed_in };
            Ok(Written::told(Marked::Ready(ready), desk.events()))
        })
    })
    .await
}

/// How long a person would type a text that is sent for the first time.
fn typing_time(row: &MessageRow) -> Option<Duration> {
    const A_CHARACTER: Duration = Duration::from_millis(50);
    const LONGEST: Duration = Duration::from_secs(8);
    let Content::Text(text) = &row.detail.content else { return None };
    let characters = u32::try_from(text.body.chars().count()).unwrap_or(u32::MAX);
    (row.status == MessageStatus::Queued)
        .then(|| A_CHARACTER.saturating_mul(characters).clamp(Duration::from_secs(1), LONGEST))
}
