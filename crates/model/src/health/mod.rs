//! How an account is doing: a level, and the findings behind it in the order in which a person should read them.
//! Pure: whoever asks brings the snapshot and the time, and may ask when time alone will change the answer.

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
    /// Keep an eye on it.
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
    /// A sentence for people, with the figures of the moment.
    pub message: String,
    /// What a person should do.
    pub action: Action,
}

impl Finding {
    /// The level that this finding alone would mean.
    pub const fn level(&self) -> HealthStatus {
        self.code.level()
    }
}

/// What [`assess`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// The worst of the findings; healthy where there is none.
    pub level: HealthStatus,
    /// The worst first; among equals the connection, then what WhatsApp restricts, the phone, and how much is sent.
    pub findings: Vec<Finding>,
}

/// How the account in `snapshot` is doing at `now`.
pub fn assess(snapshot: &Snapshot<'_>, now: Timestamp) -> Assessment {
    let mut findings = rules::findings(snapshot, now);
    findings.sort_by_key(|finding| Reverse(finding.level()));
    let level = findings.first().map_or(HealthStatus::Healthy, Finding::level);
    Assessment { level, findings }
}
