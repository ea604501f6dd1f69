//! Which messages a list contains, as SQL. The SQL contains only the conditions that the filter needs, so that the
//! database can use an index.

use linekeeper_model::Timestamp;
use linekeeper_model::id::{ChatId, MessageId};
use linekeeper_model::message::{Direction, MessageStatus, MessageType, ReceivedVia};

use super::columns::{reference_tag, wa_tag};
use crate::account_key::AccountKey;
use crate::db::Value;
use crate::repositories::code::{millis, text};
use crate::seal::Tag;

/// Which messages a list contains.
#[derive(Debug, Clone, Copy, Default)]
pub struct MessageFilter<'f> {
    /// Only messages of this chat.
    pub chat: Option<ChatId>,
    /// Only messages of this direction.
    pub direction: Option<Direction>,
    /// Only messages with this status.
    pub status: Option<MessageStatus>,
    /// Only messages of this type. If `None`, all messages except those that only change another message.
    pub kind: Option<MessageType>,
    /// Only messages for which the caller chose this reference.
    pub client_reference: Option<&'f str>,
    /// Only messages with this id at WhatsApp.
    pub wa_message_id: Option<&'f str>,
    /// Only messages that were received this way.
    pub received_via: Option<ReceivedVia>,
    /// Only messages at or after this time.
    pub from: Option<Timestamp>,
    /// Only messages before this time.
    pub until: Option<Timestamp>,
    /// Only messages that are older than this one, in the order of the list.
    pub before: Option<(Timestamp, MessageId)>,
    /// The maximum number of results.
    pub limit: u32,
}

/// The value of a parameter.
enum Owned {
    Text(String),
    Tag(Tag),
    Int(i64),
}

/// The SQL conditions, and the values of their parameters in the same order.
pub(super) struct Parameters {
    clauses: String,
    values: Vec<Owned>,
}

impl Parameters {
    fn add(&mut self, clause: &str, values: impl IntoIterator<Item = Owned>) {
        let mut clause = clause.to_owned();
        for value in values {
            self.values.push(value);
            clause = clause.replacen('?', &format!("${}", self.values.len()), 1);
        }
        self.clauses += if self.clauses.is_empty() { " WHERE " } else { " AND " };
        self.clauses += &clause;
    }

    pub(super) fn condition(&self) -> String {
        format!("{} ORDER BY timestamp DESC, id DESC LIMIT ${}", self.clauses, self.values.len())
    }

    pub(super) fn values(&self) -> Vec<Value<'_>> {
        let value = |owned| match owned {
            &Owned::Int(number) => Value::from(number),
            Owned::Text(text) => text.as_str().into(),
            Owned::Tag(tag) => tag.as_bytes().into(),
        };
        self.values.iter().map(value).collect()
    }
}

impl MessageFilter<'_> {
    pub(super) fn parameters(&self, key: &AccountKey) -> Parameters {
        use Owned::{Int, Tag, Text};
        let mut parameters = Parameters { clauses: String::new(), values: Vec::new() };
        parameters.add("account_id = ?", [Text(key.account().to_string())]);
        if let Some(chat) = self.chat {
            parameters.add("chat_id = ?", [Text(chat.to_string())]);
        }
        if let Some(direction) = self.direction {
            parameters.add("direction = ?", [Text(text(direction))]);
        }
        if let Some(status) = self.status {
            parameters.add("status = ?", [Text(text(status))]);
        }
        match self.kind {
            Some(kind) => parameters.add("kind = ?", [Text(kind.code().to_owned())]),
            None => parameters.add("is_act = 0", []),
        }
        if let Some(reference) = self.client_reference {
            parameters.add("reference_tag = ?", [Tag(reference_tag(key, reference))]);
        }
        if let Some(id) = self.wa_message_id {
            parameters.add("wa_tag = ?", [Tag(wa_tag(key, id))]);
        }
        if let Some(via) = self.received_via {
            parameters.add("received_via = ?", [Text(text(via))]);
        }
        if let Some(from) = self.from {
            parameters.add("timestamp >= ?", [Int(millis(from))]);
        }
        if let Some(until) = self.until {
            parameters.add("timestamp < ?", [Int(millis(until))]);
        }
        if let Some((at, id)) = self.before {
            let values = [Int(millis(at)), Int(millis(at)), Text(id.to_string())];
            parameters.add("(timestamp < ? OR (timestamp = ? AND id < ?))", values);
        }
        parameters.values.push(Int(self.limit.into()));
        parameters
    }
}
