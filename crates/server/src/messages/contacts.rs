//! Actions on chats and people: mark messages as read, check phone numbers, and erase a person.

use linekeeper_model::audit::NewEntry;
use linekeeper_model::event::{Erased, EventType, Payload, Seq};
use linekeeper_model::id::{AccountId, ChatId, ContactId, MessageId};
use linekeeper_model::message::{Address, ChatType, MessageStatus, Person};
use linekeeper_model::phone::PhoneNumber;
use linekeeper_storage::{StorageError, Tx, Written};

use super::people::Desk;
use super::service::Messages;
use crate::events::append_with_others;
use crate::whatsapp::{LookedUp, SendTrouble};

/// The maximum number of messages that one request marks as read.
const MOST_READ: u32 = 1_000;
/// The maximum number of events that one transaction checks when a person is erased.
const EVENTS_AT_ONCE: u32 = 500;

/// Why the action failed.
#[derive(Debug, thiserror::Error)]
pub enum PeopleRefused {
    /// There is no such chat.
    #[error("there is no such chat")]
    ChatNotFound,
    /// There is no such message in the chat.
    #[error("there is no such message")]
    MessageNotFound,
    /// There is no such person.
    #[error("there is no such person")]
    ContactNotFound,
    /// The account is not connected.
    #[error("the account is not connected")]
    NotConnected,
    /// WhatsApp did not answer.
    #[error("WhatsApp did not answer")]
    Silent,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<SendTrouble> for PeopleRefused {
    fn from(trouble: SendTrouble) -> Self {
        match trouble {
            SendTrouble::Disconnected => Self::NotConnected,
            SendTrouble::Refused(reason) => {
                tracing::warn!(reason, "WhatsApp refused a question");
                Self::Silent
            }
        }
    }
}

impl Messages {
    /// Marks the messages of a chat as read, up to and including the message `up_to`. First sends read receipts for the
    /// messages to WhatsApp, and then stores that the messages are read.
    pub async fn mark_read(
        &self,
        account: AccountId,
        chat: ChatId,
        up_to: MessageId,
    ) -> Result<(), PeopleRefused> {
        let scope = self.scope(account).await?.ok_or(PeopleRefused::ChatNotFound)?;
        let key = scope.key.clone();
        let mut tx = self.parts().storage.read().await?;
        let chat = tx.chats(&key).get(chat).await?.ok_or(PeopleRefused::ChatNotFound)?.chat;
        let last = tx.messages(&key).get(up_to).await?;
        let last = last.filter(|row| row.chat_id == chat.id).ok_or(PeopleRefused::MessageNotFound)?;
        let rows = tx.messages(&key).unread_up_to(chat.id, last.timestamp, MOST_READ).await?;
        let senders: Vec<ContactId> = rows.iter().map(|row| row.sender_id).collect();
        let people = tx.contacts(&key).get_all(&senders).await?;
        drop(tx);
        if rows.is_empty() {
            return Ok(());
        }
        let outlet = self.outlet(account).ok_or(PeopleRefused::NotConnected)?;
        let in_group = chat.kind != ChatType::Direct;
        let mut by_sender = std::collections::BTreeMap::<ContactId, Vec<String>>::new();
        for row in &rows {
            by_sender.entry(row.sender_id).or_default().extend(row.detail.wa_message_id.clone());
        }
        for (sender, ids) in by_sender {
            let person = people.iter().find(|person| person.id == sender);
            let address = person.and_then(|person| {
                person
                    .lid
                    .as_ref()
                    .map(Address::of_lid)
                    .or_else(|| person.phone.as_ref().map(Address::of_phone))
            });
            outlet.mark_read(&chat.address, address.as_ref().filter(|_| in_group), &ids).await?;
        }
        let (parts, now) = (self.parts(), self.parts().clock.now());
        let ids: Vec<MessageId> = rows.iter().map(|row| row.id).collect();
        append_with_others(&parts.storage, &parts.log, account, move |tx| {
            Box::pin(async move {
                let mut messages = tx.messages(&scope.key);
                for id in ids {
                    messages.set_status(id, MessageStatus::Received, MessageStatus::Read, now).await?;
                }
                let unread = messages.count_unread(chat.id).await?;
                tx.chats(&scope.key).set_unread(chat.id, unread).await?;
                Ok(Written::silent(()))
            })
        })
        .await?;
        Ok(())
    }

