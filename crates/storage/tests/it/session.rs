//! Helpers for tests of sessions.

use linekeeper_model::id::AccountId;
use linekeeper_storage::VaultError;
use wacore::store::error::StoreError;

/// An account that no other test uses.
pub fn an_account() -> AccountId {
    AccountId::from(uuid::Uuid::from_u128(rand::random()))
}

/// The vault's error that the library's error contains.
#[track_caller]
pub fn cause<T>(answer: Result<T, StoreError>) -> VaultError {
    let Err(error) = answer else { panic!("the call went through") };
    let cause = match error {
        StoreError::Connection(cause) | StoreError::Serialization(cause) | StoreError::Database(cause) => {
            cause
        }
        other => panic!("not an error of the vault: {other:?}"),
    };
    *cause.downcast().expect("the source is the vault's error")
}
