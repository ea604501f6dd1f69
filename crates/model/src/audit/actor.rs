//! Who did the action that an audit entry records.

use uuid::Uuid;

use crate::id::{ApiKeyId, UserId};

/// Who did the action, as far as the identity was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Somebody who signed in.
    Member(UserId),
    /// A program with a key.
    ApiKey(ApiKeyId),
    /// A user of another program, identified by a token.
    ForeignToken(UserId),
    /// Somebody at this machine's command line.
    CommandLine,
    /// The server itself.
    System,
    /// Somebody whose identity was not proven: a failed sign-in, or the opening of a pairing link.
    Nobody,
}

impl Actor {
    /// All kinds.
    pub const KINDS: [&str; 6] = ["member", "apiKey", "foreignToken", "commandLine", "system", "nobody"];

    /// The kind of actor, as other programs know it.
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

    /// The user's or the key's id.
    pub const fn id(self) -> Option<Uuid> {
        match self {
            Self::Member(user) | Self::ForeignToken(user) => Some(user.as_uuid()),
            Self::ApiKey(key) => Some(key.as_uuid()),
            Self::CommandLine | Self::System | Self::Nobody => None,
        }
    }

    /// The actor from its kind and id, as [`Actor::kind`] and [`Actor::id`] give them.
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