    /// Asks WhatsApp which phone numbers have an account, and stores the answers. The results are in the order of
    /// the numbers.
    pub async fn check(
        &self,
        account: AccountId,
        phones: Vec<PhoneNumber>,
    ) -> Result<Vec<Option<Person>>, PeopleRefused> {
        let scope = self.scope(account).await?.ok_or(PeopleRefused::NotConnected)?;
        let outlet = self.outlet(account).ok_or(PeopleRefused::NotConnected)?;
        let mut people = Vec::with_capacity(phones.len());
        for phone in phones {
            let LookedUp::Found(identity) = outlet.look_up(&phone).await? else {
                people.push(None);
                continue;
            };
            let (parts, scope) = (self.parts(), scope.clone());
            let now = parts.clock.now();
            let person = append_with_others(&parts.storage, &parts.log, account, move |tx| {
                Box::pin(async move {
                    let mut desk = Desk::new(tx, &scope, now);
                    let person = desk.person(&identity, None).await?;
                    if identity.phone.as_ref().is_some_and(|known| *known != phone) {
                        desk.tx.contacts(&scope.key).add_spelling(&phone, person.id).await?;
                    }
                    Ok(Written::told(person, desk.events()))
                })
            });
            people.push(Some(person.await?));
        }
        Ok(people)
    }

    /// Removes a person, with the messages that they wrote and the messages that were written only to them. The
    /// person's data is first removed from events, so that an interrupted erasure can be repeated. `entry` is written
    /// to the audit log.
    pub async fn erase(
        &self,
        account: AccountId,
        id: ContactId,
        entry: NewEntry,
    ) -> Result<(), PeopleRefused> {
        let scope = self.scope(account).await?.ok_or(PeopleRefused::ContactNotFound)?;
        let (parts, now) = (self.parts(), self.parts().clock.now());
        loop {
            let mut tx = parts.storage.read().await?;
            let seen = tx.events().last().await?;
            let person = tx.contacts(&scope.key).get(id).await?.ok_or(PeopleRefused::ContactNotFound)?.id;
            let ids = tx.contacts(&scope.key).ids_of(person).await?;
            drop(tx);
            self.empty_events(account, &ids).await?;
            let erasing = scope.clone();
            let entry = entry.clone().with("contactId", person);
            let done = append_with_others(&parts.storage, &parts.log, account, move |tx| {
                Box::pin(async move {
                    if tx.contacts(&erasing.key).ids_of(person).await? != ids {
                        // Another person was merged with this one while the events were read. So all events must be
                        // checked again.
                        return Ok(Written::silent(None));
                    }
                    let mut before = None;
                    while let Some(oldest) = empty_page(tx, account, &ids, before).await?
                        && oldest > seen
                    {
                        before = Some(oldest);
                    }
                    let files = tx.media(&erasing.key).of_person(person).await?;
                    tx.messages(&erasing.key).erase_person(person).await?;
                    for file in &files {
                        tx.media(&erasing.key).remove(*file).await?;
                    }
                    tx.audit().append(&entry).await?;
                    let event = erasing.event(Payload::ContactErased { contact_id: person }, now);
                    Ok(Written::told(Some(files), vec![event]))
                })
            });
            if let Some(files) = done.await? {
                self.remove_files(account, files).await;
                return Ok(());
            }
        }
    }

    /// Removes the person's data from all events of the account. This takes many small transactions, because the log
    /// may be long.
    async fn empty_events(&self, account: AccountId, ids: &[ContactId]) -> Result<(), StorageError> {
        let mut before = None;
        loop {
            let mut tx = self.parts().storage.begin().await?;
            before = empty_page(&mut tx, account, ids, before).await?;
            tx.commit().await?;
            if before.is_none() {
                return Ok(());
            }
        }
    }
}

/// Checks one page of the account's events, from the event number `before` backwards. Removes the data from each event
/// that names a person with one of these ids, except for `ContactErased` events. Returns the number of the oldest event
/// that was checked, or `None` if there are no more events.
async fn empty_page(
    tx: &mut Tx,
    account: AccountId,
    ids: &[ContactId],
    before: Option<Seq>,
) -> Result<Option<Seq>, StorageError> {
    let events = tx.events().of_account(account, before, EVENTS_AT_ONCE).await?;
    let oldest = events.last().map(|event| event.seq);
    for event in events {
        let kind = event.payload.event_type();
        if kind != EventType::ContactErased && event.payload.people().iter().any(|id| ids.contains(id)) {
            tx.events().replace(event.id, &Payload::Erased(Erased::of(kind))).await?;
        }
    }
    Ok(oldest)
}
