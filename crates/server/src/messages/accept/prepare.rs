//! Prepares one message: checks it, and creates its database row, its exact bytes and its file.

use linekeeper_model::id::{ContactId, MessageId};
use linekeeper_model::message::{CreatedBy, Detail, Direction, MessageStatus, Origin};
use linekeeper_storage::MessageRow;
use rand::Rng as _;

use super::act::act;
use super::file::{Attached, attached};
use super::recipient::{chat, person};
use super::reply::reply;
use super::{NewContent, NewMessage, SendRefused};
use crate::messages::people::Desk;
use crate::whatsapp::{Carried, Compose, carried, compose, forward};

/// The sender of the messages, and the limits for files.
pub(super) struct Author<'a> {
    /// The contact of the account itself.
    pub(super) own: ContactId,
    pub(super) created_by: &'a CreatedBy,
    /// The maximum size of a document in bytes.
    pub(super) largest_file: u64,
    /// Whether the server can convert audio in other formats to voice notes.
    pub(super) converts: bool,
}

/// A message that is ready to be stored.
pub(super) struct Prepared {
    pub(super) row: MessageRow,
    /// The message's exact bytes. If the message has a file, they do not name the file's path on WhatsApp's
    /// servers yet.
    pub(super) wire: Vec<u8>,
    pub(super) file: Option<Attached>,
}

/// Checks and prepares a message.
pub(super) async fn prepare(
    desk: &mut Desk<'_>,
    author: &Author<'_>,
    message: NewMessage,
    place: i64,
    index: usize,
) -> Result<Prepared, SendRefused> {
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
    let id = MessageId::generate(now, &mut rand::rng());
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
    let mut file = None;
    let (content, wire) = match (&message.content, &target) {
        (NewContent::Forward(_), Some(target)) => {
            let wire = desk.tx.messages(&key).wire(target.id).await?;
            // If the message's file is not on WhatsApp's servers yet, the message cannot be forwarded.
            let wire = wire.filter(|wire| carried(wire) != Carried::Unplaced);
            let wire =
                wire.and_then(|wire| forward(&wire, secret)).ok_or(SendRefused::WrongTarget(index, kind))?;
            (target.detail.content.clone(), wire)
        }
        (NewContent::Content(content), Some(target)) => {
            let wire = act(desk, &chat, content, target, secret, now).await?;
            ((**content).clone(), wire.ok_or(SendRefused::WrongTarget(index, kind))?)
        }
        (NewContent::Content(content), None) => {
            let mut content = (**content).clone();
            if let Some(new) = &message.file {
                file = Some(attached(desk, author, id, &mut content, new, &message.schedule, index).await?);
            }
            let wire = compose(&Compose {
                content: &content,
                quoted: reply.as_ref().map(|(_, quoted)| quoted.clone()),
                mentions,
                ephemeral_seconds: message.ephemeral_seconds,
                view_once: message.view_once,
                secret,
            });
            (content, wire.ok_or(SendRefused::WrongTarget(index, kind))?)
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
        view_once: message.view_once,
        ephemeral_seconds: message.ephemeral_seconds,
        ..Detail::new(Some(wa_message_id()), content)
    };
    let schedule = message.schedule;
    let row = MessageRow {
        id,
        chat_id: chat.chat.id,
        sender_id: author.own,
        direction: Direction::Outbound,
        origin: Origin::Api,
        created_by: Some(author.created_by.clone()),
        detail,
        status: MessageStatus::Queued,
        status_at: now,
        received_via: None,
        priority: Some(message.priority),
        send_at: schedule.send_at,
        due_at: Some(schedule.due_at),
        expires_at: Some(schedule.expires_at),
        // A message that is scheduled for later gets its position in the queue when it is due.
        place: (schedule.due_at <= now).then_some(place),
        attempts: 0,
        timestamp: now,
        created_at: now,
    };
    Ok(Prepared { row, wire, file })
}

/// Creates a WhatsApp id like those of WhatsApp's own clients: a prefix and random digits. The id is chosen before
/// the first attempt to send, and is the same for each attempt.
fn wa_message_id() -> String {
    let mut random = [0u8; 9];
    rand::rng().fill_bytes(&mut random);
    format!("3EB0{}", hex::encode_upper(random))
}
