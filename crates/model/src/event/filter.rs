//! Which events a reader wants: by type, by account and by the type of the chat. Webhooks, live connections and
//! all other readers use this filter.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Event, EventType};
use crate::access::Permission;
use crate::id::AccountId;
use crate::message::ChatType;

/// Which events a reader wants. Permissions are checked separately, with [`Filter::readable`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Filter {
    /// An event passes if its type matches one of these patterns. An empty list matches every type.
    pub types: Vec<TypePattern>,
    /// Only events of these accounts pass. With `None`, all events pass: events of all accounts, including accounts
    /// that are created later, and events without an account.
    pub accounts: Option<Vec<AccountId>>,
    /// An event in a chat passes only if the chat has one of these types. An event without a chat always passes.
    pub chat_types: Vec<ChatType>,
}

impl Filter {
    /// The types of chats for a reader who names no types of chats. Status posts and channels are left out, because
    /// they would flood a CRM.
    pub const CHAT_TYPES: [ChatType; 2] = [ChatType::Direct, ChatType::Group];

    /// Whether the reader wants the event.
    pub fn passes(&self, event: &Event) -> bool {
        let is_about = |accounts: &Vec<AccountId>| event.account_id.is_some_and(|id| accounts.contains(&id));
        self.wants(event.payload.event_type())
            && self.accounts.as_ref().is_none_or(is_about)
            && event.payload.chat_type().is_none_or(|kind| self.chat_types.contains(&kind))
    }

    /// The types that the reader wants and has the permission to read. Other types are left out without an error.
    pub fn readable(&self, may: impl Fn(Permission) -> bool) -> Vec<EventType> {
        let all = EventType::ALL.iter().copied();
        all.filter(|kind| self.wants(*kind) && may(kind.needs())).collect()
    }

    /// All types of this version that the reader wants.
    pub fn event_types(&self) -> Vec<EventType> {
        self.readable(|_| true)
    }

    fn wants(&self, kind: EventType) -> bool {
        self.types.is_empty() || self.types.iter().any(|pattern| pattern.matches(kind))
    }
}

impl Default for Filter {
    fn default() -> Self {
        Self { types: Vec::new(), accounts: None, chat_types: Self::CHAT_TYPES.to_vec() }
    }
}

/// One type of events, a group of types such as `message.*`, or `*`. A stored group also matches types that a
/// later version adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TypePattern {
    /// Every type.
    Every,
    /// Every type that begins with this text and a dot.
    Family(&'static str),
    /// This type.
    One(EventType),
}

impl TypePattern {
    /// Every pattern: `*`, the groups, and the types.
    pub fn all() -> impl Iterator<Item = Self> {
        let types = EventType::ALL.iter().copied().map(Self::One);
        std::iter::once(Self::Every).chain(Self::families()).chain(types)
    }

    /// All groups, in the order of their types.
    pub fn families() -> impl Iterator<Item = Self> {
        let mut last = "";
        let families = EventType::ALL.iter().map(|kind| family(*kind));
        families.filter(move |family| std::mem::replace(&mut last, family) != *family).map(Self::Family)
    }

    fn matches(self, kind: EventType) -> bool {
        match self {
            Self::Every => true,
            Self::Family(name) => family(kind) == name,
            Self::One(one) => one == kind,
        }
    }
}

fn family(kind: EventType) -> &'static str {
    let code = kind.code();
    code.split_once('.').map_or(code, |(family, _)| family)
}

/// The text is neither a type of events nor a group of types.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be the type of an event such as message.received, a group such as message.*, or *")]
pub struct UnknownTypePattern;

impl FromStr for TypePattern {
    type Err = UnknownTypePattern;

    fn from_str(text: &str) -> Result<Self, UnknownTypePattern> {
        if text == "*" {
            return Ok(Self::Every);
        }
        match text.strip_suffix(".*") {
            Some(name) => Self::families()
                .find(|family| matches!(family, Self::Family(known) if *known == name))
                .ok_or(UnknownTypePattern),
            None => text.parse().map(Self::One).map_err(|_| UnknownTypePattern),
        }
    }
}

impl fmt::Display for TypePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every => f.write_str("*"),
            Self::Family(name) => write!(f, "{name}.*"),
            Self::One(kind) => kind.fmt(f),
        }
    }
}

