//! Where a message goes: to a person or to a group.

use super::{Account, Group};
use std::sync::Arc;
use wacore_binary::{Jid, Server};

/// A chat, as everybody in it sees it.
#[derive(Clone)]
pub enum Chat {
    /// With one person.
    Person(Arc<Account>),
    /// A group.
    Group(Arc<Group>),
}

impl Chat {
    /// What names it: the number of the person, or the id of the group.
    pub fn name(&self) -> &str {
        match self {
            Self::Person(account) => &account.number,
            Self::Group(group) => &group.id,
        }
    }

    /// Its address; that of a person in the form that `server` names.
    pub fn jid_on(&self, server: Server) -> Jid {
        match self {
            Self::Person(account) => account.jid_on(server, 0),
            Self::Group(group) => group.jid(),
        }
    }

    /// Whether somebody is in it.
    pub fn has(&self, number: &str) -> bool {
        match self {
            Self::Person(account) => account.number == number,
            Self::Group(group) => group.has(number),
        }
    }
}
