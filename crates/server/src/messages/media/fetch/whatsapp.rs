//! Fetches a file that another person sent. It is fetched from WhatsApp's servers. If they no longer have it, the
//! account's phone is asked to upload it again.

use std::io::{self, Write};

use linekeeper_model::message::{Address, ChatType, Direction, FailureCode};
use linekeeper_storage::{MediaRow, MessageRow, StorageError};
use tokio_util::sync::CancellationToken;

use super::{Outcome, PAUSES, settle};
use crate::media::Draft;
use crate::messages::media::blocking;
use crate::messages::media::incoming::{believed, described};
use crate::messages::service::{Messages, Scope};
use crate::whatsapp::{Again, Carried, FileTrouble, Outlet, Place, Sink, WhereAsked, carried};

/// The maximum number of further attempts after the first one, for a file whose content does not match its message.
const TRIES_OF_FALSE_ONES: usize = 5;

/// What is needed to fetch a file: its path on WhatsApp's servers, and how to ask the phone for it.
struct Order {
    place: Place,
    asked: WhereAsked,
    said: Option<String>,
}

pub(super) async fn fetch(
    messages: &Messages,
    scope: &Scope,
    row: MediaRow,
) -> Result<Outcome, StorageError> {
    let Some(outlet) = messages.outlet(scope.account) else { return Ok(Outcome::NotNow) };
    let Some(order) = order(messages, scope, &row).await? else {
        let why = "its message does not say where it is";
        return settle::failed(messages, scope, row.id, FailureCode::MediaUnavailable, why).await;
    };
    let place = order.place.clone().moved(row.detail.direct_path.clone());
    let trouble = match take(messages, scope, &outlet, &row, &order, &place).await {
        Ok(outcome) => return outcome,
        Err(FileTrouble::Expired) => {
            return ask_again(messages, scope, &outlet, row, &order).await;
        }
        Err(trouble) => trouble,
    };
    give_way(messages, scope, row, trouble).await
}

/// Fetches the file from the path on WhatsApp's servers that the message names.
async fn take(
    messages: &Messages,
    scope: &Scope,
    outlet: &Outlet,
    row: &MediaRow,
    order: &Order,
    place: &Place,
) -> Result<Result<Outcome, StorageError>, FileTrouble> {
    let (parts, account, id) = (messages.parts(), scope.account, row.id);
    // The file may be larger than the limit, because a caller asked for it. But it may not be larger than its
    // message says.
    let most = parts.media.most.max(row.detail.size.unwrap_or_default());
    let store = parts.media.store.clone();
    let draft = blocking(move || store.create(account, id, most)).await.map_err(FileTrouble::Disk)?;
    let sink = Fetched { draft, stopping: parts.lifecycle.stopping().clone() };
    let Fetched { draft, .. } = outlet.download(place, sink).await?;
    let mime_type = believed(draft.head(), order.said.as_deref());
    let written = blocking(move || draft.finish()).await.map_err(FileTrouble::Disk)?;
    let told = place.sha256();
    if !told.is_empty() && hex::encode(told) != written.sha256 {
        settle::remove(messages, scope, id).await;
        return Err(FileTrouble::Refused("its hash is not the one that its message tells".to_owned()));
    }
    let detail = described(messages, account, id, written, mime_type).await;
    Ok(settle::ready(messages, scope, id, Some(outlet.epoch()), detail).await)
}

/// Handles a file that WhatsApp's servers no longer have.
async fn ask_again(
    messages: &Messages,
    scope: &Scope,
    outlet: &Outlet,
    row: MediaRow,
    order: &Order,
) -> Result<Outcome, StorageError> {
    let code = FailureCode::MediaUnavailable;
    match outlet.ask_again(&order.place, &order.asked).await {
        Ok(Again::At(direct_path)) => {
            let place = order.place.clone().moved(Some(direct_path.clone()));
            let mut row = row;
            row.detail.direct_path = Some(direct_path);
            settle::wait(messages, scope, row.clone()).await?;
            match take(messages, scope, outlet, &row, order, &place).await {
                Ok(outcome) => outcome,
                Err(FileTrouble::Expired) => {
                    let why = "the phone uploaded it, and WhatsApp does not have it";
                    settle::later(messages, scope, row, PAUSES.len(), code, why).await
                }
                Err(trouble) => give_way(messages, scope, row, trouble).await,
            }
        }
        Ok(Again::Lost) => {
            let why = "WhatsApp and the phone do not have it any more";
            settle::failed(messages, scope, row.id, code, why).await
        }
        Ok(Again::Silent) => {
            let why = "WhatsApp does not have it any more, and the phone does not answer";
            settle::later(messages, scope, row, PAUSES.len(), code, why).await
        }
        Err(trouble) => give_way(messages, scope, row, trouble).await,
    }
}

async fn give_way(
    messages: &Messages,
    scope: &Scope,
    row: MediaRow,
    trouble: FileTrouble,
) -> Result<Outcome, StorageError> {
    let why = trouble.to_string();
    match trouble {
        FileTrouble::Disconnected => Ok(Outcome::NotNow),
        FileTrouble::Disk(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            let why = "it is larger than its message says";
            settle::failed(messages, scope, row.id, FailureCode::MediaRejected, why).await
        }
        FileTrouble::Disk(error) => settle::no_room(messages, scope, row, &error).await,
        FileTrouble::Refused(_) => {
            settle::later(messages, scope, row, TRIES_OF_FALSE_ONES, FailureCode::MediaRejected, &why).await
        }
        FileTrouble::Expired | FileTrouble::Failed(_) => {
            settle::later(messages, scope, row, PAUSES.len(), FailureCode::MediaUnavailable, &why).await
        }
    }
}

async fn order(messages: &Messages, scope: &Scope, row: &MediaRow) -> Result<Option<Order>, StorageError> {
    let mut tx = messages.parts().storage.read().await?;
    let Some(id) = row.message_id else { return Ok(None) };
    let Some(message) = tx.messages(&scope.key).get(id).await? else { return Ok(None) };
    let Some(wire) = tx.messages(&scope.key).wire(id).await? else { return Ok(None) };
    let Carried::File(place) = carried(&wire) else { return Ok(None) };
    let Some(chat) = tx.chats(&scope.key).get(message.chat_id).await? else { return Ok(None) };
    let sender = tx.contacts(&scope.key).get(message.sender_id).await?;
    let sender = sender.filter(|_| chat.chat.kind != ChatType::Direct).and_then(|sender| {
        let by_lid = sender.lid.as_ref().map(Address::of_lid);
        by_lid.or_else(|| sender.phone.as_ref().map(Address::of_phone))
    });
    let MessageRow { direction, detail, .. } = message;
    let Some(wa_message_id) = detail.wa_message_id else { return Ok(None) };
    let asked = WhereAsked {
        wa_message_id,
        chat: chat.chat.address,
        sender,
        from_me: direction == Direction::Outbound,
    };
    let said = detail.content.media().and_then(|media| media.mime_type.clone());
    Ok(Some(Order { place: *place, asked, said }))
}

/// The draft into which a file is written. Writing fails when the server stops, so that the server does not wait
/// for the file.
struct Fetched {
    draft: Draft,
    stopping: CancellationToken,
}

impl Write for Fetched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.stopping.is_cancelled() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        self.draft.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.draft.flush()
    }
}

impl Sink for Fetched {
    fn start_over(&mut self) -> io::Result<()> {
        self.draft.start_over()
    }
}
