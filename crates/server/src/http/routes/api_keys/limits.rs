//! The limits of an API key in request bodies.

use std::collections::BTreeSet;

use linekeeper_model::access::Permission;
use linekeeper_model::id::AccountId;
use linekeeper_model::network::Network;
use serde_json::{Value, json};

use crate::credentials::api_key::{MOST_ACCOUNTS, MOST_NETWORKS};
use crate::http::request::fault::{Fault, Faults};
use crate::http::request::value::{FromValue, some_of};

/// What a key may do.
pub(super) struct Scopes(pub BTreeSet<Permission>);

/// The only accounts that a key has access to.
pub(super) struct Accounts(pub Vec<AccountId>);

/// The only networks from which a key works.
pub(super) struct Networks(pub Vec<Network>);

impl FromValue for Scopes {
    fn read(value: Value) -> Result<Self, Faults> {
        match Vec::<Permission>::read(value)? {
            scopes if scopes.is_empty() => {
                Err(Fault::new("too_short", "must name at least one permission").into())
            }
            scopes => Ok(Self(scopes.into_iter().collect())),
        }
    }

    fn schema() -> Value {
        json!({ "type": "array", "items": Permission::schema(), "minItems": 1 })
    }
}

impl FromValue for Accounts {
    fn read(value: Value) -> Result<Self, Faults> {
        let accounts = some_of(Vec::read(value)?, MOST_ACCOUNTS, "account")?;
        let different: BTreeSet<&AccountId> = accounts.iter().collect();
        if different.len() < accounts.len() {
            return Err(Fault::new("invalid", "must name each account once").into());
        }
        Ok(Self(accounts))
    }

    fn schema() -> Value {
        json!({
            "type": "array", "items": AccountId::schema(), "minItems": 1, "maxItems": MOST_ACCOUNTS,
            "uniqueItems": true,
        })
    }
}

impl FromValue for Networks {
    fn read(value: Value) -> Result<Self, Faults> {
        Ok(Self(some_of(Vec::read(value)?, MOST_NETWORKS, "network")?))
    }

    fn schema() -> Value {
        json!({ "type": "array", "items": Network::schema(), "minItems": 1, "maxItems": MOST_NETWORKS })
    }
}
