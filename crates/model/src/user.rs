//! Users, and the workspaces that they are members of.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::Role;
use crate::id::{UserId, WorkspaceId};
use crate::name;

/// A workspace. Its data is separate from the data of all other workspaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// The workspace's id.
    pub id: WorkspaceId,
    /// The name of the workspace.
    pub name: String,
    /// The IANA time zone, such as `Europe/Madrid`. The daily counters are reset at midnight in this zone.
    pub time_zone: String,
    /// The id of this workspace in the tokens of the CRM that the server trusts.
    pub external_id: Option<String>,
    /// When the workspace was created.
    pub created_at: Timestamp,
}

/// A user signs in with an e-mail address and a password, or with a token of the CRM that the server trusts (single
/// sign-on). A user may be a member of several workspaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The user's id.
    pub id: UserId,
    /// How the user proves who they are.
    pub login: Login,
    /// Whether the user must also enter a code of an authenticator to sign in.
    pub has_totp: bool,
    /// When the user was created.
    pub created_at: Timestamp,
}

/// How a user proves who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// The user signs in with an e-mail address and a password.
    Email(Email),
    /// The user signs in with a token of the CRM that the server trusts.
    External(ExternalId),
}

impl Login {
    /// The e-mail address, if the user has one.
    pub const fn email(&self) -> Option<&Email> {
        match self {
            Self::Email(email) => Some(email),
            Self::External(_) => None,
        }
    }

    /// The user's id at the CRM that the server trusts. `None` if the user signs in with an e-mail address.
    pub const fn external_id(&self) -> Option<&ExternalId> {
        match self {
            Self::Email(_) => None,
            Self::External(external) => Some(external),
        }
    }
}

/// A user as a member of one workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The user.
    pub user: User,
    /// The id of the workspace.
    pub workspace_id: WorkspaceId,
    /// The user's role.
    pub role: Role,
    /// Whether the member gets an e-mail when accounts need attention.
    pub notify: bool,
    /// The end of the period that the last weekly report covered. `None` if the member wants no reports.
    pub reported_until: Option<Timestamp>,
    /// When the user became a member.
    pub joined_at: Timestamp,
}

/// The id of a user at the CRM whose tokens the server trusts: 1 to 255 characters without control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExternalId(String);

/// The text is not an external id.
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

/// An e-mail address in lower case, so that one mailbox cannot belong to two users.
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

    /// Checks only the syntax. Only a mail that arrives proves that the address exists.
    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let (name, domain) = text.rsplit_once('@').ok_or(InvalidEmail)?;
        let plausible = text.len() <= 254
            && !name.is_empty()
            && !domain.is_empty()
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && !text.chars().any(|c| c.is_whitespace() || c.is_control())
            // Invisible characters and direction marks could make one address look like another one.
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
    fn email_addresses_are_converted_to_lower_case() {
        assert_eq!("Ana@Example.org".parse::<Email>().unwrap().as_str(), "ana@example.org");
    }

    #[test]
    fn invalid_addresses_are_refused() {
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
