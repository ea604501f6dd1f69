//! Accepting messages: everything is checked, composed and stored, with its WhatsApp id, its exact bytes and the answer to
//! the caller, in one transaction. Only then is it accepted.

use jiff::Timestamp;
use linekeeper_model::account::Account;
use linekeeper_model::event::Payload;
use linekeeper_model::id::{ChatId, ContactId, MessageId};
use linekeeper_model::message::{
    Address, ChatType, Content, CreatedBy, Detail, Direction, Message, MessageStatus, MessageType, Origin,
    Priority, Recipient, ReplyDetail, Schedule, Text,
};
use linekeeper_model::phone::Identity;
use linekeeper_storage::{ListedChat, Mark, MessageRow, StorageError, WaitingMessage, Written};
use rand::Rng as _;

use super::people::Desk;
use super::queue::Word;
use super::service::Messages;
use crate::events::append_with_others;
use crate::whatsapp::{Compose, QuotedWire, compose, edit, forward, reaction, revoke};

/// Messages that may wait in one account.
const LONGEST_QUEUE: u64 = 10_000;

/// A message that a caller wants to be sent.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// To whom; nobody where it acts on another message.
    pub to: Option<Recipient>,
    /// What it says.
    pub content: NewContent,
    /// What it replies to.
    pub reply_to: Option<ReplyTo>,
    /// Who is mentioned.
    pub mentions: Vec<Recipient>,
    /// When it is due.
    pub schedule: Schedule,
    /// Which messages of other chats it overtakes.
    pub priority: Priority,
    /// What the caller calls it.
    pub client_reference: Option<String>,
    /// After how many seconds phones remove it.
    pub ephemeral_seconds: Option<u32>,
}

/// See [`NewMessage::content`].
#[derive(Debug, Clone)]
pub enum NewContent {
    /// Something of its own, or an act on a message that is here.
    Content(Box<Content>),
    /// A message that is here, passed on.
    Forward(MessageId),
}

/// What a message replies to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyTo {
    /// A message that is here.
    Message(MessageId),
    /// A message that this server never had, by its id at WhatsApp.
    WaMessage(String),
}

/// Writes the answer for a request that may come again.
pub type KeepAnswer = Box<dyn FnOnce(&[Message]) -> (u16, Vec<u8>) + Send>;

/// Messages to accept, and for whom.
pub struct Accept {
    /// The account, as it is at this moment.
    pub account: Account,
    /// Who asks.
    pub created_by: CreatedBy,
    /// All are taken, or none.
    pub messages: Vec<NewMessage>,
    /// The key that the request came with.
    pub keep: Option<(Mark, KeepAnswer)>,
}

