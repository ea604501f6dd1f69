//! What a phone looks up while it writes a message: the messages it refers to, the people it mentions.

use super::Primary;
use crate::content::{Desk, Invalid, Target};
use crate::world::{Account, Chat};
use std::sync::Arc;
use wacore_binary::{Jid, Server};
use waproto::whatsapp as wa;

/// A phone that writes in one chat.
pub(super) struct Writing<'a> {
    pub(super) primary: &'a Primary,
    pub(super) chat: &'a Chat,
}

impl Writing<'_> {
    fn server(&self) -> Server {
        self.primary.server()
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
            participant: None,
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

    fn now_millis(&self) -> i64 {
        self.primary.world.clock.millis()
    }
}
