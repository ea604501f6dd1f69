//! The chat that a message belongs to: a chat with a person, or a group.

use super::{Account, Group};
use std::sync::Arc;
use wacore_binary::{Jid, Server};

/// A chat with one person or in a group.
#[derive(Clone)]
pub enum Chat {
    /// A chat with one person.
    Person(Arc<Account>),
    /// A chat in a group.
    Group(Arc<Group>),
}

impl Chat {
    /// The text that identifies the chat: the number of the person, or the id of the group.
    pub fn name(&self) -> &str {
        match self {
            Self::Person(account) => &account.number,
            Self::Group(group) => &group.id,
        }
    }

    /// The address of the chat. `server` decides the form of a person's address; a group has only one form.
    pub fn jid_on(&self, server: Server) -> Jid {
        match self {
            Self::Person(account) => account.jid_on(server, 0),
            Self::Group(group) => group.jid(),
        }
    }

    /// Whether the account is in the chat.
    pub fn has(&self, number: &str) -> bool {
        match self {
            Self::Person(account) => account.number == number,
            Self::Group(group) => group.has(number),
        }
    }
}
