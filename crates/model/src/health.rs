//! How an account is doing, from its connection and its use of the daily limit.

use serde::{Deserialize, Serialize};

use crate::limits::{DailyLimit, Usage};
use crate::status::{Action, ConnectionStatus, Status};

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The level that this finding alone would mean.
    #[serde(skip)]
    pub level: HealthStatus,
    /// A stable code.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// What a person should do.
    pub action: Action,
}

/// Percent of the daily limit from which on use is a warning.
const WARNING_FROM: f64 = 70.0;
/// Percent of the daily limit above which use is critical.
const CRITICAL_ABOVE: f64 = 90.0;

/// All findings, in the order in which a person should read them. None means healthy.
pub fn findings(status: &Status, usage: Usage, limit: DailyLimit) -> Vec<Finding> {
    connection(status).into_iter().chain(daily_use(usage, limit)).collect()
}

/// The worst level among `findings`.
pub fn level(findings: &[Finding]) -> HealthStatus {
    findings.iter().map(|f| f.level).max().unwrap_or(HealthStatus::Healthy)
}

/// An account at rest because its operator wants that is no alarm; one that waits to be linked is a warning.
fn connection(status: &Status) -> Option<Finding> {
    let level = match status.state {
        ConnectionStatus::Connected => return None,
        ConnectionStatus::Failed => HealthStatus::Critical,
        ConnectionStatus::Connecting | ConnectionStatus::Disconnected => HealthStatus::Warning,
    };
    Some(Finding {
        level,
        code: status.reason.code().to_owned(),
        message: status.message.clone(),
        action: status.action,
    })
}

fn daily_use(usage: Usage, limit: DailyLimit) -> Option<Finding> {
    let percentage = usage.percentage(limit);
    let level = match percentage {
        p if p > CRITICAL_ABOVE => HealthStatus::Critical,
        p if p >= WARNING_FROM => HealthStatus::Warning,
        _ => return None,
    };
    Some(Finding {
        level,
        code: "daily_limit_near".to_owned(),
        message: format!("{percentage:.0} % of today's {} messages are used.", limit.get()),
        action: Action::Wait,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Reason;
    use jiff::Timestamp;

    fn level_at(reason: Reason, sent: u32) -> HealthStatus {
        let status = Status::of(reason, Timestamp::UNIX_EPOCH);
        level(&findings(&status, Usage { sent, received: 0 }, DailyLimit::default()))
    }

    #[test]
    fn the_edges_of_daily_use() {
        let levels = [699, 700, 900, 901].map(|sent| level_at(Reason::Online, sent));
        assert_eq!(
            levels,
            [HealthStatus::Healthy, HealthStatus::Warning, HealthStatus::Warning, HealthStatus::Critical]
        );
    }

    #[test]
    fn failure_is_critical_and_reconnecting_a_warning() {
        assert_eq!(level_at(Reason::LoggedOut, 0), HealthStatus::Critical);
        assert_eq!(level_at(Reason::NetworkLost, 0), HealthStatus::Warning);
        assert_eq!(level_at(Reason::NetworkLost, 950), HealthStatus::Critical);
    }
}
