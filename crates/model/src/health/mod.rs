//! How an account is doing: a level, and the findings that cause it, the worst first. This module only computes. The
//! caller passes a snapshot and the time. The caller can ask for the next time at which the same snapshot may give
//! another result.

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

/// How an account is doing, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HealthStatus {
    /// Nothing needs to be done.
    Healthy,
    /// A person should watch the account.
    Warning,
    /// A person must act.
    Critical,
}

/// Something that is wrong with an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The code of the finding.
    pub code: FindingCode,
    /// A sentence for people, with the current figures.
    pub message: String,
    /// What a person should do.
    pub action: Action,
}

impl Finding {
    /// The level of an account that has only this finding.
    pub const fn level(&self) -> HealthStatus {
        self.code.level()
    }
}

/// The result of [`assess`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// The worst level of the findings; `Healthy` if there are no findings.
    pub level: HealthStatus,
    /// The findings, the worst first. Findings of the same level have this order: the connection, WhatsApp's
    /// restrictions, the phone, the usage.
    pub findings: Vec<Finding>,
}

/// Assesses the account in `snapshot` at `now`.
pub fn assess(snapshot: &Snapshot<'_>, now: Timestamp) -> Assessment {
    let mut findings = rules::findings(snapshot, now);
    findings.sort_by_key(|finding| Reverse(finding.level()));
    let level = findings.first().map_or(HealthStatus::Healthy, Finding::level);
    Assessment { level, findings }
}
