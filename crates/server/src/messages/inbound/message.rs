//! Inbound messages. Each one is stored once and reported once. If a message could not be decrypted at first, it
//! gets its real content when it arrives again.

use linekeeper_model::event::Payload;
use linekeeper_model::id::MessageId;
use linekeeper_model::message::{
    Arrival, Chat, Content, Context, Detail, Direction, Message, MessageStatus, MessageType, Origin, Person,
    ReceivedVia, ReplyDetail, Undecryptable,
};
use linekeeper_storage::{MessageRow, StorageError};

use super::{Desk, file};

pub(super) async fn take(
    desk: &mut Desk<'_>,
    arrival: &Arrival,
    chat: Chat,
    sender: Person,
    mut content: Content,
    context: &Context,
) -> Result<(), StorageError> {
    file::name(desk, &mut content);
    let detail = detail(desk, arrival, &chat, content, context).await?;
    let row = row(desk, arrival, &chat, &sender, detail);
    if desk.tx.messages(&desk.scope.key).insert(&row, &arrival.wire).await? {
        file::note(desk, &row).await?;
        return tell(desk, arrival, chat, row).await;
    }
    recover(desk, arrival, chat, row).await
}

pub(super) async fn take_undecryptable(
    desk: &mut Desk<'_>,
    arrival: &Arrival,
    chat: Chat,
    sender: Person,
    view_once: bool,
) -> Result<(), StorageError> {
    let content = Content::Undecryptable(Undecryptable { withheld: view_once });
    let mut detail = Detail::new(Some(arrival.wa_message_id.clone()), content);
    detail.view_once = view_once;
    let row = row(desk, arrival, &chat, &sender, detail);
    if desk.tx.messages(&desk.scope.key).insert(&row, &[]).await? {
        let unread = u32::from(!arrival.from_me);
        desk.tx.chats(&desk.scope.key).has_message(chat.id, row.id, row.timestamp, unread).await?;
        let message = Box::new(desk.shown(row).await?);
        desk.told.push(Payload::MessageUndecryptable { message });
    }
    Ok(())
}

/// Handles a message that arrived again. It is reported again only if it could not be decrypted before.
async fn recover(
    desk: &mut Desk<'_>,
    arrival: &Arrival,
    chat: Chat,
    row: MessageRow,
) -> Result<(), StorageError> {
    let key = desk.scope.key.clone();
    let known = desk.tx.messages(&key).by_wa_id(&arrival.wa_message_id).await?;
    let known = known.into_iter().find(|known| known.chat_id == chat.id && known.sender_id == row.sender_id);
    let Some(known) = known.filter(|known| known.detail.content.kind() == MessageType::Undecryptable) else {
        return Ok(());
    };
    let recovered = MessageRow {
        detail: row.detail,
        received_via: Some(ReceivedVia::Recovered),
        timestamp: row.timestamp,
        ..known
    };
    desk.tx.messages(&key).update(&recovered).await?;
    desk.tx.messages(&key).set_wire(recovered.id, &arrival.wire).await?;
    file::note(desk, &recovered).await?;
    let message = Box::new(desk.shown(recovered).await?);
    desk.told.push(received(arrival, message));
    Ok(())
}

async fn tell(
    desk: &mut Desk<'_>,
    arrival: &Arrival,
    chat: Chat,
    row: MessageRow,
) -> Result<(), StorageError> {
    let unread = u32::from(!arrival.from_me);
    desk.tx.chats(&desk.scope.key).has_message(chat.id, row.id, row.timestamp, unread).await?;
    let message = Box::new(desk.shown(row).await?);
    desk.told.push(received(arrival, message));
    Ok(())
}

const fn received(arrival: &Arrival, message: Box<Message>) -> Payload {
    if arrival.from_me { Payload::MessageEcho { message } } else { Payload::MessageReceived { message } }
}

/// Creates the database row of an inbound message.
pub(super) fn row(
    desk: &Desk<'_>,
    arrival: &Arrival,
    chat: &Chat,
    sender: &Person,
    detail: Detail,
) -> MessageRow {
    let (direction, origin, status) = if arrival.from_me {
        (Direction::Outbound, Origin::Phone, MessageStatus::Sent)
    } else {
        (Direction::Inbound, Origin::Contact, MessageStatus::Received)
    };
    MessageRow {
        id: MessageId::generate(desk.now, &mut rand::rng()),
        chat_id: chat.id,
        sender_id: sender.id,
        direction,
        origin,
        created_by: None,
        detail,
        status,
        status_at: desk.now,
        received_via: Some(arrival.via),
        priority: None,
        send_at: None,
        due_at: None,
        expires_at: None,
        place: None,
        attempts: 0,
        timestamp: arrival.timestamp,
        created_at: desk.now,
    }
}

async fn detail(
    desk: &mut Desk<'_>,
    arrival: &Arrival,
    chat: &Chat,
    content: Content,
    context: &Context,
) -> Result<Detail, StorageError> {
    let mut mentions = Vec::new();
    for address in &context.mentions {
        let identity = address.identity();
        if identity != Default::default() {
            mentions.push(desk.person(&identity, None).await?.id);
        }
    }
    let reply_to = match &context.quoted {
        Some(quoted) => {
            let known = desk.tx.messages(&desk.scope.key).by_wa_id(&quoted.wa_message_id).await?;
            let known = known.into_iter().find(|known| known.chat_id == chat.id);
            let sender = match (&known, &quoted.sender) {
                (Some(known), _) => Some(known.sender_id),
                (None, Some(address)) if address.identity() != Default::default() => {
                    Some(desk.person(&address.identity(), None).await?.id)
                }
                _ => None,
            };
            let kind = known.as_ref().map(|known| known.detail.content.kind());
            let preview = known.as_ref().and_then(|known| known.detail.content.preview());
            Some(ReplyDetail {
                message_id: known.as_ref().map(|known| known.id),
                wa_message_id: quoted.wa_message_id.clone(),
                sender,
                kind: kind.or(quoted.kind),
                preview: preview.or_else(|| quoted.preview.clone()),
            })
        }
        None => None,
    };
    Ok(Detail {
        reply_to,
        mentions,
        forwarded: context.forwarded,
        forwarding_score: context.forwarding_score,
        view_once: context.view_once,
        ephemeral_seconds: context.ephemeral_seconds,
        referral: context.referral.clone(),
        ..Detail::new(Some(arrival.wa_message_id.clone()), content)
    })
}

impl Desk<'_> {
    /// The message as the API and events show it.
    pub(in crate::messages) async fn shown(&mut self, row: MessageRow) -> Result<Message, StorageError> {
        let shown = self.tx.messages(&self.scope.key).shown(vec![row], |_, _| None).await?;
        let shown = self.scope.with_addresses(shown);
        Ok(shown.into_iter().next().expect("one row is one message"))
    }
}
