//! Which events to read, as SQL. The SQL contains only the conditions that the filter needs, so that the database
//! can use an index.

use linekeeper_model::event::{EventType, Seq};
use linekeeper_model::id::AccountId;
use linekeeper_model::message::ChatType;

use super::columns::number;
use crate::db::Value;
use crate::repositories::Reach;

/// Which events to read. If the caller reaches only some accounts of the workspace, only events about those
/// accounts are read.
#[derive(Debug, Clone, Copy, Default)]
pub struct EventFilter<'f> {
    /// Only events with a greater number.
    pub after: Seq,
    /// Only events of these types. If empty, events of all types.
    pub types: &'f [EventType],
    /// Only events in chats of these types, and events without a chat. If empty, all events.
    pub chat_types: &'f [ChatType],
    /// Only events about these accounts.
    pub accounts: Option<&'f [AccountId]>,
    /// The maximum number of results.
    pub limit: u32,
}

/// The filter's values as text. They must live as long as the statement that uses them.
pub(super) struct Parameters<'f> {
    filter: EventFilter<'f>,
    workspace: String,
    accounts: Option<Vec<String>>,
    user: Option<String>,
    key: Option<String>,
}

impl<'f> EventFilter<'f> {
    pub(super) fn parameters(&self, reach: Reach) -> Parameters<'f> {
        let (workspace, user, key) = reach.columns();
        let accounts = self.accounts.map(|accounts| accounts.iter().map(ToString::to_string).collect());
        Parameters { filter: *self, workspace, accounts, user, key }
    }
}

impl Parameters<'_> {
    /// The statement. [`Parameters::values`] returns its parameters in the same order.
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
        if let Some(accounts) = &self.accounts {
            let accounts: Vec<String> = accounts.iter().map(|_| next()).collect();
            // An empty list of accounts must match no event, not all events.
            let accounts = if accounts.is_empty() { "NULL".to_owned() } else { accounts.join(", ") };
            sql += &format!(" AND account_id IN ({accounts})");
        }
        if self.user.is_some() {
            let user = next();
            sql += &format!(
                " AND account_id IN (SELECT id FROM accounts WHERE user_id = {user}
                  UNION SELECT account_id FROM account_shares WHERE user_id = {user})"
            );
        }
        if self.key.is_some() {
            sql += &format!(
                " AND account_id IN (SELECT account_id FROM api_key_accounts WHERE key_id = {})",
                next()
            );
        }
        if !self.filter.types.is_empty() {
            let types: Vec<String> = self.filter.types.iter().map(|_| next()).collect();
            sql += &format!(" AND type IN ({})", types.join(", "));
        }
        if !self.filter.chat_types.is_empty() {
            let kinds: Vec<String> = self.filter.chat_types.iter().map(|_| next()).collect();
            sql += &format!(" AND (chat_type IS NULL OR chat_type IN ({}))", kinds.join(", "));
        }
        sql + " ORDER BY seq LIMIT $3"
    }

    pub(super) fn values(&self) -> Vec<Value<'_>> {
        let EventFilter { after, limit, types, chat_types, .. } = self.filter;
        let mut values = vec![self.workspace.as_str().into(), number(after).into(), i64::from(limit).into()];
        let accounts = self.accounts.iter().flatten();
        let ids = accounts.chain(&self.user).chain(&self.key);
        values.extend(ids.map(|id| Value::from(id.as_str())));
        values.extend(types.iter().map(|wanted| Value::from(wanted.code())));
        values.extend(chat_types.iter().map(|kind| Value::from(kind.code())));
        values
    }
}
