//! Passes inputs to the state machine, and carries out its effects.

use std::collections::VecDeque;
use std::time::Duration;

use linekeeper_model::connection::{Effect, End, Epoch, Input, Loss, Moment, State};
use linekeeper_model::status::{ConnectionStatus, Status};
use tokio::time::Instant;

use super::{Actor, Wake, links};

/// After a login, the account's details are looked up at a random time within this period, because nobody waits
/// for them.
const PATIENCE_AFTER_LOGIN: Duration = Duration::from_secs(20);

impl Actor {
    pub(super) async fn decide(&mut self, input: Input) {
        self.decide_at(self.moment(), input).await;
    }

    /// Logs a new status. If the account has failed, the level is warn, so that an operator who filters for warnings
    /// sees the status.
    fn log_status(&self, status: &Status) {
        let (account, state) = (self.record.account.id, status.state);
        let (reason, attempt) = (status.reason.code(), status.attempt);
        if state == ConnectionStatus::Failed {
            tracing::warn!(%account, ?state, reason, attempt, "status");
        } else {
            tracing::info!(%account, ?state, reason, attempt, "status");
        }
    }

    pub(super) fn moment(&self) -> Moment {
        Moment { now: self.now(), jitter: rand::random(), probe_every: self.dependencies.probe_every }
    }

    /// Passes an input to the state machine and carries out the effects. If an effect has a result, such as a failure,
    /// the result becomes the next input.
    pub(super) async fn decide_at(&mut self, moment: Moment, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let before = self.connection.status();
            let ended = self.end_in(&input);
            let (connection, effects) = self.connection.clone().next(input, moment);
            let state_before = std::mem::replace(&mut self.connection, connection);
            let after = self.connection.status();
            if (before.state, before.reason) != (after.state, after.reason) {
                self.log_status(&after);
            }
            self.count(state_before.state(), ended, moment.now);
            self.let_others_go();
            self.note_change(&before, state_before.state().clone());
            self.note_health();
            // The state is published before the effects are carried out. So nobody sees an outdated code, or
            // "connected" after the connection ended.
            self.publish();
            for effect in effects {
                if let Some(result) = self.carry_out(effect).await {
                    inputs.push_back(result);
                }
            }
            if self.record.is_dirty() {
                let now = self.now();
                self.record.save(now).await;
            }
            self.publish();
        }
    }

    /// Gives up the login turn and the pairing slot if this account no longer needs them.
    fn let_others_go(&mut self) {
        let state = self.connection.state();
        if !state.is_paced() {
            (self.queue, self.turn) = (None, None);
        }
        if !links(state) {
            self.pairing_slot = None;
        }
    }

    async fn carry_out(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Open(epoch) if self.connection.state().is_paced() && self.turn.is_none() => {
                let (pace, metrics) = (self.dependencies.pace.clone(), self.dependencies.metrics.clone());
                let began = Instant::now();
                let turn = async move {
                    let turn = pace.turn().await;
                    metrics.connections.queued(began.elapsed());
                    turn
                };
                self.queue = Some((epoch, Box::pin(turn)));
            }
            Effect::Open(epoch) => return Some(self.open(epoch).await),
            Effect::RequestCode(epoch, phone) => self.line.request_code(epoch, phone),
            Effect::Close => {
                self.queue = None;
                self.line.close().await;
            }
            Effect::Leave => return Some(self.leave().await),
            Effect::ClearSession => {
                if self.clear().await {
                    return Some(Input::SetAside);
                }
            }
            Effect::Forget => self.forget().await,
            Effect::WakeAt(epoch, at) => {
                let left = Duration::try_from(at.duration_since(self.now())).unwrap_or(Duration::ZERO);
                self.wake = Some(Wake { epoch, at, due: Instant::now() + left });
            }
            Effect::StayUnavailable => {
                self.line.stay_unavailable().await;
                self.look_up(PATIENCE_AFTER_LOGIN);
            }
        }
        None
    }

    /// Asks WhatsApp for the account's details at a random time within `patience`. So a thousand accounts that
    /// reconnect together do not all ask at the same time. A new account asks at once.
    pub(super) fn look_up(&mut self, patience: Duration) {
        let known = self.record.account.picture_id.clone();
        // `last_disconnected_at` shows whether the account is new. The time of the last connection cannot show it,
        // because every connection sets that time, also the first.
        let is_new = self.record.account.last_disconnected_at.is_none();
        let wait = if is_new { Duration::ZERO } else { patience.mul_f64(rand::random()) };
        self.line.look_up(known, wait);
    }

    /// Opens the connection. Call this when it is the account's turn to log in.
    pub(super) async fn dial(&mut self, epoch: Epoch) {
        let opened = self.open(epoch).await;
        self.decide(opened).await;
    }

    async fn open(&mut self, epoch: Epoch) -> Input {
        let account = self.record.account.id;
        let vault = self.dependencies.storage.vault().clone();
        let way = match self.way().await {
            Ok(way) => way,
            Err(error) => {
                tracing::warn!(%account, %error, "its settings could not be read, so that no connection is opened");
                return Input::Ended(epoch, End::Lost(Loss::Network));
            }
        };
        self.begin_attempt();
        if self.clear_at.is_some() && matches!(self.connection.state(), State::Pairing { .. }) {
            // The previous session could not be cleared yet. The pairing must not use it, so this attempt fails.
            return Input::Ended(epoch, End::Lost(Loss::Storage));
        }
        match self.line.open(epoch, &way, vault.take(account)).await {
            Ok(()) => self.opened(epoch).await,
            Err(error) => {
                tracing::warn!(%account, %error, "no connection could be opened");
                Input::Ended(epoch, error.end())
            }
        }
    }
}
