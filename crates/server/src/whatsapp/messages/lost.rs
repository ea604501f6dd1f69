//! Messages that only the phone can still provide. There are two cases. In the first case, the process died
//! between two writes of the library. The Signal keys for the message are used up, and when WhatsApp sends the
//! message again, the library takes it for a duplicate. In the second case, the library does not know the
//! message's encryption. Then it acknowledges the message without an event (whatsapp-rust 0.7.0,
//! `message/receive.rs`).

use std::sync::{Arc, Weak};

use linekeeper_model::id::AccountId;
use linekeeper_storage::InboundKey;
use tokio::runtime::Handle;
use whatsapp_rust::wacore::message_processing::EncType;
use whatsapp_rust::wacore::messages::parse_message_info;
use whatsapp_rust::wacore::types::message::{MessageInfo, MessageSource};
use whatsapp_rust::wacore_binary::{JidExt as _, NodeRef};
use whatsapp_rust::{Client, Jid};

use super::port::{MessagePort, NotStored};
use super::translate::undecryptable;

/// Records a message that was lost between two writes. If the database does not have the message, asks the phone
/// for it.
pub(in crate::whatsapp) async fn report(
    account: AccountId,
    epoch: i64,
    port: Arc<dyn MessagePort>,
    client: Weak<Client>,
    key: InboundKey,
) -> Result<(), NotStored> {
    let Some(client) = client.upgrade() else { return Err(NotStored::Fenced) };
    let (Ok(chat), Ok(sender)) = (key.chat.parse::<Jid>(), key.sender.parse::<Jid>()) else { return Ok(()) };
    let is_ours = [client.pn(), client.lid()].into_iter().flatten().any(|own| own.user == sender.user);
    let info = info(chat, sender, key.id, is_ours);
    if port.lost(account, epoch, undecryptable(&info, false)).await? {
        tracing::warn!(%account, id = %info.id, "a message was lost between two writes; the phone is asked for it");
        ask_phone(&client, &info).await;
    }
    Ok(())
}

/// Returns the facts about a message if the library can decrypt no part of it. Returns `None` for every other
/// stanza.
pub(super) fn unknown(client: &Client, stanza: &NodeRef<'_>) -> Option<MessageInfo> {
    if stanza.tag.as_ref() != "message" {
        return None;
    }
    let mut parts = stanza.children()?.iter().filter(|child| child.tag.as_ref() == "enc").peekable();
    parts.peek()?;
    let is_known = |part: &NodeRef<'_>| {
        part.get_attr("type").is_some_and(|kind| EncType::from_wire(&kind.as_str()).is_some())
    };
    if parts.any(is_known) {
        return None;
    }
    let own = client.pn().unwrap_or_default();
    parse_message_info(stanza, &own, client.lid().as_ref()).ok()
}

/// Records a message with an unknown encryption, and asks the phone for it. The request runs in the background,
/// because the library can receive the answer only after this function has returned.
pub(super) async fn report_unknown(
    account: AccountId,
    epoch: i64,
    port: Arc<dyn MessagePort>,
    client: Arc<Client>,
    info: MessageInfo,
) {
    let info = Arc::new(info);
    match port.lost(account, epoch, undecryptable(&info, false)).await {
        Ok(true) => {
            tracing::warn!(%account, id = %info.id, "a message is encrypted in an unknown way; the phone is asked for it");
            if let Ok(runtime) = Handle::try_current() {
                drop(runtime.spawn(async move { ask_phone(&client, &info).await }));
            }
        }
        Ok(false) => {}
        Err(error) => {
            tracing::warn!(%account, id = %info.id, %error, "a message with an unknown encryption could not be recorded");
        }
    }
}

/// Asks the phone for a message.
pub(super) async fn ask_phone(client: &Arc<Client>, info: &Arc<MessageInfo>) {
    if let Err(error) = client.send_pdo_placeholder_resend_request(info).await {
        tracing::warn!(id = %info.id, %error, "the phone could not be asked for a message");
    }
}

/// The facts about a message that the library needs to ask the phone for it.
pub(super) fn info(chat: Jid, sender: Jid, id: String, is_from_me: bool) -> Arc<MessageInfo> {
    let is_group = chat.is_group();
    Arc::new(MessageInfo {
        id,
        source: MessageSource { is_from_me, is_group, chat, sender, ..MessageSource::default() },
        timestamp: whatsapp_rust::wacore::time::now_utc(),
        ..MessageInfo::default()
    })
}
