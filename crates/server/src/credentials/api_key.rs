//! API keys. A key is `lk_` and 43 characters. It is shown once, and only its SHA-256 hash is stored.

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

/// The maximum number of characters of a key's name.
pub const LONGEST_NAME: usize = 100;

/// The properties of an API key that is to be created for a user.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// The name that people gave the key.
    pub name: KeyName,
    /// What the key may do.
    pub scopes: BTreeSet<Permission>,
    /// The accounts that the key may access, without duplicates. `None` means all accounts that the key's user may
    /// access.
    pub accounts: Option<Vec<AccountId>>,
    /// The only networks from which the key may be used. An empty list allows all networks.
    pub networks: Vec<Network>,
    /// The time from which the server refuses the key. `None` means never.
    pub expires_at: Option<Timestamp>,
}

/// The maximum number of accounts that one key may list.
pub const MOST_ACCOUNTS: usize = 500;
/// The maximum number of networks that one key may list.
pub const MOST_NETWORKS: usize = 50;

/// The name of a key: up to 100 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyName(String);

impl std::str::FromStr for KeyName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        name::check(text, LONGEST_NAME).map(Self)
    }
}

impl KeyName {
    /// Returns the name as text.
    pub fn into_text(self) -> String {
        self.0
    }
}

/// Creates an API key of `member` and its secret text. Nothing is stored yet.
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

/// Stores a new key. Only a hash of the key's text is stored. The audit entry names who created the key.
pub async fn store(tx: &mut Tx, key: &ApiKey, text: &Secret<String>, by: &By) -> Result<(), StorageError> {
    tx.api_keys().insert(key, KeyHash(random::hash(text.expose()))).await?;
    let entry = by.did(key.workspace_id, Action::ApiKeyCreated).on(key.id).with("userId", key.user_id);
    tx.audit().append(&entry).await?;
    Ok(())
}

/// Returns the hash with which to look up the key that a caller presents, or `None` if the text does not have the
/// format of a key.
pub fn lookup(presented: &str) -> Option<KeyHash> {
    let secret = presented.strip_prefix(PREFIX)?;
    random::is_well_formed(secret).then(|| KeyHash(random::hash(presented)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_shaped_like_a_key_is_looked_up() {
        let good = format!("lk_{}", "a".repeat(43));
        assert!(lookup(&good).is_some());
        for text in ["", "lk_", "lk_short", &good[3..], &good.to_uppercase(), &format!("{good}a")] {
            assert!(lookup(text).is_none(), "{text}");
        }
    }

    #[test]
    fn key_names_are_trimmed_and_limited_in_length() {
        assert_eq!("  CRM ".parse::<KeyName>().unwrap().0, "CRM");
        for text in ["", "  ", "a\nb", &"x".repeat(101)] {
            assert!(text.parse::<KeyName>().is_err());
        }
    }
}