impl Serialize for TypePattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TypePattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::account::DisplayName;
    use crate::event::{NewEvent, Payload, Seq};
    use crate::message::sample;

    fn event(account: u128, payload: Payload) -> Event {
        let (workspace, account) = (Uuid::from_u128(1).into(), Uuid::from_u128(account).into());
        let now = Timestamp::UNIX_EPOCH;
        NewEvent::of_account(workspace, account, payload, now, &mut rand::rng()).at(Seq::new(1))
    }

    fn received_in(kind: ChatType) -> Event {
        let mut message = sample();
        message.chat.kind = kind;
        event(2, Payload::MessageReceived { message: Box::new(message) })
    }

    fn of_types(patterns: &[&str]) -> Filter {
        Filter { types: patterns.iter().map(|text| text.parse().unwrap()).collect(), ..Filter::default() }
    }

    #[test]
    fn patterns_select_event_types() {
        let created =
            event(2, Payload::AccountCreated { display_name: "Shop".parse::<DisplayName>().unwrap() });
        let received = received_in(ChatType::Direct);
        for (patterns, expected) in [
            (&[][..], [true, true]),
            (&["*"], [true, true]),
            (&["message.*"], [false, true]),
            (&["account.created"], [true, false]),
            (&["account.created", "message.received"], [true, true]),
            (&["chat.*", "message.echo"], [false, false]),
        ] {
            let filter = of_types(patterns);
            assert_eq!([filter.passes(&created), filter.passes(&received)], expected, "{patterns:?}");
        }
    }

    #[test]
    fn a_pattern_is_read_back_as_it_is_written() {
        let families: Vec<String> = TypePattern::families().map(|family| family.to_string()).collect();
        assert!(families.starts_with(&["account.*".to_owned(), "message.*".to_owned()]), "{families:?}");
        for text in families.iter().map(String::as_str).chain(["*", "message.received"]) {
            let pattern: TypePattern = text.parse().unwrap();
            assert_eq!(serde_json::json!(pattern), text);
            assert_eq!(serde_json::from_value::<TypePattern>(text.into()).unwrap(), pattern);
        }
        for text in
            ["", "message", "message.", ".*", "*.*", "messages.*", "message.received.*", "message.rec*"]
        {
            assert_eq!(text.parse::<TypePattern>(), Err(UnknownTypePattern), "{text}");
        }
    }

    #[test]
    fn events_in_status_and_newsletter_chats_must_be_requested_by_name() {
        let all =
            [ChatType::Direct, ChatType::Group, ChatType::Status, ChatType::Newsletter, ChatType::Broadcast];
        let by_default = all.map(|kind| Filter::default().passes(&received_in(kind)));
        assert_eq!(by_default, [true, true, false, false, false]);
        let stories = Filter { chat_types: vec![ChatType::Status], ..Filter::default() };
        assert_eq!(all.map(|kind| stories.passes(&received_in(kind))), [false, false, true, false, false]);
        let none = Filter { chat_types: Vec::new(), ..Filter::default() };
        assert!(none.passes(&event(2, Payload::ContactErased { contact_id: Uuid::from_u128(3).into() })));
    }

    #[test]
    fn a_filter_for_certain_accounts_excludes_events_without_an_account() {
        let filter = Filter { accounts: Some(vec![Uuid::from_u128(2).into()]), ..Filter::default() };
        let erased = || Payload::ContactErased { contact_id: Uuid::from_u128(3).into() };
        assert!(filter.passes(&event(2, erased())));
        assert!(!filter.passes(&event(4, erased())));
        assert!(!filter.passes(&Event { account_id: None, ..event(2, erased()) }));
    }

    #[test]
    fn events_that_a_reader_may_not_see_are_left_out() {
        let of_accounts = |permission| permission == Permission::WhatsappRead;
        let of_messages = |permission| permission == Permission::MessagesRead;
        let filter = Filter::default();
        let (accounts, messages) = (filter.readable(of_accounts), filter.readable(of_messages));
        assert!(accounts.iter().all(|kind| kind.code().starts_with("account.")));
        assert!(messages.iter().all(|kind| !kind.code().starts_with("account.")));
        assert_eq!(accounts.len() + messages.len(), EventType::ALL.len());
        assert_eq!(of_types(&["message.received"]).readable(of_messages), [EventType::MessageReceived]);
        assert_eq!(of_types(&["message.received"]).readable(of_accounts), []);
    }
}
