//! The file of an outbound message. The file must first be in the store, and then be uploaded to WhatsApp's
//! servers. Only then are the message's bytes complete. They stay the same for every attempt.

use jiff::SignedDuration;
use linekeeper_model::id::{MediaId, MessageId};
use linekeeper_model::message::{Failure, FailureCode, MediaState, MessageStatus, MessageType};
use linekeeper_storage::{MessageRow, StorageError, Written};

use super::progress::Step;
use super::send::{Attempt, advance};
use crate::events::append_with_others;
use crate::media::AWAY;
use crate::messages::inbound::holds;
use crate::messages::media::Unplaced;
use crate::messages::people::Desk;
use crate::messages::service::{Messages, Scope};
use crate::whatsapp::{Carried, FileTrouble, Outlet, attach, carried, detach};

/// The maximum age of an upload. If the upload is older when its message is sent again, the file is uploaded anew.
/// WhatsApp keeps files for about 30 days, so recipients would soon be unable to fetch a file from an older upload.
const PLACED_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What must be done with a message's file before the message can be sent.
pub(super) enum Needed {
    /// Nothing: the message has no file, or the file is uploaded.
    Nothing,
    /// The file is in the store, and must be uploaded to WhatsApp's servers.
    Place(MediaId),
    /// The file is not in the store yet.
    Awaited,
    /// The file is no longer in the store, or was never there.
    Gone,
}

/// Checks the file of a message that is about to be sent.
pub(super) async fn needed(
    desk: &mut Desk<'_>,
    row: &MessageRow,
    wire: &[u8],
) -> Result<Needed, StorageError> {
    let is_placed = match carried(wire) {
        Carried::Nothing => true,
        Carried::Unplaced => false,
        // A forwarded message uses the existing upload of its file on WhatsApp's servers.
        Carried::File(_) if row.detail.forwarded => true,
        // A message that is being sent keeps its bytes, so its upload is used at any age. For any other message, the
        // upload is used only if it is new enough.
        Carried::File(place) => {
            row.status == MessageStatus::Sending || !place.is_older_than((desk.now - PLACED_FOR).as_second())
        }
    };
    if is_placed {
        return Ok(Needed::Nothing);
    }
    let Some(id) = row.detail.content.media().and_then(|media| media.media_id) else {
        return Ok(Needed::Gone);
    };
    let key = desk.scope.key.clone();
    let file = desk.tx.media(&key).get(id).await?;
    Ok(match file.map(|file| file.state) {
        Some(MediaState::Ready) => Needed::Place(id),
        Some(MediaState::Pending) => Needed::Awaited,
        Some(MediaState::Failed | MediaState::Gone) | None => Needed::Gone,
    })
}

/// Uploads a file to WhatsApp's servers, and writes the file's path there into the message. Returns `None` if the
/// message can be sent now.
pub(super) async fn place(
    messages: &Messages,
    scope: &Scope,
    outlet: &Outlet,
    id: MessageId,
    file: MediaId,
    kind: MessageType,
) -> Result<Option<Attempt>, StorageError> {
    let placed = match messages.place_file(scope, outlet, file, kind).await {
        Ok(placed) => placed,
        Err(Unplaced::Storage(error)) => return Err(error),
        Err(Unplaced::Gone) => {
            return give_up(messages, scope, id, FailureCode::MediaUnavailable, None).await;
        }
        Err(Unplaced::Trouble(FileTrouble::Disconnected)) => return Ok(Some(Attempt::NotNow)),
        Err(Unplaced::Trouble(FileTrouble::Disk(error))) if error.kind() == AWAY => {
            tracing::warn!(account = %scope.account, message = %id, "a file waits for the store that it lies in");
            return Ok(Some(Attempt::FileStuck));
        }
        Err(Unplaced::Trouble(trouble)) => {
            tracing::warn!(account = %scope.account, message = %id, %trouble, "a file was not taken by WhatsApp");
            return match trouble {
                FileTrouble::Refused(why) => {
                    give_up(messages, scope, id, FailureCode::MediaRejected, Some(why)).await
                }
                FileTrouble::Disk(_) => {
                    give_up(messages, scope, id, FailureCode::MediaUnavailable, None).await
                }
                _ => Ok(Some(Attempt::FileStuck)),
            };
        }
    };
    let (parts, scope, epoch) = (messages.parts(), scope.clone(), outlet.epoch());
    append_with_others(&parts.storage, &parts.log, scope.account, move |tx| {
        Box::pin(async move {
            if !holds(tx, &scope, epoch).await? {
                return Ok(Written::silent(Some(Attempt::Fenced)));
            }
            let mut rows = tx.messages(&scope.key);
            let Some(wire) = rows.wire(id).await? else { return Ok(Written::silent(Some(Attempt::Ended))) };
            let bare = detach(&wire).unwrap_or(wire);
            match attach(&bare, &placed.place, placed.look) {
                Some(wire) => {
                    rows.set_wire(id, &wire).await?;
                    Ok(Written::silent(None))
                }
                None => Ok(Written::silent(Some(Attempt::Ended))),
            }
        })
    })
    .await
}

async fn give_up(
    messages: &Messages,
    scope: &Scope,
    id: MessageId,
    code: FailureCode,
    why: Option<String>,
) -> Result<Option<Attempt>, StorageError> {
    let usual = Failure::of(code);
    let message = why.map_or_else(|| usual.message.clone(), |why| format!("{} ({why})", usual.message));
    advance(messages, scope, id, Step::failed(Failure { message, ..usual })).await?;
    Ok(Some(Attempt::Ended))
}
