//! Typing states and presences for a device that is away. They are kept only for some seconds. A newer stanza replaces
//! an older stanza of the same kind from the same sender.

use crate::codec::NodeRead;
use std::sync::Arc;
use wacore_binary::Node;

/// For how many seconds the stanzas are kept.
const MOMENT: u64 = 30;

/// The stanzas, each with the time at which it arrived, in seconds since 1970.
#[derive(Default)]
pub struct Fleeting(Vec<(u64, Arc<Node>)>);

impl Fleeting {
    /// Keeps a stanza. It replaces an earlier one of the same kind from the same sender.
    pub fn keep(&mut self, node: Arc<Node>, now: u64) {
        self.0.retain(|(at, kept)| {
            let replaced = kept.tag == node.tag && kept.text("from") == node.text("from");
            now < at + MOMENT && !replaced
        });
        self.0.push((now, node));
    }

    /// Removes all stanzas, and returns those that are not too old.
    pub fn take(&mut self, now: u64) -> impl Iterator<Item = Arc<Node>> {
        std::mem::take(&mut self.0).into_iter().filter(move |(at, _)| now < at + MOMENT).map(|(_, node)| node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::node;

    fn typing(from: &'static str) -> Arc<Node> {
        node("chatstate").attr("from", from).build().into()
    }

    #[test]
    fn the_last_typing_notice_of_each_sender_is_kept_for_a_short_time() {
        let mut fleeting = Fleeting::default();
        fleeting.keep(typing("1@s.whatsapp.net"), 0);
        fleeting.keep(typing("1@s.whatsapp.net"), 10);
        fleeting.keep(typing("2@s.whatsapp.net"), 20);
        let senders = |nodes: Vec<Arc<Node>>| nodes.iter().filter_map(|n| n.text("from")).collect::<Vec<_>>();
        assert_eq!(senders(fleeting.take(39).collect()), ["1@s.whatsapp.net", "2@s.whatsapp.net"]);
        fleeting.keep(typing("1@s.whatsapp.net"), 0);
        assert_eq!(fleeting.take(30).count(), 0);
    }
}
