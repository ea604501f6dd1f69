//! When an account gets a new client, such as after a start of the server, the server asks the phone once more for
//! messages that could not be decrypted. The first request or its answer may have been lost when the previous process
//! ended.

use jiff::SignedDuration;
use linekeeper_model::Timestamp;
use linekeeper_model::message::{Address, Content, Direction};
use linekeeper_storage::StorageError;

use crate::messages::service::{Messages, Scope};
use crate::whatsapp::{AskedFor, Outlet};

/// The server asks only for messages that are younger than this. It has already asked often enough for older ones.
const YOUNGER_THAN: SignedDuration = SignedDuration::from_hours(24);
const AT_ONCE: u32 = 50;

pub(in crate::messages) async fn ask_again(messages: Messages, scope: Scope, outlet: Outlet) {
    match unreadable(&messages, &scope).await {
        Ok(all) => {
            for one in all {
                outlet.ask_phone_for(&one).await;
            }
        }
        Err(error) => {
            tracing::warn!(account = %scope.account, %error, "could not look for messages to ask for again");
        }
    }
}

async fn unreadable(messages: &Messages, scope: &Scope) -> Result<Vec<AskedFor>, StorageError> {
    let parts = messages.parts();
    let since = parts.clock.now().checked_sub(YOUNGER_THAN).unwrap_or(Timestamp::MIN);
    let mut tx = parts.storage.read().await?;
    let rows = tx.messages(&scope.key).unreadable(since, AT_ONCE).await?;
    let mut asked = Vec::new();
    for row in rows {
        let is_withheld = matches!(&row.detail.content, Content::Undecryptable(lost) if lost.withheld);
        let (Some(id), false) = (row.detail.wa_message_id, is_withheld) else { continue };
        let chat = tx.chats(&scope.key).get(row.chat_id).await?;
        let sender = tx.contacts(&scope.key).get(row.sender_id).await?;
        let sender = sender.and_then(|sender| {
            let phone = sender.phone.as_ref().map(Address::of_phone);
            sender.lid.as_ref().map(Address::of_lid).or(phone)
        });
        if let (Some(chat), Some(sender)) = (chat, sender) {
            let from_me = row.direction == Direction::Outbound;
            asked.push(AskedFor { chat: chat.chat.address, sender, id, from_me });
        }
    }
    Ok(asked)
}
