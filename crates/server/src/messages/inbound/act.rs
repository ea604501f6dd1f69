//! Inbound reactions, edits and revokes. A message can be edited only by its author, so that nobody can change what
//! another person wrote.

use linekeeper_model::event::Payload;
use linekeeper_model::message::{Arrival, Chat, ChatType, Content, Detail, Person, Target};
use linekeeper_storage::{MessageRow, StorageError};

use super::{Desk, file, message};

pub(super) async fn react(
    desk: &mut Desk<'_>,
    arrival: &Arrival,
    chat: Chat,
    sender: Person,
    target: &Target,
    emoji: &str,
) -> Result<(), StorageError> {
    let found = find(desk, &chat, target).await?;
    let message_id = found.as_ref().map(|row| row.id);
    if let Some(mut row) = found {
        if !row.detail.react(sender.id, emoji, arrival.timestamp) {
            return Ok(());
        }
        desk.tx.messages(&desk.scope.key).update(&row).await?;
    } else if !is_news(desk, arrival, &chat, &sender).await? {
        return Ok(());
    }
    desk.told.push(Payload::MessageReaction {
        message_id,
        wa_message_id: Some(target.wa_message_id.clone()),
        chat: Box::new(chat),
        sender: Box::new(sender),
        emoji: emoji.to_owned(),
        at: arrival.timestamp,
    });
    Ok(())
}

pub(super) async fn edit(
    desk: &mut Desk<'_>,
    arrival: &Arrival,
    chat: Chat,
    sender: Person,
    target: &Target,
    content: &Content,
) -> Result<(), StorageError> {
    let key = desk.scope.key.clone();
    let row = match find(desk, &chat, target).await? {
        Some(row) if row.sender_id != sender.id => return Ok(()),
        Some(mut row) => {
            if row.detail.edited_at.is_some_and(|at| at >= arrival.timestamp) {
                return Ok(());
            }
            row.detail.content = edited(row.detail.content, content);
            row.detail.edited_at = Some(arrival.timestamp);
            desk.tx.messages(&key).update(&row).await?;
            row
        }
        // The edited message was never received, so it is stored now with its new content.
        None => {
            let mut content = content.clone();
            file::name(desk, &mut content);
            let mut detail = Detail::new(Some(target.wa_message_id.clone()), content);
            detail.edited_at = Some(arrival.timestamp);
            let row = message::row(desk, arrival, &chat, &sender, detail);
            if !desk.tx.messages(&key).insert(&row, &[]).await? {
                return Ok(());
            }
            file::note(desk, &row).await?;
            desk.tx.chats(&key).has_message(chat.id, row.id, row.timestamp, 0).await?;
            row
        }
    };
    if !arrival.wire.is_empty() {
        desk.tx.messages(&key).set_wire(row.id, &arrival.wire).await?;
    }
    let message = Box::new(desk.shown(row).await?);
    desk.told.push(Payload::MessageEdited { message });
    Ok(())
}

pub(super) async fn revoke(
    desk: &mut Desk<'_>,
    arrival: &Arrival,
    chat: Chat,
    sender: Person,
    target: &Target,
) -> Result<(), StorageError> {
    let found = find(desk, &chat, target).await?;
    let message_id = found.as_ref().map(|row| row.id);
    if let Some(mut row) = found {
        // In a group, WhatsApp lets only admins revoke messages of other people. So a revoke by another person
        // comes from an admin.
        let may = row.sender_id == sender.id || chat.kind == ChatType::Group;
        if !may || row.detail.revoked_at.is_some() {
            return Ok(());
        }
        row.detail.revoked_at = Some(arrival.timestamp);
        desk.tx.messages(&desk.scope.key).update(&row).await?;
    } else if !is_news(desk, arrival, &chat, &sender).await? {
        return Ok(());
    }
    desk.told.push(Payload::MessageRevoked {
        message_id,
        wa_message_id: Some(target.wa_message_id.clone()),
        chat: Box::new(chat),
        by: Box::new(sender),
        at: arrival.timestamp,
    });
    Ok(())
}

/// Whether a reaction, an edit or a revoke of an unknown message arrives for the first time. The database records these
/// acts only for this check.
async fn is_news(
    desk: &mut Desk<'_>,
    arrival: &Arrival,
    chat: &Chat,
    sender: &Person,
) -> Result<bool, StorageError> {
    let key = desk.scope.key.clone();
    desk.tx.messages(&key).note_foreign_act(chat.id, sender.id, &arrival.wa_message_id).await
}

/// The content after an edit. An edit changes a text or a caption, but never the file.
fn edited(before: Content, now: &Content) -> Content {
    let mut edited = before;
    match (edited.media_mut(), now.media()) {
        (Some(media), Some(changed)) => {
            media.caption = changed.caption.clone();
            edited
        }
        _ => now.clone(),
    }
}

/// Finds the message to change. In a direct chat, both sides may have used the same WhatsApp id, so the author
/// must match too.
async fn find(desk: &mut Desk<'_>, chat: &Chat, target: &Target) -> Result<Option<MessageRow>, StorageError> {
    let key = desk.scope.key.clone();
    let rows = desk.tx.messages(&key).by_wa_id(&target.wa_message_id).await?;
    let mut rows: Vec<MessageRow> = rows.into_iter().filter(|row| row.chat_id == chat.id).collect();
    if rows.len() > 1
        && let Some(address) = &target.sender
    {
        let identity = address.identity();
        let author = desk.tx.contacts(&key).candidates(&identity).await?;
        let author = author.by_lid.or(author.by_phone).map(|person| person.id);
        rows.retain(|row| author.is_none_or(|author| row.sender_id == author));
    }
    match rows.into_iter().next() {
        Some(row) => desk.tx.messages(&key).hold(row.id).await,
        None => Ok(None),
    }
}
