//! Finds the message that a new message replies to. Describes it for the API, and quotes it for WhatsApp.

use linekeeper_model::message::{Address, ReplyDetail};
use linekeeper_storage::ListedChat;

use super::{ReplyTo, SendRefused};
use crate::messages::people::Desk;
use crate::whatsapp::QuotedWire;

pub(super) async fn reply(
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
