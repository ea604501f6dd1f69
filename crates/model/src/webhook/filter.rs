//! Which events somebody wants: types, accounts and kinds of chats.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::event::{Event, EventType};
use crate::id::AccountId;
use crate::message::ChatType;

/// Stories and channels would flood a CRM: whoever wants them asks for them.
pub const DEFAULT_CHAT_TYPES: [ChatType; 2] = [ChatType::Direct, ChatType::Group];

/// A type, all types of one group such as `message.*`, or all types: `*`. Types that come later are meant, too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TypePattern(String);

/// The text is no pattern, or nothing can ever match it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be the type of an event such as message.received, a group such as message.*, or *")]
pub struct InvalidPattern;

impl TypePattern {
    /// All types.
    pub fn all() -> Self {
        Self("*".to_owned())
    }

    /// Whether it means that type.
    pub fn matches(&self, wanted: EventType) -> bool {
        match self.0.strip_suffix('*') {
            Some(group) => wanted.code().starts_with(group),
            None => self.0 == wanted.code(),
        }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TypePattern {
    type Err = InvalidPattern;

    fn from_str(text: &str) -> Result<Self, InvalidPattern> {
        let pattern = Self(text.to_owned());
        let is_whole = text.strip_suffix('*').is_none_or(|group| group.is_empty() || group.ends_with('.'));
        let is_known = EventType::ALL.iter().any(|known| pattern.matches(*known));
        if is_whole && is_known { Ok(pattern) } else { Err(InvalidPattern) }
    }
}

impl TryFrom<String> for TypePattern {
    type Error = InvalidPattern;

    fn try_from(text: String) -> Result<Self, InvalidPattern> {
        text.parse()
    }
}

impl From<TypePattern> for String {
    fn from(pattern: TypePattern) -> Self {
        pattern.0
    }
}

impl fmt::Display for TypePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Filter {
    /// At least one.
    pub types: Vec<TypePattern>,
    /// Only events about these; about all of the workspace, later ones included, without.
    pub accounts: Option<Vec<AccountId>>,
    /// Only events of these kinds of chats, and events without a chat.
    pub chat_types: Vec<ChatType>,
}

impl Default for Filter {
    fn default() -> Self {
        Self { types: vec![TypePattern::all()], accounts: None, chat_types: DEFAULT_CHAT_TYPES.to_vec() }
    }
}

impl Filter {
    /// The types that it means, of those that there are now.
    pub fn event_types(&self) -> BTreeSet<EventType> {
        let meant = |wanted: &EventType| self.types.iter().any(|pattern| pattern.matches(*wanted));
        EventType::ALL.iter().copied().filter(meant).collect()
    }

    /// Whether the event is wanted.
    pub fn wants(&self, event: &Event) -> bool {
        let kind = event.payload.event_type();
        let of_account = || match (&self.accounts, event.account_id) {
            (None, _) => true,
            (Some(accounts), Some(account)) => accounts.contains(&account),
            (Some(_), None) => false,
        };
        let of_chat = || event.payload.chat().is_none_or(|chat| self.chat_types.contains(&chat.kind));
        self.types.iter().any(|pattern| pattern.matches(kind)) && of_account() && of_chat()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::event::{Payload, Seq};

    fn pattern(text: &str) -> TypePattern {
        text.parse().unwrap()
    }

    #[test]
    fn patterns_mean_a_type_a_group_or_all() {
        let meant = |text: &str| {
            let filter = Filter { types: vec![pattern(text)], ..Filter::default() };
            filter.event_types()
        };
        assert_eq!(meant("*").len(), EventType::ALL.len());
        assert_eq!(Vec::from_iter(meant("message.status")), [EventType::MessageStatus]);
        let chats = Vec::from_iter(meant("chat.*"));
        assert_eq!(chats, [EventType::ChatUpdated, EventType::ChatMerged]);
        for text in
            ["", "message", "message*", "mess*", "message.*x", "message.stat*", "unknown.*", "unknown"]
        {
            assert_eq!(text.parse::<TypePattern>(), Err(InvalidPattern), "{text}");
        }
    }

    #[test]
    fn accounts_and_types_choose() {
        let [one, other] = [1, 2].map(|id| AccountId::from(Uuid::from_u128(id)));
        let event = |account| Event {
            id: Uuid::from_u128(9).into(),
            seq: Seq::new(1),
            workspace_id: Uuid::from_u128(9).into(),
            account_id: account,
            occurred_at: jiff::Timestamp::UNIX_EPOCH,
            payload: Payload::AccountUpdated { fields: Vec::new() },
        };
        let all = Filter::default();
        assert!(all.wants(&event(Some(one))) && all.wants(&event(None)));
        let of_one = Filter { accounts: Some(vec![one]), ..Filter::default() };
        assert!(of_one.wants(&event(Some(one))));
        assert!(!of_one.wants(&event(Some(other))) && !of_one.wants(&event(None)));
        let messages = Filter { types: vec![pattern("message.*")], ..Filter::default() };
        assert!(!messages.wants(&event(Some(one))));
    }
}
