//! Where a message goes: to a person.

use super::Account;
use std::sync::Arc;
use wacore_binary::{Jid, Server};

/// A chat, as everybody in it sees it.
#[derive(Clone)]
pub enum Chat {
    /// With one person.
    Person(Arc<Account>),
}

impl Chat {
    /// What names it: the number of the person.
    pub fn name(&self) -> &str {
        match self {
            Self::Person(account) => &account.number,
        }
    }

    /// Its address, in the form that `server` names.
    pub fn jid_on(&self, server: Server) -> Jid {
        match self {
            Self::Person(account) => account.jid_on(server, 0),
        }
    }
}
