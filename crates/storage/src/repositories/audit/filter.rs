//! Which entries of a chain to read, as SQL. The SQL contains only the conditions that the filter needs.

use linekeeper_model::Timestamp;
use linekeeper_model::audit::Action;
use uuid::Uuid;

use super::number;
use crate::db::Value;
use crate::repositories::code::millis;

/// Which entries to read.
#[derive(Debug, Clone, Copy, Default)]
pub struct AuditFilter {
    /// Only entries with a lower number in the chain.
    pub before: Option<u64>,
    /// Only actions of this user or API key.
    pub actor: Option<Uuid>,
    /// Only this action.
    pub action: Option<Action>,
    /// Only actions that changed this thing.
    pub target: Option<Uuid>,
    /// Only entries that were written at or after this time.
    pub from: Option<Timestamp>,
    /// Only entries that were written before this time.
    pub to: Option<Timestamp>,
    /// The maximum number of results.
    pub limit: u32,
}

/// The filter's values as text. They must live as long as the statement that uses them.
pub(super) struct Parameters {
    filter: AuditFilter,
    chain: String,
    actor: Option<String>,
    target: Option<String>,
}

impl AuditFilter {
    pub(super) fn parameters(&self, chain: String) -> Parameters {
        Parameters {
            filter: *self,
            chain,
            actor: self.actor.map(|id| id.to_string()),
            target: self.target.map(|id| id.to_string()),
        }
    }
}

impl Parameters {
    /// The SQL. [`Parameters::values`] returns its parameters in the same order.
    pub(super) fn sql(&self) -> String {
        let clauses = [
            (self.actor.is_some(), "actor_id = "),
            (self.filter.action.is_some(), "action = "),
            (self.target.is_some(), "target_id = "),
            (self.filter.from.is_some(), "at >= "),
            (self.filter.to.is_some(), "at < "),
        ];
        let mut sql = "SELECT seq, id, at, actor_kind, actor_id, action, target_kind, target_id, details
            FROM audit_log WHERE workspace_id = $1 AND seq < $2"
            .to_owned();
        for ((_, clause), place) in clauses.into_iter().filter(|(wanted, _)| *wanted).zip(4..) {
            sql += &format!(" AND {clause}${place}");
        }
        sql + " ORDER BY seq DESC LIMIT $3"
    }

    pub(super) fn values(&self) -> Vec<Value<'_>> {
        let AuditFilter { before, action, from, to, limit, .. } = self.filter;
        let before = before.map_or(i64::MAX, number);
        let mut values = vec![self.chain.as_str().into(), before.into(), i64::from(limit).into()];
        values.extend(self.actor.as_deref().map(Value::from));
        values.extend(action.map(|action| Value::from(action.code())));
        values.extend(self.target.as_deref().map(Value::from));
        values.extend([from, to].into_iter().flatten().map(|time| Value::from(millis(time))));
        values
    }
}
