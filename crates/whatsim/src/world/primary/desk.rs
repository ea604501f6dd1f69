//! Gives a phone what it needs while it writes a message: the messages and people that the message refers to, and
//! uploads of files.

use super::Primary;
use crate::content::{Desk, Invalid, Target, Uploaded};
use crate::world::{Account, Chat};
use std::sync::Arc;
use wacore::download::MediaType;
use wacore_binary::{Jid, Server};
use waproto::whatsapp as wa;

/// A phone that writes a message in one chat.
pub(super) struct Writing<'a> {
    pub(super) primary: &'a Primary,
    pub(super) chat: &'a Chat,
}

impl Writing<'_> {
    fn server(&self) -> Server {
        match self.chat {
            Chat::Person(_) => self.primary.server(),
            Chat::Group(group) => group.server(),
        }
    }

    fn address(&self, account: &Account) -> Jid {
        account.jid_on(self.server(), 0)
    }
}

impl Desk for Writing<'_> {
    fn target(&self, id: &str) -> Result<Target, Invalid> {
        let known = self.primary.log.find(id, Some(self.chat));
        let known =
            known.ok_or_else(|| Invalid::new("messageId", format!("this chat has no message {id}")))?;
        let key = wa::MessageKey {
            remote_jid: Some(self.chat.jid_on(self.server()).to_string()),
            from_me: Some(known.sender.number == self.primary.account.number),
            id: Some(id.to_owned()),
            participant: match self.chat {
                Chat::Person(_) => None,
                Chat::Group(_) => Some(self.address(&known.sender).to_string()),
            },
        };
        Ok(Target { key, sender: self.address(&known.sender).to_string(), message: known.message() })
    }

    fn person(&self, text: &str) -> Result<String, Invalid> {
        let account: Option<Arc<Account>> = if text.contains('@') {
            text.parse().ok().and_then(|jid: Jid| self.primary.world.registry.by_jid(&jid))
        } else {
            self.primary.world.registry.by_number(text.trim_start_matches('+'))
        };
        let account =
            account.ok_or_else(|| Invalid::new("person", format!("nobody has the address {text}")))?;
        Ok(self.address(&account).to_string())
    }

    fn upload(&self, data: &[u8], kind: MediaType) -> Result<Uploaded, Invalid> {
        self.primary.upload(data, kind)
    }

    fn now_millis(&self) -> i64 {
        self.primary.world.clock.millis()
    }
}
