//! The decrypted messages that a phone received, in the order of their arrival. A repeated message is listed once.

use crate::content::{Attached, Content, Referral};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::collections::{HashSet, VecDeque};

/// How many messages an inbox keeps. Without this limit, a benchmark would fill the memory.
const KEPT: usize = 50_000;

/// One message in an inbox.
#[derive(Debug, Clone, PartialEq)]
pub struct InboxMessage {
    /// The message's number in the inbox, starting with 1. Callers can pass it as `after`.
    pub index: u64,
    /// The id that the sender gave the message.
    pub id: String,
    /// The address of the sender, in the phone-number form.
    pub from: String,
    /// The sender's device that sent the message. 0 is the phone.
    pub from_device: u16,
    /// The chat that the message belongs to. For a message from somebody else, it is the sender or the group. For
    /// a message that one of the account's own linked devices sent, it is the recipient.
    pub chat: String,
    /// Whether one of the account's own linked devices sent the message.
    pub from_me: bool,
    /// The content of the message.
    pub content: Content,
    /// What accompanies the content.
    pub attached: Attached,
    /// When the server accepted the message, in seconds since 1970.
    pub t: u64,
}

impl InboxMessage {
    /// The message's text, if it is a text message.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(&text.body),
            _ => None,
        }
    }

    fn name(&self) -> MessageName {
        (self.chat.clone(), self.from.clone(), self.id.clone())
    }
}

impl Serialize for InboxMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Attached {
            reply_to,
            mentions,
            forwarded,
            forwarding_score,
            view_once,
            ephemeral_seconds,
            referral,
        } = &self.attached;
        let referral: &Option<Referral> = referral;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("index", &self.index)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("chat", &self.chat)?;
        map.serialize_entry("from", &self.from)?;
        map.serialize_entry("fromDevice", &self.from_device)?;
        map.serialize_entry("fromMe", &self.from_me)?;
        map.serialize_entry("type", self.content.name())?;
        map.serialize_entry(self.content.name(), &self.content.object())?;
        map.serialize_entry("replyTo", reply_to)?;
        map.serialize_entry("mentions", mentions)?;
        map.serialize_entry("forwarded", forwarded)?;
        map.serialize_entry("forwardingScore", forwarding_score)?;
        map.serialize_entry("viewOnce", view_once)?;
        map.serialize_entry("ephemeralSeconds", ephemeral_seconds)?;
        map.serialize_entry("referral", referral)?;
        map.serialize_entry("t", &self.t)?;
        map.end()
    }
}

/// The chat, the sender and the id of a message. Only the three together identify a message.
type MessageName = (String, String, String);

/// A phone's inbox.
#[derive(Default)]
pub struct Inbox {
    messages: VecDeque<InboxMessage>,
    names: HashSet<MessageName>,
    last: u64,
    /// The number of repeated messages that arrived.
    pub repeats: u64,
}

impl Inbox {
    /// Adds a message and sets its `index`. Returns `false` if the phone already has the message. If a message
    /// could not be decrypted at first, the decrypted message replaces the placeholder.
    pub fn push(&mut self, mut message: InboxMessage) -> bool {
        if !self.names.insert(message.name()) && !self.replaces_undecryptable(&message) {
            return false;
        }
        self.last += 1;
        message.index = self.last;
        self.messages.push_back(message);
        if self.messages.len() > KEPT
            && let Some(oldest) = self.messages.pop_front()
        {
            self.names.remove(&oldest.name());
        }
        true
    }

    fn replaces_undecryptable(&mut self, message: &InboxMessage) -> bool {
        if matches!(message.content, Content::Undecryptable(_)) {
            return false;
        }
        let same = |kept: &InboxMessage| {
            matches!(kept.content, Content::Undecryptable(_))
                && kept.id == message.id
                && kept.from == message.from
                && kept.chat == message.chat
        };
        match self.messages.iter().rposition(same) {
            Some(position) => self.messages.remove(position).is_some(),
            None => false,
        }
    }

    /// The messages whose index is greater than `index`.
    pub fn after(&self, index: u64) -> Vec<InboxMessage> {
        let start = self.messages.partition_point(|m| m.index <= index);
        self.messages.range(start..).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Undecryptable;

    fn message(id: &str, content: Content) -> InboxMessage {
        InboxMessage {
            index: 0,
            id: id.into(),
            from: "1@s.whatsapp.net".into(),
            from_device: 0,
            chat: "1@s.whatsapp.net".into(),
            from_me: false,
            content,
            attached: Attached::default(),
            t: 0,
        }
    }

    #[test]
    fn a_repeated_message_is_not_listed() {
        let mut inbox = Inbox::default();
        assert!(inbox.push(message("A", Content::text("one"))));
        assert!(!inbox.push(message("A", Content::text("one"))));
        let other_chat = InboxMessage { chat: "2@g.us".into(), ..message("A", Content::text("two")) };
        assert!(inbox.push(other_chat), "the same id in another chat is another message");
        assert_eq!(inbox.after(0).len(), 2);
        assert_eq!(inbox.after(1)[0].text(), Some("two"));
    }

    #[test]
    fn a_message_that_can_be_decrypted_later_replaces_its_placeholder() {
        let mut inbox = Inbox::default();
        let failed = || message("A", Content::Undecryptable(Undecryptable {}));
        assert!(inbox.push(failed()));
        assert!(!inbox.push(failed()));
        assert!(inbox.push(message("A", Content::text("one"))));
        let listed: Vec<_> = inbox.after(0).iter().map(|m| (m.index, m.content.name())).collect();
        assert_eq!(listed, [(2, "text")]);
    }

    #[test]
    fn the_content_is_listed_under_the_name_of_its_type() {
        let json = serde_json::to_value(message("A", Content::text("one"))).unwrap();
        assert_eq!((&json["type"], &json["text"]["body"]), (&"text".into(), &"one".into()));
        assert_eq!(json["replyTo"], serde_json::Value::Null);
    }
}
