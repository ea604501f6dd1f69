//! What an operator sees about a connection: the state, its reason, and further details.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
pub use crate::reason::{Action, ConnectionStatus, Reason};

/// The status of one account's connection, as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The state.
    pub state: ConnectionStatus,
    /// The reason for the state.
    pub reason: Reason,
    /// A sentence for people.
    pub message: String,
    /// What a person should do.
    pub action: Action,
    /// Since when the account has this state and reason.
    pub since: Timestamp,
    /// When the server makes the next attempt, if one is planned.
    pub next_retry_at: Option<Timestamp>,
    /// How many attempts failed in a row.
    pub attempt: u32,
    /// When the status ends by itself, if WhatsApp gave the time. A ban for a limited time is an example.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// The failure with all details. Events and the API do not contain it, because the other fields say enough.
    #[serde(skip)]
    pub failure: Option<Failure>,
}

impl Status {
    /// The status for `reason`. It began at `since`.
    pub fn of(reason: Reason, since: Timestamp) -> Self {
        Self {
            state: reason.state(),
            reason,
            message: reason.message().to_owned(),
            action: reason.action(),
            since,
            next_retry_at: None,
            attempt: 0,
            until: None,
            failure: None,
        }
    }

    /// The status for `failure`. It began at `since`.
    pub fn of_failure(failure: Failure, since: Timestamp) -> Self {
        Self {
            message: failure.message(),
            until: failure.until(),
            failure: Some(failure),
            ..Self::of(failure.reason(), since)
        }
    }
}
