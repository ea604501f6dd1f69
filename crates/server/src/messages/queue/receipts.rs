//! Receipts from phones, which report that a message was delivered, read or played. If messages in two chats have the
//! same id, a receipt applies only to the message in the chat that the receipt names.

use linekeeper_model::id::MessageId;
use linekeeper_model::message::{ChatType, Direction, MessageStatus};
use linekeeper_model::phone::Identity;
use linekeeper_storage::{MessageRow, StorageError};

use super::acts;
use super::progress::Step;
use crate::messages::people::Desk;
use crate::whatsapp::ReceiptNote;

/// Stores a receipt. It does no harm if the same receipt comes again.
pub(super) async fn take(desk: &mut Desk<'_>, receipt: &ReceiptNote) -> Result<(), StorageError> {
    for wa_id in &receipt.wa_message_ids {
        take_one(desk, receipt, wa_id).await?;
    }
    Ok(())
}

async fn take_one(desk: &mut Desk<'_>, receipt: &ReceiptNote, wa_id: &str) -> Result<(), StorageError> {
    let key = desk.scope.key.clone();
    let rows = desk.tx.messages(&key).by_wa_id(wa_id).await?;
    for row in rows {
        if receipt.by_me {
            read_elsewhere(desk, row).await?;
        } else if row.direction == Direction::Outbound {
            told(desk, receipt, row).await?;
        }
    }
    Ok(())
}

async fn told(desk: &mut Desk<'_>, receipt: &ReceiptNote, row: MessageRow) -> Result<(), StorageError> {
    let key = desk.scope.key.clone();
    let Some(chat) = desk.tx.chats(&key).get(row.chat_id).await? else { return Ok(()) };
    let person = desk.person(&receipt.by, None).await?;
    let is_direct = chat.chat.kind == ChatType::Direct;
    if is_direct && chat.chat.person.as_ref().is_none_or(|other| other.id != person.id) {
        return Ok(());
    }
    desk.tx.messages(&key).add_receipt(row.id, person.id, receipt.kind, receipt.at).await?;
    if is_direct {
        let step = Step { recipient: Some(person), ..Step::to(receipt.kind.status()) };
        return arrive(desk, &row, step).await;
    }
    follow_all(desk, &row).await
}

/// Stores the members to whom a group message was sent. The message's status then becomes the lowest status that all
/// these members have reached.
pub(super) async fn address(
    desk: &mut Desk<'_>,
    id: MessageId,
    members: &[Identity],
) -> Result<(), StorageError> {
    let key = desk.scope.key.clone();
    if members.is_empty() {
        return Ok(());
    }
    for member in members {
        let person = desk.person(member, None).await?;
        desk.tx.messages(&key).add_member(id, person.id).await?;
    }
    let Some(mut row) = desk.tx.messages(&key).hold(id).await? else { return Ok(()) };
    row.detail.members = u32::try_from(members.len()).ok();
    desk.tx.messages(&key).update(&row).await?;
    // Phones may have sent receipts before WhatsApp's answer arrived. These receipts are counted now.
    follow_all(desk, &row).await
}

async fn follow_all(desk: &mut Desk<'_>, row: &MessageRow) -> Result<(), StorageError> {
    let told = match row.detail.members {
        Some(_) => desk.tx.messages(&desk.scope.key.clone()).told_by_all(row.id).await?,
        // The members of the group are unknown. So a receipt of one member only shows that WhatsApp accepted the
        // message.
        None => None,
    };
    let status = told.map_or(MessageStatus::Sent, |kind| kind.status());
    arrive(desk, row, Step::to(status)).await
}

/// Changes the status of a message after a receipt. If the receipt arrives before WhatsApp's answer, it proves that
/// WhatsApp accepted the message. So if the message is a reaction, an edit or a revoke, its target message is changed
/// now.
async fn arrive(desk: &mut Desk<'_>, row: &MessageRow, step: Step) -> Result<(), StorageError> {
    let was_on_its_way = row.status.may_become(MessageStatus::Sent);
    if let Some(moved) = desk.advance(row.id, step).await?
        && was_on_its_way
    {
        acts::apply(desk, moved).await?;
    }
    Ok(())
}

/// Handles the report that the account's owner read an inbound message on another device.
async fn read_elsewhere(desk: &mut Desk<'_>, row: MessageRow) -> Result<(), StorageError> {
    if row.direction != Direction::Inbound {
        return Ok(());
    }
    let key = desk.scope.key.clone();
    let mut messages = desk.tx.messages(&key);
    messages.set_status(row.id, MessageStatus::Received, MessageStatus::Read, desk.now).await?;
    let unread = messages.count_unread(row.chat_id).await?;
    desk.tx.chats(&key).set_unread(row.chat_id, unread).await
}
