//! The message ids that an account used recently in each chat. WhatsApp delivers each message once: it acknowledges a
//! repeated message, but drops it.

use std::collections::{HashSet, VecDeque};

/// How many ids are kept. This is enough, because clients repeat a message soon after they first sent it.
const KEPT: usize = 50_000;

/// Pairs of a chat and an id, oldest first.
#[derive(Default)]
pub struct RecentIds {
    known: HashSet<(String, String)>,
    order: VecDeque<(String, String)>,
}

impl RecentIds {
    /// Records an id. Returns `false` if the id was already used in this chat.
    pub fn insert(&mut self, chat: &str, id: &str) -> bool {
        let name = (chat.to_owned(), id.to_owned());
        if !self.known.insert(name.clone()) {
            return false;
        }
        self.order.push_back(name);
        if self.order.len() > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_id_is_accepted_once_in_each_chat() {
        let mut ids = RecentIds::default();
        assert!(ids.insert("1", "A"));
        assert!(!ids.insert("1", "A"));
        assert!(ids.insert("2", "A") && ids.insert("1", "B"));
    }
}
