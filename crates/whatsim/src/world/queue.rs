//! The queue of stanzas for one device. A stanza stays in the queue until the device acknowledges it, and is sent
//! again at each login until then.

use crate::codec::NodeRead;
use std::collections::VecDeque;
use std::sync::Arc;
use wacore_binary::Node;

/// Stanzas that a device has not acknowledged, oldest first.
#[derive(Default)]
pub struct Queue {
    entries: VecDeque<Arc<Node>>,
}

impl Queue {
    /// Adds a stanza.
    pub fn push(&mut self, node: Arc<Node>) {
        self.entries.push_back(node);
    }

    /// The number of waiting stanzas.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many waiting stanzas have this tag.
    pub fn count(&self, tag: &str) -> usize {
        self.entries.iter().filter(|node| node.tag == tag).count()
    }

    /// All waiting stanzas, marked as WhatsApp marks them: `offline="0"`.
    pub fn offline(&self) -> impl Iterator<Item = Node> + '_ {
        self.entries.iter().map(|node| {
            let mut node = (**node).clone();
            node.attrs.insert("offline", "0");
            node
        })
    }

    /// Removes the oldest stanza with this tag and id, because the device has acknowledged it. If several stanzas
    /// match, prefers a stanza that came from the address `from`. Devices acknowledge in order, so the search nearly
    /// always ends at the front of the queue.
    pub fn settle(&mut self, tag: &str, id: &str, from: Option<&wacore_binary::Jid>) -> bool {
        let same = |node: &Arc<Node>| node.tag == tag && node.attrs.get("id").is_some_and(|v| *v == *id);
        let exact = from.and_then(|from| {
            self.entries
                .iter()
                .position(|n| same(n) && n.jid("from").is_some_and(|f| f.is_same_chat_as(from)))
        });
        let Some(position) = exact.or_else(|| self.entries.iter().position(same)) else {
            return false;
        };
        self.entries.remove(position);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::node;
    use wacore_binary::Jid;

    fn stanza(tag: &'static str, id: &str, from: &str) -> Arc<Node> {
        node(tag).attr("id", id).attr("from", Jid::pn(from)).build().into()
    }

    fn ids(queue: &Queue) -> Vec<String> {
        queue.offline().map(|n| n.text("id").unwrap()).collect()
    }

    #[test]
    fn a_queued_stanza_stays_until_it_is_acknowledged() {
        let mut queue = Queue::default();
        queue.push(stanza("message", "A", "1"));
        queue.push(stanza("receipt", "A", "1"));
        queue.push(stanza("message", "B", "1"));
        assert_eq!(ids(&queue), ["A", "A", "B"]);
        assert_eq!(ids(&queue), ["A", "A", "B"], "reading does not drain");
        assert_eq!((queue.count("message"), queue.count("receipt")), (2, 1));

        assert!(queue.settle("message", "A", None));
        assert!(!queue.settle("message", "A", None), "settled once");
        assert!(!queue.settle("notification", "B", None));
        assert_eq!((queue.count("message"), queue.count("receipt")), (1, 1));
        assert!(queue.settle("receipt", "A", None) && queue.settle("message", "B", None));
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn the_same_id_from_two_senders_means_two_stanzas() {
        let mut queue = Queue::default();
        queue.push(stanza("receipt", "A", "1"));
        queue.push(stanza("receipt", "A", "2"));
        assert!(queue.settle("receipt", "A", Some(&Jid::pn("2"))));
        assert_eq!(queue.offline().next().unwrap().jid("from"), Some(Jid::pn("1")));
    }

    #[test]
    fn stanzas_that_waited_are_marked_offline() {
        let mut queue = Queue::default();
        queue.push(stanza("message", "A", "1"));
        assert_eq!(queue.offline().next().unwrap().text("offline").as_deref(), Some("0"));
    }
}
