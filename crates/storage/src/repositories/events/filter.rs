//! Which events to read, as SQL. Only the clauses that a filter needs are there, so that each finds its index.

use linekeeper_model::event::{EventType, Seq};
use linekeeper_model::id::{AccountId, UserId, WorkspaceId};

use super::columns::number;
use crate::db::Value;

/// Which events of a workspace to read.
#[derive(Debug, Clone, Copy, Default)]
pub struct EventFilter<'f> {
    /// Only those after this place.
    pub after: Seq,
    /// Only those of these types; of all types where it is empty.
    pub types: &'f [EventType],
    /// Only those about this account.
    pub account: Option<AccountId>,
    /// Only those about accounts that this user connected.
    pub owner: Option<UserId>,
    /// At most so many.
    pub limit: u32,
}

/// The texts that must live as long as the statement that binds them.
pub(super) struct Parameters<'f> {
    filter: EventFilter<'f>,
    workspace: String,
    account: Option<String>,
    owner: Option<String>,
}

impl<'f> EventFilter<'f> {
    pub(super) fn parameters(&self, workspace: WorkspaceId) -> Parameters<'f> {
        Parameters {
            filter: *self,
            workspace: workspace.to_string(),
            account: self.account.map(|id| id.to_string()),
            owner: self.owner.map(|id| id.to_string()),
        }
    }

    /// Its parameters are in the order of [`Parameters::values`].
    pub(super) fn sql(&self) -> String {
        let mut sql = "SELECT seq, id, workspace_id, account_id, occurred_at, payload FROM events
            WHERE workspace_id = $1 AND seq > $2"
            .to_owned();
        let mut place = 4;
        let mut next = || {
            let parameter = format!("${place}");
            place += 1;
            parameter
        };
        if self.account.is_some() {
            sql += &format!(" AND account_id = {}", next());
        }
        if self.owner.is_some() {
            sql += &format!(" AND account_id IN (SELECT id FROM accounts WHERE user_id = {})", next());
        }
        if !self.types.is_empty() {
            let types: Vec<String> = self.types.iter().map(|_| next()).collect();
            sql += &format!(" AND type IN ({})", types.join(", "));
        }
        sql + " ORDER BY seq LIMIT $3"
    }
}

impl Parameters<'_> {
    pub(super) fn values(&self) -> Vec<Value<'_>> {
        let EventFilter { after, limit, types, .. } = self.filter;
        let mut values = vec![self.workspace.as_str().into(), number(after).into(), i64::from(limit).into()];
        values.extend([&self.account, &self.owner].into_iter().flatten().map(|id| Value::from(id.as_str())));
        values.extend(types.iter().map(|wanted| Value::from(wanted.code())));
        values
    }
}
