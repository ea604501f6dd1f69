//! The audit log: one chain of entries for each workspace and one for the installation. The `mac` of an entry covers
//! the entry and the `mac` of the previous entry. Computing a `mac` needs a key. So a person who can change rows, but
//! does not have the key, cannot change an entry without being noticed.

mod filter;
mod head;
mod row;
mod verify;

pub use filter::AuditFilter;
pub use head::{Head, InvalidHead, NotedHead};
pub use verify::{Chain, ChainFlaw, Flaw};

use linekeeper_model::audit::{Entry, NewEntry};
use linekeeper_model::id::{AuditEntryId, WorkspaceId};
use sqlx::AssertSqlSafe;

use super::code::Reader;
use crate::error::StorageError;
use crate::tx::Scope;
use row::{Link, StoredEntry, genesis};

/// The `audit_log` table, and the rows with the end of each chain.
pub struct Audit<'t>(pub(crate) Scope<'t>);

impl Audit<'_> {
    /// Appends an entry. The chain is locked until the transaction ends. So append to one chain only, and late in
    /// the transaction, just before its events.
    pub async fn append(&mut self, new: &NewEntry) -> Result<(), StorageError> {
        const TAKE: &str = "INSERT INTO audit_heads (workspace_id, seq, mac) VALUES ($1, 1, $2)
            ON CONFLICT (workspace_id) DO UPDATE SET seq = audit_heads.seq + 1 RETURNING seq, mac";
        const INSERT: &str = "INSERT INTO audit_log (workspace_id, seq, id, at, actor_kind, actor_id, action,
            target_kind, target_id, details, mac) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        const CLOSE: &str = "UPDATE audit_heads SET mac = $2 WHERE workspace_id = $1";
        let context = self.0.context;
        let chain = chain_name(new.workspace_id);
        let first = genesis(&context.cipher, &chain);
        let taken =
            self.0.connection.fetch_one(TAKE, &[chain.as_str().into(), first.as_slice().into()]).await?;
        let taken = Reader(&taken);
        let link = Link { chain: &chain, seq: taken.get("seq")?, previous: taken.digest("mac")? };

        let now = context.clock.now();
        let id = AuditEntryId::generate(now, &mut rand::rng());
        let entry = StoredEntry::of(new, id, now, &context.cipher);
        let mac = entry.mac(&context.cipher, &link);
        self.0.connection.execute(INSERT, &entry.values(&link, &mac)).await?;
        self.0.connection.execute(CLOSE, &[chain.as_str().into(), mac.as_slice().into()]).await?;
        Ok(())
    }

    /// Entries of a chain, latest first. `None` selects the installation's chain.
    pub async fn page(
        &mut self,
        workspace: Option<WorkspaceId>,
        filter: &AuditFilter,
    ) -> Result<Vec<Entry>, StorageError> {
        let parameters = filter.parameters(chain_name(workspace));
        let rows = self.0.connection.fetch_all(AssertSqlSafe(parameters.sql()), &parameters.values()).await?;
        rows.iter().map(|row| StoredEntry::read(&Reader(row))?.entry(&self.0.context.cipher)).collect()
    }

    /// Checks all entries of all chains. Also checks that the chains still contain the entries of `noted`. Returns one
    /// result for each chain, the installation's chain first.
    pub async fn verify(&mut self, noted: &[NotedHead]) -> Result<Vec<Chain>, StorageError> {
        verify::all(&mut self.0, noted).await
    }
}

/// The chain's name as it is stored.
fn chain_name(workspace: Option<WorkspaceId>) -> String {
    workspace.map(|id| id.to_string()).unwrap_or_default()
}

/// The number of an entry as it is stored. A stored number is never negative, unless somebody changed the row.
fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}