/// Why messages were not accepted. Nothing was stored. The number says which one of several.
#[derive(Debug, thiserror::Error)]
pub enum SendRefused {
    /// The account has no session.
    #[error("the account is not linked to a phone")]
    NotLinked,
    /// Too many wait.
    #[error("too many messages wait")]
    QueueFull,
    /// The day's limit is reached.
    #[error("the day's limit is reached")]
    DailyLimit {
        /// When the next day begins.
        until: Timestamp,
    },
    /// There is no chat or person of that id.
    #[error("there is no chat or person of that id")]
    UnknownRecipient(usize),
    /// It cannot be sent there.
    #[error("it cannot be sent there")]
    WrongRecipient(usize),
    /// The message that it replies to is not in this chat.
    #[error("the message that it replies to is not in this chat")]
    UnknownReply(usize),
    /// The message that it acts on is not here. The text names the kind of act.
    #[error("the message that it acts on is not here")]
    UnknownTarget(usize, &'static str),
    /// What is wanted cannot be done to the message that it names.
    #[error("what is wanted cannot be done to that message")]
    WrongTarget(usize, &'static str),
    /// There is no person of an id that is mentioned.
    #[error("there is no person of an id that is mentioned")]
    UnknownMention(usize, usize),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

type Taken = (Vec<Message>, Vec<WaitingMessage>);

impl Messages {
    /// Accepts all messages, or none. They are on disk when this returns.
    pub async fn accept(&self, accept: Accept) -> Result<Vec<Message>, SendRefused> {
        let Accept { account, created_by, messages, keep } = accept;
        if !account.linked {
            return Err(SendRefused::NotLinked);
        }
        let scope = self.scope(account.id).await?.ok_or(SendRefused::NotLinked)?;
        let parts = self.parts();
        let (now, day_ends) = (parts.clock.now(), parts.accounts.day_ends(&account));
        let id = account.id;
        let accepted = append_with_others(&parts.storage, &parts.log, move |tx| {
            Box::pin(async move {
                let mut desk = Desk::new(tx, &scope, now);
                let taken = take(&mut desk, &account, &created_by, messages, day_ends).await;
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
        Ok(shown)
    }
}

async fn take(
    desk: &mut Desk<'_>,
    account: &Account,
    created_by: &CreatedBy,
    messages: Vec<NewMessage>,
    day_ends: Timestamp,
) -> Result<Taken, SendRefused> {
    let key = desk.scope.key.clone();
    let counted = messages.iter().filter(|message| !message.is_act()).count() as u64;
    let due =
        messages.iter().filter(|message| !message.is_act() && message.schedule.due_at < day_ends).count();
    let line = desk.tx.messages(&key).line(day_ends).await?;
    if counted > 0 && line.waiting + counted > LONGEST_QUEUE {
        return Err(SendRefused::QueueFull);
    }
    let today = u64::from(account.usage.sent) + line.due + due as u64;
    if due > 0 && today > u64::from(account.daily_limit.get()) {
        return Err(SendRefused::DailyLimit { until: day_ends });
    }
    let own = desk.person(&own_identity(account), None).await?;
    let mut places =
        desk.tx.messages(&key).take_places(u32::try_from(messages.len()).unwrap_or(u32::MAX)).await?;
    let mut rows = Vec::with_capacity(messages.len());
    for (index, message) in messages.into_iter().enumerate() {
        let (row, wire) = prepare(desk, own.id, created_by, message, places, index).await?;
        places += 1;
        desk.tx.messages(&key).insert(&row, &wire).await?;
        if !row.detail.content.kind().is_act() {
            desk.tx.chats(&key).has_message(row.chat_id, row.id, row.timestamp, 0).await?;
        }
        rows.push(row);
    }
    let waiting = rows.iter().filter_map(waiting).collect();
    let shown = desk.tx.messages(&key).shown(rows, |_, _| None).await?;
    for message in &shown {
        desk.told.push(Payload::MessageAccepted { message: Box::new(message.clone()) });
    }
    Ok((shown, waiting))
}

/// The account itself, as a person. Before its first login not even its number may be known.
fn own_identity(account: &Account) -> Identity {
    let identity = account.identity.clone();
    if identity == Identity::default() {
        return Identity { phone: None, lid: Some(linekeeper_model::phone::Lid("0".to_owned())) };
    }
    identity
}

/// A row and its exact bytes.
async fn prepare(
    desk: &mut Desk<'_>,
    own: ContactId,
    created_by: &CreatedBy,
    message: NewMessage,
    place: i64,
    index: usize,
) -> Result<(MessageRow, Vec<u8>), SendRefused> {
    let key = desk.scope.key.clone();
    let now = desk.now;
    let mut secret = [0u8; 32];
    rand::rng().fill_bytes(&mut secret);
    let mut mentions = Vec::new();
    let mut mentioned = Vec::new();
    for (place, mention) in message.mentions.iter().enumerate() {
        let person = person(desk, mention).await?.ok_or(SendRefused::UnknownMention(index, place))?;
        mentions.extend(person.1);
        mentioned.push(person.0);
    }
    let kind = message.kind();
    let target = match message.target() {
        Some(id) => {
            Some(desk.tx.messages(&key).get(id).await?.ok_or(SendRefused::UnknownTarget(index, kind))?)
        }
        None => None,
    };
    let chat = match (&message.to, &target) {
        (Some(to), _) => chat(desk, to, index).await?,
        (None, Some(target)) => {
            desk.tx.chats(&key).get(target.chat_id).await?.ok_or(SendRefused::UnknownTarget(index, kind))?
        }
        (None, None) => return Err(SendRefused::UnknownRecipient(index)),
    };
    let reply = reply(desk, &chat, message.reply_to.as_ref(), index).await?;
    let (content, wire) = match (&message.content, &target) {
        (NewContent::Forward(_), Some(target)) => {
            let wire = desk.tx.messages(&key).wire(target.id).await?;
            let wire =
                wire.and_then(|wire| forward(&wire, secret)).ok_or(SendRefused::WrongTarget(index, kind))?;
            (target.detail.content.clone(), wire)
        }
        (NewContent::Content(content), Some(target)) => {
            let wire = act(desk, &chat, content, target, secret, now).await?;
            ((**content).clone(), wire.ok_or(SendRefused::WrongTarget(index, kind))?)
        }
        (NewContent::Content(content), None) => {
            let wire = compose(&Compose {
                content,
                quoted: reply.as_ref().map(|(_, quoted)| quoted.clone()),
                mentions,
                ephemeral_seconds: message.ephemeral_seconds,
                secret,
            });
            ((**content).clone(), wire.ok_or(SendRefused::WrongTarget(index, kind))?)
        }
        (NewContent::Forward(_), None) => return Err(SendRefused::UnknownTarget(index, kind)),
    };
    let forwarded = matches!(message.content, NewContent::Forward(_));
    let score = target.as_ref().map_or(0, |target| target.detail.forwarding_score);
    let detail = Detail {
        client_reference: message.client_reference,
        reply_to: reply.map(|(detail, _)| detail),
        mentions: mentioned,
        forwarded,
        forwarding_score: if forwarded { score + 1 } else { 0 },
        ephemeral_seconds: message.ephemeral_seconds,
        ..Detail::new(Some(wa_message_id()), content)
    };
    let schedule = message.schedule;
    let row = MessageRow {
        id: MessageId::generate(now, &mut rand::rng()),
        chat_id: chat.chat.id,
        sender_id: own,
        direction: Direction::Outbound,
        origin: Origin::Api,
        created_by: Some(created_by.clone()),
        detail,
        status: MessageStatus::Queued,
        status_at: now,
        received_via: None,
        priority: Some(message.priority),
        send_at: schedule.send_at,
        due_at: Some(schedule.due_at),
        expires_at: Some(schedule.expires_at),
        // A scheduled one takes its place when it is due.
        place: (schedule.due_at <= now).then_some(place),
        attempts: 0,
        timestamp: now,
        created_at: now,
    };
    Ok((row, wire))
}

/// The bytes of a reaction, an edit or a revoke; nothing where it cannot be done to that message.
async fn act(
    desk: &mut Desk<'_>,
    chat: &ListedChat,
    content: &Content,
    target: &MessageRow,
    secret: [u8; 32],
    now: Timestamp,
) -> Result<Option<Vec<u8>>, StorageError> {
    let Some(wa_id) = &target.detail.wa_message_id else { return Ok(None) };
    let from_me = target.direction == Direction::Outbound;
    let address = &chat.chat.address;
    let is_message = !target.detail.content.kind().is_act();
    Ok(match content {
        Content::Reaction(react) if is_message => {
            let author = desk.tx.contacts(&desk.scope.key).get(target.sender_id).await?;
            let author = author.and_then(|author| {
                author
                    .lid
                    .as_ref()
                    .map(Address::of_lid)
                    .or_else(|| author.phone.as_ref().map(Address::of_phone))
            });
            let author = author.filter(|_| chat.chat.kind == ChatType::Group && !from_me);
            Some(reaction(address, wa_id, author.as_ref(), from_me, &react.emoji, now, secret))
        }
        Content::Edit(change) if from_me && target.detail.content.kind() == MessageType::Text => {
            let Some(body) = &change.text else { return Ok(None) };
            let content = Content::Text(Text::of(body));
            let composed = compose(&Compose {
                content: &content,
                quoted: None,
                mentions: Vec::new(),
                ephemeral_seconds: target.detail.ephemeral_seconds,
                secret,
            });
            composed.and_then(|composed| edit(address, wa_id, &composed, now, secret))
        }
        Content::Revoke(_) if from_me && is_message => Some(revoke(address, wa_id, secret)),
        _ => None,
    })
}

async fn reply(
    desk: &mut Desk<'_>,
    chat: &ListedChat,
    reply_to: Option<&ReplyTo>,
    index: usize,
) -> Result<Option<(ReplyDetail, QuotedWire)>, SendRefused> {
    let key = desk.scope.key.clone();
    let found = match reply_to {
        None => return Ok(None),
        Some(ReplyTo::Message(id)) => {
            let row = desk.tx.messages(&key).get(*id).await?;
            Some(row.filter(|row| row.chat_id == chat.chat.id).ok_or(SendRefused::UnknownReply(index))?)
        }
        Some(ReplyTo::WaMessage(wa_id)) => {
            let rows = desk.tx.messages(&key).by_wa_id(wa_id).await?;
            rows.into_iter().find(|row| row.chat_id == chat.chat.id)
        }
    };
    let Some(row) = found else {
        let Some(ReplyTo::WaMessage(wa_id)) = reply_to else { return Ok(None) };
        let quoted =
            QuotedWire { wa_message_id: wa_id.clone(), sender: chat.chat.address.clone(), wire: None };
        let detail = ReplyDetail {
            message_id: None,
            wa_message_id: wa_id.clone(),
            sender: chat.chat.person.as_ref().map(|person| person.id),
            kind: None,
            preview: None,
        };
        return Ok(Some((detail, quoted)));
    };
    let sender = desk.tx.contacts(&key).get(row.sender_id).await?;
    let address = sender.and_then(|sender| {
        sender.phone.as_ref().map(Address::of_phone).or_else(|| sender.lid.as_ref().map(Address::of_lid))
    });
    let wa_message_id = row.detail.wa_message_id.clone().ok_or(SendRefused::UnknownReply(index))?;
    let quoted = QuotedWire {
        wa_message_id: wa_message_id.clone(),
        sender: address.unwrap_or_else(|| chat.chat.address.clone()),
        wire: desk.tx.messages(&key).wire(row.id).await?,
    };
    let detail = ReplyDetail {
        message_id: Some(row.id),
        wa_message_id,
        sender: Some(row.sender_id),
        kind: Some(row.detail.content.kind()),
        preview: row.detail.content.preview(),
    };
    Ok(Some((detail, quoted)))
}

/// The chat that a caller means. A number that was never written to is looked up when the message is sent.
async fn chat(desk: &mut Desk<'_>, to: &Recipient, index: usize) -> Result<ListedChat, SendRefused> {
    let key = desk.scope.key.clone();
    match to {
        Recipient::Phone(phone) => {
            let identity = Identity { phone: Some(*phone), lid: None };
            let person = desk.person(&identity, None).await?;
            Ok(desk.chat_with(&person, false).await?)
        }
        Recipient::Address(address) => match address.chat_type() {
            ChatType::Direct => {
                let person = desk.person(&address.identity(), None).await?;
                let resolved = address.identity().lid.is_some();
                Ok(desk.chat_with(&person, resolved).await?)
            }
            ChatType::Group => Ok(desk.chat_at(address).await?),
            _ => Err(SendRefused::WrongRecipient(index)),
        },
        Recipient::Id(id) => {
            if let Some(chat) = desk.tx.chats(&key).get(ChatId::from(*id)).await? {
                return match chat.chat.kind {
                    ChatType::Direct | ChatType::Group => Ok(chat),
                    _ => Err(SendRefused::WrongRecipient(index)),
                };
            }
            let person = desk.tx.contacts(&key).get(ContactId::from(*id)).await?;
            let person = person.ok_or(SendRefused::UnknownRecipient(index))?;
            Ok(desk.chat_with(&person, false).await?)
        }
    }
}

/// Who is mentioned: the person's id and address.
async fn person(
    desk: &mut Desk<'_>,
    mention: &Recipient,
) -> Result<Option<(ContactId, Option<Address>)>, StorageError> {
    let person = match mention {
        Recipient::Phone(phone) => desk.person(&Identity { phone: Some(*phone), lid: None }, None).await?,
        Recipient::Address(address) if address.identity() != Identity::default() => {
            desk.person(&address.identity(), None).await?
        }
        Recipient::Address(_) => return Ok(None),
        Recipient::Id(id) => match desk.tx.contacts(&desk.scope.key).get(ContactId::from(*id)).await? {
            Some(person) => person,
            None => return Ok(None),
        },
    };
    let by_phone = person.phone.as_ref().map(Address::of_phone);
    Ok(Some((person.id, by_phone.or_else(|| person.lid.as_ref().map(Address::of_lid)))))
}

impl NewMessage {
    fn is_act(&self) -> bool {
        matches!(&self.content, NewContent::Content(content) if content.kind().is_act())
    }

    /// The name of its kind in the API.
    fn kind(&self) -> &'static str {
        match &self.content {
            NewContent::Forward(_) => "forward",
            NewContent::Content(content) => content.kind().code(),
        }
    }

    /// The message that it names, apart from a reply.
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

/// What the queue needs to know of a message.
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

/// As WhatsApp's own clients make them: a prefix and random digits. Chosen before the first attempt, the same for each.
fn wa_message_id() -> String {
    let mut random = [0u8; 9];
    rand::rng().fill_bytes(&mut random);
    format!("3EB0{}", hex::encode_upper(random))
}
