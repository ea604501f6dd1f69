//! Checks that a caller may give an API key the requested rights. The key must not have more rights than the
//! caller.

use linekeeper_model::Timestamp;
use linekeeper_model::api_key::ApiKey;
use linekeeper_storage::Tx;

use crate::credentials::standing::Standing;
use crate::http::answer::error::{ApiError, FieldError};

/// The maximum number of errors in one answer.
const MOST_ERRORS: usize = 50;

/// Refuses if `key` would have a right that `giver` does not have.
pub(super) async fn check(
    tx: &mut Tx,
    giver: &Standing,
    key: &ApiKey,
    now: Timestamp,
) -> Result<(), ApiError> {
    let own = giver.key.as_ref();
    if let Some(more) = key.scopes.iter().find(|scope| !giver.may(**scope)) {
        return Err(ApiError::PermissionDenied(*more));
    }
    let mut errors = Vec::new();
    let mut fail = |field: String, code, message: &str| {
        if errors.len() < MOST_ERRORS {
            errors.push(FieldError { field, code, message: message.to_owned() });
        }
    };
    match &key.accounts {
        None if giver.lists_accounts() => fail(
            "accounts".to_owned(),
            "out_of_range",
            "must name accounts: the key that you use is limited to some",
        ),
        accounts => {
            for (index, account) in accounts.iter().flatten().enumerate() {
                if !tx.accounts().is_within(giver.reach(), *account).await? {
                    fail(format!("accounts[{index}]"), "invalid", "is not an account that you can reach");
                }
            }
        }
    }
    let bounds = own.map_or(&[][..], |own| own.networks.as_slice());
    if !bounds.is_empty() && key.networks.is_empty() {
        fail(
            "networks".to_owned(),
            "out_of_range",
            "must name networks: the key that you use is limited to some",
        );
    }
    for (index, network) in key.networks.iter().enumerate() {
        if !bounds.is_empty() && !bounds.iter().any(|bound| bound.covers(network)) {
            fail(
                format!("networks[{index}]"),
                "out_of_range",
                "must be within the networks of the key that you use",
            );
        }
    }
    if key.expires_at.is_some_and(|end| end <= now) {
        fail("expiresAt".to_owned(), "out_of_range", "must be in the future");
    }
    let latest = own.and_then(|own| own.expires_at);
    if latest.is_some_and(|latest| key.expires_at.is_none_or(|end| end > latest)) {
        fail(
            "expiresAt".to_owned(),
            "out_of_range",
            "must not be later than the end of the key that you use",
        );
    }
    if errors.is_empty() { Ok(()) } else { Err(ApiError::Validation(errors)) }
}
