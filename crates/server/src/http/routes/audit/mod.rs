//! The audit log over HTTP: helpers for handlers that write entries, and the route that reads them. The entry for
//! a change in the database is written in the transaction of the change. The entry for a command to an account is
//! written by the account's actor, together with the command.

mod entry_json;
pub(in crate::http) mod list;

use linekeeper_model::audit::NewEntry;

use crate::http::answer::error::ApiError;
use crate::http::state::Http;

/// Returns the names of the fields that a request changes. `fields` says for each field whether its new value differs
/// from its old one. If no field changes, the handler writes no entry.
pub(in crate::http) fn changes<const N: usize>(fields: [(&'static str, bool); N]) -> Vec<&'static str> {
    fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// Writes an entry about an action that another part of the server will carry out. If this function fails, the
/// action must not be carried out.
pub(in crate::http) async fn record(http: &Http, entry: NewEntry) -> Result<(), ApiError> {
    let mut tx = http.storage.begin().await?;
    tx.audit().append(&entry).await?;
    Ok(tx.commit().await?)
}
