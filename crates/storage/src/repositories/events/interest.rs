//! Which events a reader with a cursor reads, as SQL. Such a reader belongs to the server and may read all events.
//! Code that sends these events to a person must check the person's rights for each event.

use linekeeper_model::event::{EventType, Seq};
use linekeeper_model::id::{AccountId, WorkspaceId};

use super::columns::number;
use crate::db::Value;

/// Which events a reader reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interest {
    /// Only events of this workspace. If `None`, events of all workspaces.
    pub workspace: Option<WorkspaceId>,
    /// Only events of these types. If empty, no events.
    pub types: Vec<EventType>,
    /// Only events about these accounts. Events whose row names no account are always read. If `None`, events
    /// about all accounts.
    pub accounts: Option<Vec<AccountId>>,
}

/// The values as text. They must live as long as the statement that uses them.
pub(super) struct Bound<'i> {
    interest: &'i Interest,
    workspace: Option<String>,
    accounts: Vec<String>,
}

impl<'i> Bound<'i> {
    pub(super) fn of(interest: &'i Interest) -> Self {
        let accounts = interest.accounts.iter().flatten().map(ToString::to_string).collect();
        Self { interest, workspace: interest.workspace.map(|id| id.to_string()), accounts }
    }

    /// The SQL condition for events after `$1`. [`Bound::values`] returns all parameters in the same order.
    pub(super) fn condition(&self) -> String {
        let mut place = 1;
        let mut next = || {
            place += 1;
            format!("${place}")
        };
        let mut sql = "seq > $1".to_owned();
        if self.workspace.is_some() {
            sql += &format!(" AND workspace_id = {}", next());
        }
        if self.interest.accounts.is_some() {
            let accounts: Vec<String> = self.accounts.iter().map(|_| next()).collect();
            sql += &match accounts.as_slice() {
                [] => " AND account_id IS NULL".to_owned(),
                some => format!(" AND (account_id IS NULL OR account_id IN ({}))", some.join(", ")),
            };
        }
        let types: Vec<String> = self.interest.types.iter().map(|_| next()).collect();
        sql + &format!(" AND type IN ({})", types.join(", "))
    }

    /// All parameters of the statement. The last one is the maximum number of rows.
    pub(super) fn values(&self, after: Seq, limit: u32) -> Vec<Value<'_>> {
        let mut values = vec![number(after).into()];
        values.extend(self.workspace.iter().chain(&self.accounts).map(|id| Value::from(id.as_str())));
        values.extend(self.interest.types.iter().map(|wanted| Value::from(wanted.code())));
        values.push(i64::from(limit).into());
        values
    }
}
