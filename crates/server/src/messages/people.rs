//! Finds the person that an address belongs to. A phone number and a LID (WhatsApp's hidden id) of the same person
//! lead to one person with one chat, even if the server learns late that they belong together.

use jiff::Timestamp;
use linekeeper_model::event::Payload;
use linekeeper_model::id::{ChatId, ContactId};
use linekeeper_model::message::{Address, Chat, ChatType, Identified, Person, same_person};
use linekeeper_model::phone::Identity;
use linekeeper_storage::{Candidates, ListedChat, StorageError, Tx};

use super::service::Scope;

/// A desk: a transaction for one account, and the events that report the changes in this transaction.
pub(super) struct Desk<'t> {
    pub(super) tx: &'t mut Tx,
    pub(super) scope: &'t Scope,
    pub(super) now: Timestamp,
    pub(super) told: Vec<Payload>,
}

impl<'t> Desk<'t> {
    pub(super) const fn new(tx: &'t mut Tx, scope: &'t Scope, now: Timestamp) -> Self {
        Self { tx, scope, now, told: Vec::new() }
    }

    /// Returns the events about the changes in this transaction.
    pub(super) fn events(self) -> Vec<linekeeper_model::event::NewEvent> {
        let Self { scope, now, told, .. } = self;
        told.into_iter().map(|payload| scope.event(payload, now)).collect()
    }

    /// Returns the person with this identity. If nobody has it, creates a person.
    pub(super) async fn person(
        &mut self,
        identity: &Identity,
        push_name: Option<&str>,
    ) -> Result<Person, StorageError> {
        let key = &self.scope.key;
        let Candidates { by_lid, by_phone } = self.tx.contacts(key).candidates(identity).await?;
        let decision = same_person(identity, by_lid.as_ref(), by_phone.as_ref());
        let known = |id: ContactId| {
            let found = [&by_lid, &by_phone].into_iter().flatten().find(|person| person.id == id);
            found.cloned().expect("the decision names one of the two")
        };
        let person = match decision {
            Identified::New => return self.add_person(identity, push_name).await,
            Identified::NewWithNumberOf(before) => {
                self.change(Person { phone: None, ..known(before) }, &["phone"]).await?;
                return self.add_person(identity, push_name).await;
            }
            Identified::MoveNumber { to, from } => {
                self.change(Person { phone: None, ..known(from) }, &["phone"]).await?;
                let person = Person { phone: identity.phone, ..known(to) };
                self.change(person.clone(), &["phone"]).await?;
                person
            }
            Identified::Merge { kept, merged } => self.merge(known(kept), known(merged)).await?,
            Identified::Known(id) => self.complete(known(id), identity, by_lid.is_some()).await?,
        };
        match push_name {
            Some(name) if person.push_name.as_deref() != Some(name) => {
                let person = Person { push_name: Some(name.to_owned()), ..person };
                self.change(person.clone(), &["pushName"]).await?;
                Ok(person)
            }
            _ => Ok(person),
        }
    }

    /// Merges two people who are the same according to WhatsApp. The person with the older id stays.
    pub(super) async fn unite(&mut self, one: Person, other: Person) -> Result<Person, StorageError> {
        let (kept, merged) = if one.id < other.id { (one, other) } else { (other, one) };
        self.merge(kept, merged).await
    }

    /// Returns the direct chat with a person. If there is none, creates one.
    pub(super) async fn chat_with(
        &mut self,
        person: &Person,
        resolved: bool,
    ) -> Result<ListedChat, StorageError> {
        if let Some(found) = self.tx.chats(&self.scope.key).with(person.id).await? {
            return Ok(found);
        }
        let by_phone = person.phone.as_ref().map(Address::of_phone);
        let address = by_phone.or_else(|| person.lid.as_ref().map(Address::of_lid));
        let address = address.expect("a person is known by a number or a LID");
        self.add_chat(ChatType::Direct, address, Some(person.clone()), resolved).await
    }

    /// Returns the chat at an address: a direct chat with a person, or a chat with several people.
    pub(super) async fn chat_at(&mut self, address: &Address) -> Result<ListedChat, StorageError> {
        if address.chat_type() == ChatType::Direct {
            let person = self.person(&address.identity(), None).await?;
            return self.chat_with(&person, true).await;
        }
        match self.tx.chats(&self.scope.key).at(address).await? {
            Some(found) => Ok(found),
            None => self.add_chat(address.chat_type(), address.clone(), None, true).await,
        }
    }

