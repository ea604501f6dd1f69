//! Finds the chat that a caller writes to, and the people whom a message mentions.

use linekeeper_model::id::{ChatId, ContactId};
use linekeeper_model::message::{Address, ChatType, Recipient};
use linekeeper_model::phone::Identity;
use linekeeper_storage::{ListedChat, StorageError};

use super::SendRefused;
use crate::messages::people::Desk;

/// Finds the chat of the recipient. If a number was never written to, it is looked up at WhatsApp when the message
/// is sent.
pub(super) async fn chat(
    desk: &mut Desk<'_>,
    to: &Recipient,
    index: usize,
) -> Result<ListedChat, SendRefused> {
    let key = desk.scope.key.clone();
    match to {
        Recipient::Phone(phone) => {
            let identity = Identity { phone: Some(*phone), lid: None };
            let person = desk.person(&identity, None).await?;
            Ok(desk.chat_with(&person, false).await?)
        }
        Recipient::Address(address) => match address.chat_type() {
            ChatType::Direct => {
                let person = desk.person(&address.identity(), None).await?;
                let resolved = address.identity().lid.is_some();
                Ok(desk.chat_with(&person, resolved).await?)
            }
            ChatType::Group => Ok(desk.chat_at(address).await?),
            _ => Err(SendRefused::WrongRecipient(index)),
        },
        Recipient::Id(id) => {
            if let Some(chat) = desk.tx.chats(&key).get(ChatId::from(*id)).await? {
                return match chat.chat.kind {
                    ChatType::Direct | ChatType::Group => Ok(chat),
                    _ => Err(SendRefused::WrongRecipient(index)),
                };
            }
            let person = desk.tx.contacts(&key).get(ContactId::from(*id)).await?;
            let person = person.ok_or(SendRefused::UnknownRecipient(index))?;
            Ok(desk.chat_with(&person, false).await?)
        }
    }
}

/// Finds the id and the address of a mentioned person.
pub(super) async fn person(
    desk: &mut Desk<'_>,
    mention: &Recipient,
) -> Result<Option<(ContactId, Option<Address>)>, StorageError> {
    let person = match mention {
        Recipient::Phone(phone) => desk.person(&Identity { phone: Some(*phone), lid: None }, None).await?,
        Recipient::Address(address) if address.identity() != Identity::default() => {
            desk.person(&address.identity(), None).await?
        }
        Recipient::Address(_) => return Ok(None),
        Recipient::Id(id) => match desk.tx.contacts(&desk.scope.key).get(ContactId::from(*id)).await? {
            Some(person) => person,
            None => return Ok(None),
        },
    };
    let by_phone = person.phone.as_ref().map(Address::of_phone);
    Ok(Some((person.id, by_phone.or_else(|| person.lid.as_ref().map(Address::of_lid)))))
}
