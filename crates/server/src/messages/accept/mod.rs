//! Accepts messages. One transaction checks, composes and stores a message, together with its WhatsApp id, its exact
//! bytes and the answer to the caller. A message is accepted only when this transaction is committed.

mod act;
mod file;
mod limits;
mod prepare;
mod recipient;
mod refused;
mod reply;

pub use file::{FileFrom, NewFile};
pub(super) use limits::Bounds;
pub use refused::{SendRefused, WrongFile};

use jiff::Timestamp;
use linekeeper_model::account::Account;
use linekeeper_model::event::Payload;
use linekeeper_model::id::MessageId;
use linekeeper_model::message::{Content, CreatedBy, Message, Priority, Recipient, Schedule};
use linekeeper_model::phone::Identity;
use linekeeper_storage::{Mark, MessageRow, WaitingMessage, Written};

use super::people::Desk;
use super::queue::Word;
use super::service::Messages;
use crate::events::append_with_others;
use file::Attached;
use limits::More;
use prepare::{Author, Prepared, prepare};

/// A message that a caller wants to send.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// The recipient. `None` if the message acts on another message, which determines the chat.
    pub to: Option<Recipient>,
    /// The content of the message.
    pub content: NewContent,
    /// The message that this one replies to.
    pub reply_to: Option<ReplyTo>,
    /// The people who are mentioned.
    pub mentions: Vec<Recipient>,
    /// When the message is due, and when it expires.
    pub schedule: Schedule,
    /// Whether the message is sent before waiting messages of other chats.
    pub priority: Priority,
    /// The caller's own reference for the message.
    pub client_reference: Option<String>,
    /// The number of seconds after which phones delete the message.
    pub ephemeral_seconds: Option<u32>,
    /// The file, if this type of message has one.
    pub file: Option<NewFile>,
    /// Whether the message is a view-once message.
    pub view_once: bool,
}

/// The content of a message that a caller wants to send.
#[derive(Debug, Clone)]
pub enum NewContent {
    /// Content from the caller. It may also be a reaction, an edit or a revoke of an existing message.
    Content(Box<Content>),
    /// An existing message to forward.
    Forward(MessageId),
}

/// The message that a new message replies to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyTo {
    /// A message that this server has stored.
    Message(MessageId),
    /// A message that this server does not have, by its WhatsApp id.
    WaMessage(String),
}

/// Builds the answer that is stored for an idempotent request.
pub type KeepAnswer = Box<dyn FnOnce(&[Message]) -> (u16, Vec<u8>) + Send>;

/// Messages to accept, with their account and caller.
pub struct Accept {
    /// The account in its current state.
    pub account: Account,
    /// The user or the API key that sends the request.
    pub created_by: CreatedBy,
    /// The messages. Either all of them are accepted or none.
    pub messages: Vec<NewMessage>,
    /// The request's `Idempotency-Key`, if it has one, with the function that builds the stored answer.
    pub keep: Option<(Mark, KeepAnswer)>,
}

/// The limits for files.
#[derive(Clone, Copy)]
struct Files {
    /// The maximum size of a document in bytes.
    largest: u64,
    /// Whether the server can convert audio in other formats to voice notes.
    converts: bool,
}

type Taken = (Vec<Message>, Vec<WaitingMessage>);

impl Messages {
    /// Accepts either all messages or none. When this returns, they are stored in the database.
    pub async fn accept(&self, accept: Accept) -> Result<Vec<Message>, SendRefused> {
        let Accept { account, created_by, messages, keep } = accept;
        if !account.linked {
            return Err(SendRefused::NotLinked);
        }
        let scope = self.scope(account.id).await?.ok_or(SendRefused::NotLinked)?;
        let parts = self.parts();
        for (index, message) in messages.iter().enumerate() {
            if let Some(NewFile { from: FileFrom::Url(url), .. }) = &message.file
                && parts.media.web.is_out_of_bounds(url).await
            {
                let (kind, field, code) = (message.kind(), "url", "not_allowed");
                let message = "must not lead into a private network".to_owned();
                return Err(SendRefused::WrongFile(Box::new(WrongFile {
                    index,
                    kind,
                    field,
                    code,
                    message,
                })));
            }
        }
        let files = Files { largest: parts.media.most, converts: parts.media.ffmpeg.is_some() };
        let fetches = messages.iter().any(|message| message.file.is_some());
        let (now, day_ends) = (parts.clock.now(), parts.accounts.day_ends(&account));
        let (id, bounds) = (account.id, self.bounds().clone());
        let accepted = append_with_others(&parts.storage, &parts.log, id, move |tx| {
            Box::pin(async move {
                let mut desk = Desk::new(tx, &scope, now);
                let taken = take(&mut desk, &account, &created_by, messages, day_ends, files, &bounds).await;
                let (shown, waiting) = match taken {
                    Ok(taken) => taken,
                    Err(SendRefused::Storage(error)) => return Err(error),
                    Err(refused) => return Ok(Written::undone(Err(refused))),
                };
                if let Some((mark, answer)) = keep {
                    let (status, record) = answer(&shown);
                    desk.tx.idempotency_keys().keep(&mark, status, &record).await?;
                }
                Ok(Written::told(Ok((shown, waiting)), desk.events()))
            })
        });
        let (shown, waiting): Taken = accepted.await??;
        self.tell_queue(id, Word::Accepted(waiting));
        if fetches {
            self.fetch_files(id);
        }
        Ok(shown)
    }
}