    async fn add_person(
        &mut self,
        identity: &Identity,
        push_name: Option<&str>,
    ) -> Result<Person, StorageError> {
        let id = ContactId::generate(self.now, &mut rand::rng());
        let person = Person { push_name: push_name.map(str::to_owned), ..Person::new(id, identity.clone()) };
        self.tx.contacts(&self.scope.key).insert(&person).await?;
        Ok(person)
    }

    async fn add_chat(
        &mut self,
        kind: ChatType,
        address: Address,
        person: Option<Person>,
        resolved: bool,
    ) -> Result<ListedChat, StorageError> {
        let id = ChatId::generate(self.now, &mut rand::rng());
        let name =
            person.as_ref().and_then(|person| person.name.clone().or_else(|| person.push_name.clone()));
        let chat = Chat { id, kind, address, name: None, person };
        self.tx.chats(&self.scope.key).insert(&chat, self.now, resolved).await?;
        let chat = Chat { name, ..chat };
        Ok(ListedChat { chat, unread: 0, last_message_id: None, last_message_at: self.now, resolved })
    }

    /// Adds the phone number or the LID from `identity` to a known person who lacks it.
    async fn complete(
        &mut self,
        person: Person,
        identity: &Identity,
        by_lid: bool,
    ) -> Result<Person, StorageError> {
        let mut changed = Vec::new();
        let mut completed = person.clone();
        // Phone numbers can have several spellings. If the person was found by phone number, the stored number may
        // have WhatsApp's spelling, which the caller's spelling must not replace.
        if identity.phone.is_some() && identity.phone != person.phone && (by_lid || person.phone.is_none()) {
            completed.phone = identity.phone;
            changed.push("phone");
        }
        if identity.lid.is_some() && person.lid.is_none() {
            completed.lid = identity.lid.clone();
            changed.push("lid");
        }
        if !changed.is_empty() {
            self.change(completed.clone(), &changed).await?;
        }
        Ok(completed)
    }

    async fn change(&mut self, person: Person, changed: &[&str]) -> Result<(), StorageError> {
        self.tx.contacts(&self.scope.key).update(&person).await?;
        let changed = changed.iter().map(|field| (*field).to_owned()).collect();
        self.told.push(Payload::ContactUpdated { contact: Box::new(person), changed });
        Ok(())
    }

    /// Merges two people who turn out to be the same. Their chats are merged first, then the people.
    async fn merge(&mut self, kept: Person, merged: Person) -> Result<Person, StorageError> {
        let key = self.scope.key.clone();
        let chats = (self.tx.chats(&key).with(kept.id).await?, self.tx.chats(&key).with(merged.id).await?);
        // The number and the LID of the merged person are removed first, because the index allows each value only once.
        self.tx.contacts(&key).update(&Person { phone: None, lid: None, ..merged.clone() }).await?;
        let person = Person {
            phone: kept.phone.or(merged.phone),
            lid: kept.lid.or(merged.lid),
            username: kept.username.or(merged.username),
            push_name: kept.push_name.or(merged.push_name),
            name: kept.name.or(merged.name),
            id: kept.id,
        };
        self.tx.contacts(&key).update(&person).await?;
        let merged_chat = match chats {
            (Some(one), Some(other)) => {
                let (first, second) = (one.chat.id.min(other.chat.id), one.chat.id.max(other.chat.id));
                self.tx.chats(&key).merge(first, second).await?;
                self.tx.chats(&key).hand_over(first, kept.id).await?;
                Some((first, second))
            }
            (None, Some(other)) => {
                self.tx.chats(&key).hand_over(other.chat.id, kept.id).await?;
                None
            }
            _ => None,
        };
        self.tx.contacts(&key).merge(kept.id, merged.id).await?;
        let contact = Box::new(person.clone());
        self.told.push(Payload::ContactMerged { contact, merged_contact_id: merged.id });
        if let Some((first, second)) = merged_chat
            && let Some(found) = self.tx.chats(&key).get(first).await?
        {
            self.told.push(Payload::ChatMerged { chat: Box::new(found.chat), merged_chat_id: second });
        }
        Ok(person)
    }
}
