//! The times in which no server was running. The event log shows such a time only after a server starts again. Until
//! then, it looks as if each account had kept its last status.

use jiff::{SignedDuration, Timestamp};

use super::figure::Standing;
use crate::status::ConnectionStatus;

/// The times in which no server was running, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outages(Vec<(Timestamp, Timestamp)>);

impl Outages {
    /// The shortest time without a sign of life that counts as an outage. A running server writes a sign of life twice
    /// a minute.
    pub const LEAST: SignedDuration = SignedDuration::from_secs(90);

    /// The times in which no server was running. Each item of `runs` is a period in which a server was running, from
    /// its start to its last sign of life. The periods are in order.
    pub fn between(runs: &[(Timestamp, Timestamp)]) -> Self {
        let pairs = runs.windows(2).map(|pair| (pair[0].1, pair[1].0));
        Self(pairs.filter(|(end, begin)| end < begin).collect())
    }

    /// Splits the time that an account spent in a state into parts with and without a running server. Only
    /// `Connected` and `Connecting` need a server. In other states, an account stays as it is when no server runs.
    pub fn stays(
        &self,
        state: ConnectionStatus,
        since: Timestamp,
        until: Timestamp,
    ) -> Vec<(Timestamp, Timestamp, Standing)> {
        let needs_server = matches!(state, ConnectionStatus::Connected | ConnectionStatus::Connecting);
        let standing = |ran| if ran || !needs_server { Standing::In(state) } else { Standing::NotRunning };
        self.split(since, until).into_iter().map(|(from, to, ran)| (from, to, standing(ran))).collect()
    }

    /// Splits a period into pieces. Each piece has its beginning, its end, and whether a server was running.
    fn split(&self, since: Timestamp, until: Timestamp) -> Vec<(Timestamp, Timestamp, bool)> {
        let mut pieces = Vec::new();
        let mut begin = since;
        for (end_of_run, next_run) in &self.0 {
            let (from, to) = ((*end_of_run).max(begin), (*next_run).min(until));
            if from < to {
                pieces.push((begin, from, true));
                pieces.push((from, to, false));
                begin = to;
            }
        }
        pieces.push((begin, until, true));
        pieces.retain(|(from, to, _)| from < to);
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_period_is_split_where_the_server_was_not_running() {
        let outages = Outages::between(&[(at(0), at(100)), (at(300), at(400)), (at(1_000), at(2_000))]);
        let split = |since, until| -> Vec<(i64, i64, bool)> {
            let pieces = outages.split(at(since), at(until));
            pieces.into_iter().map(|(from, to, ran)| (from.as_second(), to.as_second(), ran)).collect()
        };
        assert_eq!(split(10, 90), [(10, 90, true)]);
        assert_eq!(split(50, 350), [(50, 100, true), (100, 300, false), (300, 350, true)]);
        assert_eq!(split(150, 200), [(150, 200, false)]);
        assert_eq!(split(350, 1_100), [(350, 400, true), (400, 1_000, false), (1_000, 1_100, true)]);
        assert_eq!(split(90, 10), []);
        assert_eq!(Outages::default().split(at(1), at(2)), [(at(1), at(2), true)]);
    }
}