async fn take(
    desk: &mut Desk<'_>,
    account: &Account,
    created_by: &CreatedBy,
    messages: Vec<NewMessage>,
    day_ends: Timestamp,
    files: Files,
    bounds: &Bounds,
) -> Result<Taken, SendRefused> {
    let key = desk.scope.key.clone();
    let counted = messages.iter().filter(|message| !message.is_act()).count() as u64;
    let due =
        messages.iter().filter(|message| !message.is_act() && message.schedule.due_at < day_ends).count();
    bounds.admit(desk, account, More { counted, due: due as u64 }, day_ends).await?;
    let own = desk.person(&own_identity(account), None).await?.id;
    let author = Author { own, created_by, largest_file: files.largest, converts: files.converts };
    let mut places =
        desk.tx.messages(&key).take_places(u32::try_from(messages.len()).unwrap_or(u32::MAX)).await?;
    let mut rows = Vec::with_capacity(messages.len());
    for (index, message) in messages.into_iter().enumerate() {
        let Prepared { row, wire, file } = prepare(desk, &author, message, places, index).await?;
        places += 1;
        desk.tx.messages(&key).insert(&row, &wire).await?;
        match file {
            Some(Attached::Uploaded(file)) => desk.tx.media(&key).carried_by(file, row.id).await?,
            Some(Attached::Url(file)) => desk.tx.media(&key).insert(&file).await?,
            Some(Attached::Converted { from, file }) => {
                desk.tx.media(&key).carried_by(from, row.id).await?;
                desk.tx.media(&key).insert(&file).await?;
            }
            None => {}
        }
        if !row.detail.content.kind().is_act() {
            desk.tx.chats(&key).has_message(row.chat_id, row.id, row.timestamp, 0).await?;
        }
        rows.push(row);
    }
    let waiting = rows.iter().filter_map(waiting).collect();
    let shown = desk.tx.messages(&key).shown(rows, |_, _| None).await?;
    let shown = desk.scope.with_addresses(shown);
    for message in &shown {
        desk.told.push(Payload::MessageAccepted { message: Box::new(message.clone()) });
    }
    Ok((shown, waiting))
}

/// The identity of the account itself. Before the first login, even its number may be unknown.
fn own_identity(account: &Account) -> Identity {
    let identity = account.identity.clone();
    if identity == Identity::default() {
        return Identity { phone: None, lid: Some(linekeeper_model::phone::Lid("0".to_owned())) };
    }
    identity
}

impl NewMessage {
    fn is_act(&self) -> bool {
        matches!(&self.content, NewContent::Content(content) if content.kind().is_act())
    }

    /// The name of the message's type in the API.
    fn kind(&self) -> &'static str {
        match &self.content {
            NewContent::Forward(_) => "forward",
            NewContent::Content(content) => content.kind().code(),
        }
    }

    /// The id of the message that this one acts on or forwards. A reply does not count.
    fn target(&self) -> Option<MessageId> {
        match &self.content {
            NewContent::Forward(id) => Some(*id),
            NewContent::Content(content) => match &**content {
                Content::Reaction(reaction) => Some(reaction.message_id),
                Content::Edit(edit) => Some(edit.message_id),
                Content::Revoke(revoke) => Some(revoke.message_id),
                _ => None,
            },
        }
    }
}

/// What the queue must know about a message. `None` if the message does not wait in the queue.
pub(super) fn waiting(row: &MessageRow) -> Option<WaitingMessage> {
    Some(WaitingMessage {
        id: row.id,
        chat_id: row.chat_id,
        status: row.status,
        priority: row.priority?,
        place: row.place,
        due_at: row.due_at?,
        expires_at: row.expires_at?,
        is_act: row.detail.content.kind().is_act(),
    })
}
