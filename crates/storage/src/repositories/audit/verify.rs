//! Reads chains from the first entry to the last, and finds the first entry that was changed. If somebody removed
//! the last entries and also changed the row that stores the chain's end, only a noted head can show this.

use super::head::{Head, NotedHead};
use super::row::{Link, StoredEntry, genesis};
use crate::error::StorageError;
use crate::repositories::code::Reader;
use crate::tx::Scope;

/// How many entries are in memory at a time.
const PAGE: i64 = 500;

/// The result of verifying one chain of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The id of the chain's workspace; empty for the installation's chain.
    pub name: String,
    /// The last entry up to which the chain is valid; `None` if not even the first entry is valid.
    pub head: Option<Head>,
    /// The first error in the chain; `None` if the chain is valid.
    pub flaw: Option<Flaw>,
}

/// Where a chain is invalid, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flaw {
    /// The number of the first invalid entry.
    pub seq: i64,
    /// What is wrong with that entry.
    pub what: ChainFlaw,
}

/// What is wrong with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainFlaw {
    /// There is no entry with this number.
    #[error("is missing")]
    Missing,
    /// The entry was changed, or it was copied from elsewhere.
    #[error("was altered, or is not from here")]
    Altered,
    /// The chain has more entries than its stored end says.
    #[error("stands behind the recorded end of the chain")]
    BehindEnd,
    /// The row with the chain's end is missing, or it names a different entry as the last one.
    #[error("is the last entry, but not the recorded end of the chain")]
    EndAltered,
    /// The entry differs from the noted head.
    #[error("is not the one of --head")]
    NotAsNoted,
}

pub(super) async fn all(scope: &mut Scope<'_>, noted: &[NotedHead]) -> Result<Vec<Chain>, StorageError> {
    const NAMES: &str = "SELECT workspace_id FROM audit_heads UNION SELECT workspace_id FROM audit_log
        ORDER BY workspace_id";
    let mut names = Vec::new();
    for row in scope.connection.fetch_all(NAMES, &[]).await? {
        names.push(row.get::<String>("workspace_id")?);
    }
    let gone = noted.iter().map(|noted| &noted.chain).filter(|name| !names.contains(name));
    names.extend(gone.cloned().collect::<Vec<_>>());
    let mut chains = Vec::new();
    for name in names {
        let heads: Vec<Head> =
            noted.iter().filter(|noted| noted.chain == name).map(|noted| noted.head).collect();
        chains.push(one(scope, name, &heads).await?);
    }
    Ok(chains)
}

async fn one(scope: &mut Scope<'_>, name: String, noted: &[Head]) -> Result<Chain, StorageError> {
    let mut walk = Walk { end: 0, mac: genesis(&scope.context.cipher, &name) };
    let mut flaw = entries(scope, &name, noted, &mut walk).await?;
    if flaw.is_none() {
        flaw = end(scope, &name, &walk).await?;
    }
    let cut = || noted.iter().any(|head| i64::try_from(head.seq).is_ok_and(|seq| seq > walk.end));
    if flaw.is_none() && cut() {
        flaw = Some(Flaw { seq: walk.end + 1, what: ChainFlaw::Missing });
    }
    let seq = u64::try_from(walk.end).expect("it counts up from 0");
    Ok(Chain { name, head: (seq > 0).then_some(Head { seq, mac: walk.mac }), flaw })
}

/// How far a chain has been checked and found valid.
struct Walk {
    end: i64,
    mac: [u8; 32],
}

async fn entries(
    scope: &mut Scope<'_>,
    name: &str,
    noted: &[Head],
    walk: &mut Walk,
) -> Result<Option<Flaw>, StorageError> {
    const SQL: &str = "SELECT seq, id, at, actor_kind, actor_id, action, target_kind, target_id, details, mac
        FROM audit_log WHERE workspace_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    let mut after = i64::MIN;
    loop {
        let rows = scope.connection.fetch_all(SQL, &[name.into(), after.into(), PAGE.into()]).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        after = last.get("seq")?;
        for row in &rows {
            let row = Reader(row);
            let entry = StoredEntry::read(&row)?;
            let seq = walk.end + 1;
            if entry.seq > seq {
                return Ok(Some(Flaw { seq, what: ChainFlaw::Missing }));
            }
            let mac = entry.mac(&scope.context.cipher, &Link { chain: name, seq, previous: walk.mac });
            if entry.seq < seq || row.get::<Vec<u8>>("mac")? != mac {
                return Ok(Some(Flaw { seq: entry.seq, what: ChainFlaw::Altered }));
            }
            if noted.iter().any(|head| i64::try_from(head.seq) == Ok(seq) && head.mac != mac) {
                return Ok(Some(Flaw { seq, what: ChainFlaw::NotAsNoted }));
            }
            *walk = Walk { end: seq, mac };
        }
    }
}

/// Compares the chain's last entry with the row that stores the chain's end.
async fn end(scope: &mut Scope<'_>, name: &str, walk: &Walk) -> Result<Option<Flaw>, StorageError> {
    const SQL: &str = "SELECT seq, mac FROM audit_heads WHERE workspace_id = $1";
    let row = scope.connection.fetch_optional(SQL, &[name.into()]).await?;
    let Some(row) = row else {
        return Ok((walk.end > 0).then_some(Flaw { seq: walk.end, what: ChainFlaw::EndAltered }));
    };
    let seq: i64 = row.get("seq")?;
    let same = row.get::<Vec<u8>>("mac")? == walk.mac;
    Ok(match seq {
        seq if seq > walk.end => Some(Flaw { seq: walk.end + 1, what: ChainFlaw::Missing }),
        seq if seq < walk.end => Some(Flaw { seq: seq.saturating_add(1), what: ChainFlaw::BehindEnd }),
        _ if !same => Some(Flaw { seq, what: ChainFlaw::EndAltered }),
        _ => None,
    })
}
