//! The ids that an account used lately, by chat. WhatsApp delivers each message once: a repeated one is acknowledged
//! and dropped.

use std::collections::{HashSet, VecDeque};

/// How many ids are kept. If a client repeats a message, it does so soon.
const KEPT: usize = 50_000;

/// Chats with ids, the oldest first.
#[derive(Default)]
pub struct RecentIds {
    known: HashSet<(String, String)>,
    order: VecDeque<(String, String)>,
}

impl RecentIds {
    /// Records an id. Returns `false` when it was used in this chat before.
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
    fn a_message_id_counts_once_in_each_chat() {
        let mut ids = RecentIds::default();
        assert!(ids.insert("1", "A"));
        assert!(!ids.insert("1", "A"));
        assert!(ids.insert("2", "A") && ids.insert("1", "B"));
    }
}
