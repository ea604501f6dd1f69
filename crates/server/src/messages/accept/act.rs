//! Reactions, edits and revokes (acts) that a caller sends. Checks whether the target message allows the act, and
//! composes the act's bytes.

use jiff::Timestamp;
use linekeeper_model::message::{Address, ChatType, Content, Direction, MessageType, Text};
use linekeeper_storage::{ListedChat, MessageRow, StorageError};

use crate::messages::people::Desk;
use crate::whatsapp::{Compose, captioned, compose, edit, reaction, revoke};

/// Composes the bytes of a reaction, an edit or a revoke. Returns `None` if the act is not possible for the target
/// message.
pub(super) async fn act(
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
    // In a direct chat, the author is not needed: a message comes either from the account or from the other person.
    let author = match chat.chat.kind {
        ChatType::Group if !from_me => author(desk, target).await?,
        _ => None,
    };
    Ok(match content {
        Content::Reaction(react) if is_message => {
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
                view_once: false,
                secret,
            });
            composed.and_then(|composed| edit(address, wa_id, &composed, now, secret))
        }
        Content::Edit(change) if from_me && target.detail.content.kind().takes_caption() => {
            let Some(caption) = &change.caption else { return Ok(None) };
            // If the message's file is not on WhatsApp's servers yet, nobody has received the caption, so it cannot be
            // edited.
            let wire = desk.tx.messages(&desk.scope.key).wire(target.id).await?;
            let wire = wire.and_then(|wire| captioned(&wire, caption));
            wire.and_then(|wire| edit(address, wa_id, &wire, now, secret))
        }
        // In a group, only admins may revoke messages of other people. WhatsApp decides whether the account is an
        // admin.
        Content::Revoke(_) if is_message && (from_me || author.is_some()) => {
            Some(revoke(address, wa_id, author.as_ref(), secret))
        }
        _ => None,
    })
}

/// Returns the address of the author of a message: the hidden id (LID) if it is known, or else the phone number.
async fn author(desk: &mut Desk<'_>, target: &MessageRow) -> Result<Option<Address>, StorageError> {
    let author = desk.tx.contacts(&desk.scope.key).get(target.sender_id).await?;
    Ok(author.and_then(|author| {
        author.lid.as_ref().map(Address::of_lid).or_else(|| author.phone.as_ref().map(Address::of_phone))
    }))
}
