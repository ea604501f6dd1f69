//! The audit log over HTTP: what handlers write into it, and the route that reads it. A change of the database is written
//! with the change, in its transaction; a wish to an account before the wish is passed on.

mod entry_json;
pub(super) mod list;
mod origin;
pub(super) mod strangers;

use linekeeper_model::audit::NewEntry;

use super::error::ApiError;
use super::state::Http;

pub(super) use origin::CalledFrom;

/// Writes an entry of its own, for what is about to happen elsewhere. What cannot be written must not happen.
pub(super) async fn record(http: &Http, entry: NewEntry) -> Result<(), ApiError> {
    let mut tx = http.storage.begin().await?;
    tx.audit().append(&entry).await?;
    Ok(tx.commit().await?)
}
