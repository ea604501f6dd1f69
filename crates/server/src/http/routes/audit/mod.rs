//! The audit log over HTTP: what handlers write into it, and the route that reads it. A change of the database is written
//! with the change, in its transaction; a wish to an account with the wish, by the account's actor.

mod entry_json;
pub(in crate::http) mod list;

use linekeeper_model::audit::NewEntry;

use crate::http::answer::error::ApiError;
use crate::http::state::Http;

/// Names of the fields that are different now. What changes nothing leaves no entry.
pub(in crate::http) fn changes<const N: usize>(fields: [(&'static str, bool); N]) -> Vec<&'static str> {
    fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// Writes an entry of its own, for what is about to happen elsewhere. What cannot be written must not happen.
pub(in crate::http) async fn record(http: &Http, entry: NewEntry) -> Result<(), ApiError> {
    let mut tx = http.storage.begin().await?;
    tx.audit().append(&entry).await?;
    Ok(tx.commit().await?)
}
