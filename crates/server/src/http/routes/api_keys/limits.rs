//! The fields that say what a key is limited to, as they stand in bodies.

use std::collections::BTreeSet;

use linekeeper_model::Timestamp;
use linekeeper_model::access::Permission;
use linekeeper_model::id::AccountId;
use linekeeper_model::network::Network;
use serde_json::Value;

use crate::credentials::api_key::{MOST_ACCOUNTS, MOST_NETWORKS};
use crate::http::request::fault::{Fault, Faults};
use crate::http::request::value::{list, parsed, text};

pub(super) fn scopes(value: Value) -> Result<BTreeSet<Permission>, Faults> {
    match list(value, permission)? {
        scopes if scopes.is_empty() => {
            Err(Fault::new("too_short", "must name at least one permission").into())
        }
        scopes => Ok(scopes.into_iter().collect()),
    }
}

fn permission(value: Value) -> Result<Permission, Fault> {
    text(value.clone())?;
    serde_json::from_value(value).map_err(|_| Fault::new("invalid", "is not a permission"))
}

pub(super) fn accounts(value: Value) -> Result<Vec<AccountId>, Faults> {
    let accounts = bounded(list(value, parsed)?, MOST_ACCOUNTS, "account")?;
    let different: BTreeSet<&AccountId> = accounts.iter().collect();
    if different.len() < accounts.len() {
        return Err(Fault::new("invalid", "must name each account once").into());
    }
    Ok(accounts)
}

pub(super) fn networks(value: Value) -> Result<Vec<Network>, Faults> {
    Ok(bounded(list(value, parsed)?, MOST_NETWORKS, "network")?)
}

pub(super) fn end(value: Value) -> Result<Timestamp, Fault> {
    text(value)?.parse().map_err(|_| Fault::new("invalid", "must be a time such as 2027-01-01T00:00:00Z"))
}

/// An empty list could mean all or none: it means neither.
fn bounded<T>(list: Vec<T>, most: usize, thing: &str) -> Result<Vec<T>, Fault> {
    match list.len() {
        0 => Err(Fault::new("too_short", format!("must name at least one {thing}"))),
        some if some > most => Err(Fault::new("too_long", format!("must name at most {most} {thing}s"))),
        _ => Ok(list),
    }
}
