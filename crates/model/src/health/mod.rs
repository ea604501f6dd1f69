//! How an account is doing: a level, and the findings behind it, most important first. Pure: the caller passes the
//! snapshot and the time, and can ask when time alone will change the result.

mod change;
mod code;
mod last_hour;
mod rules;
mod snapshot;
#[cfg(test)]
mod tests;

pub use change::next_change;
pub use code::{FindingCode, UnknownCode};
pub use last_hour::{Deliveries, LastHour};
pub use snapshot::Snapshot;

use std::cmp::Reverse;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::status::Action;

/// The level, worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HealthStatus {
    /// Nothing to do.
    Healthy,
    /// Somebody should keep an eye on it.
    Warning,
    /// A person must act.
    Critical,
}

/// One finding behind a level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// A stable code.
    pub code: FindingCode,
    /// A sentence for people, with the current figures.
    pub message: String,
    /// What a person should do.
    pub action: Action,
}

impl Finding {
    /// The level if this finding is the only one.
    pub const fn level(&self) -> HealthStatus {
        self.code.level()
    }
}

/// The result of [`assess`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// The worst level of the findings; healthy if there are none.
    pub level: HealthStatus,
    /// The findings, worst first. Within a level: the connection, then WhatsApp's restrictions, the phone, and the
    /// usage.
    pub findings: Vec<Finding>,
}

/// Assesses the account in `snapshot` at `now`.
pub fn assess(snapshot: &Snapshot<'_>, now: Timestamp) -> Assessment {
    let mut findings = rules::findings(snapshot, now);
    findings.sort_by_key(|finding| Reverse(finding.level()));
    let level = findings.first().map_or(HealthStatus::Healthy, Finding::level);
    Assessment { level, findings }
}
