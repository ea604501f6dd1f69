//! Records each attempt to connect, from its beginning to its end, for metrics and traces. This module makes no
//! decisions.

use std::time::Duration;

use linekeeper_model::connection::{End, Input, Probe, State};
use tokio::time::Instant;
use tracing::Span;
use tracing::field::Empty;

use super::Actor;
use crate::telemetry::metrics::ConnectKind;
use crate::telemetry::traces::TARGET;

/// An attempt to connect that is still in progress. It ends when the login succeeds, when the connection ends, or when
/// the actor gives the attempt up.
pub(super) struct Attempt {
    kind: ConnectKind,
    began: Instant,
    span: Span,
}

impl Attempt {
    /// Reports to traces how the attempt ended.
    fn tell(&self, outcome: &str, reason: &str) {
        self.span.record("outcome", outcome);
        self.span.record("reason", reason);
    }
}

impl Actor {
    /// Begins to record an attempt if a connection is being opened.
    pub(super) fn begin_attempt(&mut self) {
        let kind = match self.connection.state() {
            State::Pairing { .. } => ConnectKind::Pairing,
            State::Linking { .. } => ConnectKind::Linking,
            State::Exhausted { probe: Probe::Running, .. } => ConnectKind::Probe,
            _ => ConnectKind::Login,
        };
        self.dependencies.metrics.connections.begun(kind);
        // Each attempt gets its own trace. One trace for the whole account would last for weeks.
        let span = tracing::info_span!(
            target: TARGET, parent: None, "connect", account = %self.record.account.id, kind = kind.name(),
            attempt = self.connection.status().attempt, outcome = Empty, reason = Empty
        );
        self.attempt = Some(Attempt { kind, began: Instant::now(), span });
    }

    /// If `input` reports that the current connection ended, returns how it ended.
    pub(super) fn end_in(&self, input: &Input) -> Option<End> {
        match input {
            Input::Ended(epoch, end) if *epoch == self.connection.epoch() => Some(*end),
            _ => None,
        }
    }

    /// Updates the metrics after a decision. `before` is the state before the decision. If the input of the decision
    /// was the end of the connection, `ended` says how the connection ended.
    pub(super) fn count(&mut self, before: &State, ended: Option<End>, now: jiff::Timestamp) {
        let metrics = &self.dependencies.metrics.connections;
        let (state, was_online) = (self.connection.state(), matches!(before, State::Online { .. }));
        if let Some(end) = ended {
            if let Some(attempt) = self.attempt.take() {
                attempt.tell("ended", state.reason().code());
            }
            if was_online { metrics.lost(end) } else { metrics.failed(end) }
        }
        match state {
            State::Online { .. } if !was_online => {
                if let Some(attempt) = self.attempt.take() {
                    attempt.tell("connected", state.reason().code());
                    metrics.connected(attempt.kind, attempt.began.elapsed());
                }
            }
            State::Waiting { until, .. } if !matches!(before, State::Waiting { .. }) => {
                let delay = Duration::try_from(until.duration_since(now));
                metrics.waits(delay.unwrap_or(Duration::ZERO));
            }
            // The attempt was abandoned.
            State::Idle(_) | State::Failed(_) => {
                if let Some(attempt) = self.attempt.take() {
                    attempt.tell("given_up", state.reason().code());
                }
            }
            _ => {}
        }
    }
}
