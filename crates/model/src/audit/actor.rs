//! Who did the action that an audit entry records.

use uuid::Uuid;

use crate::id::{ApiKeyId, UserId};

/// The person or program that did the action, if the identity was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A person who signed in.
    Member(UserId),
    /// A program with an API key.
    ApiKey(ApiKeyId),
    /// A user who signs in with a token of the CRM. The server trusts the tokens of this CRM.
    ForeignToken(UserId),
    /// A person at the command line of this machine.
    CommandLine,
    /// The server itself.
    System,
    /// A person whose identity was not proven, for example at a failed sign-in or when a pairing link is opened.
    Nobody,
}

impl Actor {
    /// All kinds of actors.
    pub const KINDS: [&str; 6] = ["member", "apiKey", "foreignToken", "commandLine", "system", "nobody"];

    /// The kind of the actor, as the API shows it.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Member(_) => "member",
            Self::ApiKey(_) => "apiKey",
            Self::ForeignToken(_) => "foreignToken",
            Self::CommandLine => "commandLine",
            Self::System => "system",
            Self::Nobody => "nobody",
        }
    }

    /// The id of the user or of the API key; `None` for other actors.
    pub const fn id(self) -> Option<Uuid> {
        match self {
            Self::Member(user) | Self::ForeignToken(user) => Some(user.as_uuid()),
            Self::ApiKey(key) => Some(key.as_uuid()),
            Self::CommandLine | Self::System | Self::Nobody => None,
        }
    }

    /// Reads an actor from the kind and id that [`Actor::kind`] and [`Actor::id`] return. `None` if the two do not
    /// belong together.
    pub fn of(kind: &str, id: Option<Uuid>) -> Option<Self> {
        match (kind, id) {
            ("member", Some(id)) => Some(Self::Member(id.into())),
            ("apiKey", Some(id)) => Some(Self::ApiKey(id.into())),
            ("foreignToken", Some(id)) => Some(Self::ForeignToken(id.into())),
            ("commandLine", None) => Some(Self::CommandLine),
            ("system", None) => Some(Self::System),
            ("nobody", None) => Some(Self::Nobody),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_read_back_from_its_stored_parts() {
        let id = Uuid::from_u128(7);
        let kinds = Actor::KINDS.map(|kind| {
            let actor = Actor::of(kind, None).or_else(|| Actor::of(kind, Some(id))).unwrap();
            assert_eq!(Actor::of(actor.kind(), actor.id()), Some(actor));
            actor.kind()
        });
        assert_eq!(kinds, Actor::KINDS);
        assert_eq!((Actor::of("member", None), Actor::of("system", Some(id))), (None, None));
    }
}
