//! Messages whose Signal keys were used, and that were never stored: the process died between the library's two writes.
//! WhatsApp sends such a message again, the library takes it for a repeat, and only the phone can still tell what it said.

use std::sync::{Arc, Weak};

use linekeeper_model::id::AccountId;
use linekeeper_storage::InboundKey;
use whatsapp_rust::wacore::types::message::{MessageInfo, MessageSource};
use whatsapp_rust::wacore_binary::JidExt as _;
use whatsapp_rust::{Client, Jid};

use super::port::{MessagePort, NotStored};
use super::translate::undecryptable;

/// Takes note of one, and asks the phone for it where it is not known.
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
    if !port.lost(account, epoch, undecryptable(&info, false)).await? {
        return Ok(());
    }
    tracing::warn!(%account, id = %info.id, "a message was lost between two writes; the phone is asked for it");
    ask_phone(&client, &info).await;
    Ok(())
}

/// Asks the phone for a message.
pub(super) async fn ask_phone(client: &Arc<Client>, info: &Arc<MessageInfo>) {
    if let Err(error) = client.send_pdo_placeholder_resend_request(info).await {
        tracing::warn!(id = %info.id, %error, "the phone could not be asked for a message");
    }
}

/// What the library needs to know of a message to ask for it.
pub(super) fn info(chat: Jid, sender: Jid, id: String, is_from_me: bool) -> Arc<MessageInfo> {
    let is_group = chat.is_group();
    Arc::new(MessageInfo {
        id,
        source: MessageSource { is_from_me, is_group, chat, sender, ..MessageSource::default() },
        timestamp: whatsapp_rust::wacore::time::now_utc(),
        ..MessageInfo::default()
    })
}
