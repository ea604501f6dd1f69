//! API keys: `lk_` and 43 characters, shown once, stored as their SHA-256.

use std::collections::BTreeSet;

use linekeeper_model::Timestamp;
use linekeeper_model::access::Permission;
use linekeeper_model::api_key::{ApiKey, PREFIX};
use linekeeper_model::audit::{Action, By};
use linekeeper_model::id::{AccountId, ApiKeyId};
use linekeeper_model::name::{self, InvalidName};
use linekeeper_model::network::Network;
use linekeeper_model::secret::Secret;
use linekeeper_model::user::Member;
use linekeeper_storage::{KeyHash, StorageError, Tx};
use rand::CryptoRng;

use super::random;

/// Most characters that a key's name may have.
pub const LONGEST_NAME: usize = 100;

/// A key that is to be made for a user.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// What people call it.
    pub name: KeyName,
    /// What it may do.
    pub scopes: BTreeSet<Permission>,
    /// The only accounts that it reaches, each once; `None` for all that its user reaches.
    pub accounts: Option<Vec<AccountId>>,
    /// The only networks from which it may be used; from anywhere where there are none.
    pub networks: Vec<Network>,
    /// From when on it is refused.
    pub expires_at: Option<Timestamp>,
}

/// Most accounts that one key may list.
pub const MOST_ACCOUNTS: usize = 500;
/// Most networks that one key may list.
pub const MOST_NETWORKS: usize = 50;

/// What people call a key: up to 100 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyName(String);

impl std::str::FromStr for KeyName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        name::check(text, LONGEST_NAME).map(Self)
    }
}

impl KeyName {
    /// The text.
    pub fn into_text(self) -> String {
        self.0
    }
}

/// Makes a key of `member` and its text. Nothing is stored yet.
pub fn mint(
    member: &Member,
    new: NewApiKey,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> (ApiKey, Secret<String>) {
    let text = Secret::new(format!("{PREFIX}{}", random::secret_text(rng).expose()));
    let key = ApiKey {
        id: ApiKeyId::generate(now, rng),
        workspace_id: member.workspace_id,
        user_id: member.user.id,
        name: new.name.0,
        scopes: new.scopes,
        accounts: new.accounts,
        networks: new.networks,
        created_at: now,
        expires_at: new.expires_at,
        used_at: None,
    };
    (key, text)
}

/// Stores a key that was made, of whose text nobody can get more than the hash again.
/// The audit log says by whom.
pub async fn store(tx: &mut Tx, key: &ApiKey, text: &Secret<String>, by: &By) -> Result<(), StorageError> {
    tx.api_keys().insert(key, KeyHash(random::hash(text.expose()))).await?;
    let entry = by.did(key.workspace_id, Action::ApiKeyCreated).on(key.id).with("userId", key.user_id);
    tx.audit().append(&entry).await?;
    Ok(())
}

/// The hash to look a presented key up by; `None` where it cannot be one of ours.
pub fn lookup(presented: &str) -> Option<KeyHash> {
    let secret = presented.strip_prefix(PREFIX)?;
    random::is_well_formed(secret).then(|| KeyHash(random::hash(presented)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_shape_is_looked_up() {
        let good = format!("lk_{}", "a".repeat(43));
        assert!(lookup(&good).is_some());
        for text in ["", "lk_", "lk_short", &good[3..], &good.to_uppercase(), &format!("{good}a")] {
            assert!(lookup(text).is_none(), "{text}");
        }
    }

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!("  CRM ".parse::<KeyName>().unwrap().0, "CRM");
        for text in ["", "  ", "a\nb", &"x".repeat(101)] {
            assert!(text.parse::<KeyName>().is_err());
        }
    }
}
