//! What a phone received, decrypted, in the order it came.

use serde::Serialize;
use std::collections::VecDeque;

/// How many messages a phone keeps. A benchmark must not fill the memory.
const KEPT: usize = 20_000;

/// What kind of thing a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Text for a person to read.
    Text,
    /// Anything else for a person: media, reaction, poll and so on.
    Other,
    /// A message between devices of one account that no person sees.
    Protocol,
    /// It could not be decrypted; a retry receipt went back.
    Undecryptable,
}

/// One message in an inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InboxMessage {
    /// Its place in the inbox, from 1. `after` takes it.
    pub seq: u64,
    /// The id that the sender gave it.
    pub id: String,
    /// The sending device, in the phone-number form.
    pub from: String,
    /// The chat it belongs to: the sender, or for an own linked device's message whom it went to.
    pub chat: String,
    /// Whether one of the account's own linked devices sent it.
    pub from_me: bool,
    /// What it is.
    pub kind: MessageKind,
    /// Its text, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Seconds since 1970 at which the server took it.
    pub t: u64,
}

/// A phone's inbox.
#[derive(Default)]
pub struct Inbox {
    messages: VecDeque<InboxMessage>,
    last: u64,
}

impl Inbox {
    /// Adds a message; its `seq` is given here.
    pub fn push(&mut self, mut message: InboxMessage) {
        self.last += 1;
        message.seq = self.last;
        self.messages.push_back(message);
        if self.messages.len() > KEPT {
            self.messages.pop_front();
        }
    }

    /// What came after `seq`.
    pub fn after(&self, seq: u64) -> Vec<InboxMessage> {
        let start = self.messages.partition_point(|m| m.seq <= seq);
        self.messages.range(start..).cloned().collect()
    }
}
