//! The people who sign in, and the workspace that they belong to.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::Role;
use crate::id::{UserId, WorkspaceId};
use crate::name;

/// A tenant: nothing ever crosses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// What people call it.
    pub name: String,
    /// IANA time zone whose midnight resets the daily counters, such as `Europe/Madrid`.
    pub time_zone: String,
    /// By this name other programs' tokens mean it.
    pub external_id: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// A person, or another program's user, wherever they are members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// How they prove who they are.
    pub login: Login,
    /// Whether signing in asks for a code of their authenticator as well.
    pub has_totp: bool,
    /// When they were first seen.
    pub created_at: Timestamp,
}

/// How somebody proves who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// With their address and a password.
    Email(Email),
    /// With a token of another program.
    External(ExternalId),
}

impl Login {
    /// The address, where they have one.
    pub const fn email(&self) -> Option<&Email> {
        match self {
            Self::Email(email) => Some(email),
            Self::External(_) => None,
        }
    }

    /// The name at another program, where they come from one.
    pub const fn external_id(&self) -> Option<&ExternalId> {
        match self {
            Self::Email(_) => None,
            Self::External(external) => Some(external),
        }
    }
}

/// A user's standing in one workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: User,
    /// Where.
    pub workspace_id: WorkspaceId,
    /// Their standing.
    pub role: Role,
    /// Whether they are told by e-mail when accounts need somebody.
    pub notify: bool,
    /// Up to when weekly reports told them what happened; `None` where they want none.
    pub reported_until: Option<Timestamp>,
    /// Since when.
    pub joined_at: Timestamp,
}

/// What another program calls one of its users: 1 to 255 characters, none of them a control character.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExternalId(String);

/// The text is no external id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 255 characters, and no control characters")]
pub struct InvalidExternalId;

impl ExternalId {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ExternalId {
    type Err = InvalidExternalId;

    fn from_str(text: &str) -> Result<Self, InvalidExternalId> {
        let fits = (1..=255).contains(&text.chars().count());
        if fits && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidExternalId)
        }
    }
}

/// An e-mail address in lower case, so that one mailbox is one user.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

/// The text is not an e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be an e-mail address of at most 254 characters")]
pub struct InvalidEmail;

impl Email {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = InvalidEmail;

    /// Checks the shape alone; only a message that arrives proves an address.
    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let (name, domain) = text.rsplit_once('@').ok_or(InvalidEmail)?;
        let plausible = text.len() <= 254
            && !name.is_empty()
            && !domain.is_empty()
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && !text.chars().any(|c| c.is_whitespace() || c.is_control())
            // What cannot be seen, or turns the text around it, makes one address look like another.
            && text.chars().all(name::is_plain);
        if plausible { Ok(Self(text.to_lowercase())) } else { Err(InvalidEmail) }
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Email {
    type Error = InvalidEmail;

    fn try_from(text: String) -> Result<Self, InvalidEmail> {
        text.parse()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_is_one_address() {
        assert_eq!("Ana@Example.org".parse::<Email>().unwrap().as_str(), "ana@example.org");
    }

    #[test]
    fn refuses_what_cannot_be_an_address() {
        for text in [
            "",
            "ana",
            "@example.org",
            "ana@",
            "a b@example.org",
            "ana@.org",
            "ana@org.",
            "an\u{200b}a@example.org",
            "\u{202e}ana@example.org",
        ] {
            assert_eq!(text.parse::<Email>(), Err(InvalidEmail), "{text}");
        }
    }
}
