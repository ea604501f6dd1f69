//! The transitions. Each arm says what an input means in a state; everything else changes nothing.

use std::time::Duration;

use jiff::Timestamp;

use super::{Connection, Effect, End, Epoch, Failure, Input, Loss, Moment, Rest, State, WrongPhone};
use crate::backoff;
use crate::pairing::{self, QrCode, Step};

/// Planned restarts in a row before they count as failures: a server that repeats 515 must not make us spin.
const RESTARTS: u8 = 3;

/// How long a login may take: dial, handshake and up to 60 s of offline messages (whatsapp-rust 0.7.0).
const LOGIN_WITHIN: Duration = Duration::from_secs(90);

/// The first login also fetches the app state; the library gives up on that after 180 s.
const FIRST_LOGIN_WITHIN: Duration = Duration::from_secs(210);

impl Connection {
    /// The next state, and what has to be done to get there.
    pub fn next(self, input: Input, moment: Moment) -> (Self, Vec<Effect>) {
        if input.epoch().is_some_and(|epoch| epoch != self.epoch) {
            return (self, Vec::new());
        }
        let reason = self.state.reason();
        let since = self.since;
        let (mut connection, effects) = self.decide(input, moment);
        connection.since = if connection.state.reason() == reason { since } else { moment.now };
        (connection, effects)
    }

    fn decide(self, input: Input, moment: Moment) -> (Self, Vec<Effect>) {
        match input {
            Input::Link { linked } => self.link(linked, moment),
            Input::Resume { linked } => self.resume(linked, moment),
            Input::Pause => self.pause(),
            Input::Disconnect => self.disconnect(),
            Input::Wake(_) => self.wake(moment),
            Input::QrCode(_, qr) => match self.state {
                State::Pairing { window_ends, failures, .. } => {
                    let code = QrCode {
                        text: qr.text,
                        expires_at: window_ends,
                        refresh_at: qr.refresh_at.min(window_ends),
                    };
                    self.stay(State::Pairing { step: Step::ShowQr(code), window_ends, failures })
                }
                _ => (self, Vec::new()),
            },
            Input::Paired(epoch) => match self.state {
                State::Pairing { .. } => {
                    let (next, mut effects) = self.stay(State::Linking { restarts: 0, failures: 0 });
                    effects.push(Effect::WakeAt(epoch, moment.now + FIRST_LOGIN_WITHIN));
                    (next, effects)
                }
                _ => (self, Vec::new()),
            },
            Input::WrongPhone(_, wrong) => match self.state {
                State::Pairing { .. } => {
                    let failure = Failure::PhoneMismatch { taken: wrong == WrongPhone::Taken };
                    self.settle(State::Failed(failure), vec![Effect::Logout, Effect::ClearSession])
                }
                _ => (self, Vec::new()),
            },
            Input::LoggedIn(_) => match self.state {
                State::Linking { failures, .. } | State::Connecting { failures, .. } => {
                    let online = State::Online { since: moment.now, failures };
                    let (next, mut effects) = self.stay(online);
                    effects.push(Effect::StayUnavailable);
                    (next, effects)
                }
                _ => (self, Vec::new()),
            },
            Input::Ended(_, end) => self.ended(end, moment),
        }
    }

    fn link(self, linked: bool, moment: Moment) -> (Self, Vec<Effect>) {
        match self.state {
            State::Online { .. }
            | State::Linking { .. }
            | State::Connecting { .. }
            | State::Pairing { .. } => (self, Vec::new()),
            State::Waiting { .. } => self.log_in(0, 0, moment),
            State::Idle(_) if linked => self.log_in(0, 0, moment),
            State::Failed(failure) if linked && failure.keeps_session() => self.log_in(0, 0, moment),
            State::Idle(_) | State::Failed(_) => {
                let (next, mut effects) = self.pair(moment.now + pairing::WINDOW, 0);
                effects.insert(0, Effect::ClearSession);
                (next, effects)
            }
        }
    }

    fn resume(self, linked: bool, moment: Moment) -> (Self, Vec<Effect>) {
        match self.state {
            State::Idle(Rest::UserDisconnected) => (self, Vec::new()),
            State::Idle(_) if linked => self.log_in(0, 0, moment),
            State::Idle(Rest::Paused) => self.settle(State::Idle(Rest::NotLinked), Vec::new()),
            _ => (self, Vec::new()),
        }
    }

    fn pause(self) -> (Self, Vec<Effect>) {
        match self.state {
            State::Idle(_) | State::Failed(_) => (self, Vec::new()),
            State::Pairing { .. } => {
                self.settle(State::Idle(Rest::NotLinked), vec![Effect::Close, Effect::ClearSession])
            }
            State::Linking { .. }
            | State::Connecting { .. }
            | State::Online { .. }
            | State::Waiting { .. } => self.settle(State::Idle(Rest::Paused), vec![Effect::Close]),
        }
    }

    fn disconnect(self) -> (Self, Vec<Effect>) {
        let effects = match self.state {
            State::Idle(Rest::UserDisconnected) => return (self, Vec::new()),
            State::Pairing { .. } => vec![Effect::Close, Effect::ClearSession],
            _ => vec![Effect::Logout, Effect::ClearSession],
        };
        self.settle(State::Idle(Rest::UserDisconnected), effects)
    }

    fn wake(self, moment: Moment) -> (Self, Vec<Effect>) {
        match self.state {
            State::Pairing { window_ends, .. } if moment.now >= window_ends => self.qr_expired(),
            State::Pairing { window_ends, failures, .. } => self.pair(window_ends, failures),
            State::Waiting { failures, .. } => self.log_in(0, failures, moment),
            State::Linking { failures, .. } | State::Connecting { failures, .. } => {
                let (next, mut effects) = self.lost(Loss::KeepaliveTimeout, failures, moment);
                effects.insert(0, Effect::Close);
                (next, effects)
            }
            State::Idle(_) | State::Online { .. } | State::Failed(_) => (self, Vec::new()),
        }
    }

    fn ended(self, end: End, moment: Moment) -> (Self, Vec<Effect>) {
        match (&self.state, end) {
            (State::Idle(_) | State::Failed(_) | State::Waiting { .. }, _) => (self, Vec::new()),
            (_, End::Refused(failure)) => {
                let mut effects = vec![Effect::Close];
                if !failure.keeps_session() || matches!(self.state, State::Pairing { .. }) {
                    effects.push(Effect::ClearSession);
                }
                self.settle(State::Failed(failure), effects)
            }
            (State::Pairing { .. }, End::QrExhausted) => self.qr_expired(),
            (&State::Pairing { window_ends, failures, .. }, End::Lost(_) | End::Restart) => {
                self.pairing_lost(window_ends, failures, moment)
            }
            (&State::Linking { restarts, failures }, End::Restart) if restarts < RESTARTS => {
                self.finish_link(restarts + 1, failures, moment)
            }
            (&State::Connecting { restarts, failures }, End::Restart) if restarts < RESTARTS => {
                self.log_in(restarts + 1, failures, moment)
            }
            (State::Online { .. }, End::Restart) => self.log_in(1, 0, moment),
            (&State::Online { since, failures }, end) => {
                let held = moment.now.duration_since(since).unsigned_abs() >= backoff::STABLE_AFTER;
                self.lost(end.loss(), if held { 0 } else { failures }, moment)
            }
            (&State::Linking { failures, .. } | &State::Connecting { failures, .. }, end) => {
                self.lost(end.loss(), failures, moment)
            }
        }
    }

    /// One more failure: wait by the schedule, or give up.
    fn lost(self, loss: Loss, failures: u32, moment: Moment) -> (Self, Vec<Effect>) {
        let Some(delay) = backoff::delay(failures, moment.jitter) else {
            return self.settle(State::Failed(Failure::RetriesExhausted), vec![Effect::Close]);
        };
        let epoch = self.epoch.following();
        let until = moment.now + delay;
        let state = State::Waiting { loss, until, failures: failures + 1 };
        (Self { epoch, state, ..self }, vec![Effect::WakeAt(epoch, until)])
    }

    /// A pairing outlives its connection until its window ends.
    fn pairing_lost(self, window_ends: Timestamp, failures: u32, moment: Moment) -> (Self, Vec<Effect>) {
        let Some(delay) = backoff::delay(failures, moment.jitter) else {
            return self
                .settle(State::Failed(Failure::RetriesExhausted), vec![Effect::Close, Effect::ClearSession]);
        };
        let epoch = self.epoch.following();
        let state = State::Pairing { step: Step::Opening, window_ends, failures: failures + 1 };
        let retry_at = (moment.now + delay).min(window_ends);
        // A client may go on showing the refs of the connection that it lost; the next one is built anew.
        (Self { epoch, state, ..self }, vec![Effect::Close, Effect::WakeAt(epoch, retry_at)])
    }

    fn pair(self, window_ends: Timestamp, failures: u32) -> (Self, Vec<Effect>) {
        let epoch = self.epoch.following();
        let state = State::Pairing { step: Step::Opening, window_ends, failures };
        (Self { epoch, state, ..self }, vec![Effect::Open(epoch), Effect::WakeAt(epoch, window_ends)])
    }

    fn finish_link(self, restarts: u8, failures: u32, moment: Moment) -> (Self, Vec<Effect>) {
        let epoch = self.epoch.following();
        let effects = vec![Effect::Open(epoch), Effect::WakeAt(epoch, moment.now + FIRST_LOGIN_WITHIN)];
        (Self { epoch, state: State::Linking { restarts, failures }, ..self }, effects)
    }

    fn log_in(self, restarts: u8, failures: u32, moment: Moment) -> (Self, Vec<Effect>) {
        let epoch = self.epoch.following();
        let effects = vec![Effect::Open(epoch), Effect::WakeAt(epoch, moment.now + LOGIN_WITHIN)];
        (Self { epoch, state: State::Connecting { restarts, failures }, ..self }, effects)
    }

    fn qr_expired(self) -> (Self, Vec<Effect>) {
        self.settle(State::Idle(Rest::QrExpired), vec![Effect::Close, Effect::ClearSession])
    }

    /// Rests or fails: whatever still comes from the past is late.
    fn settle(self, state: State, effects: Vec<Effect>) -> (Self, Vec<Effect>) {
        (Self { epoch: self.epoch.following(), state, ..self }, effects)
    }

    fn stay(self, state: State) -> (Self, Vec<Effect>) {
        (Self { state, ..self }, Vec::new())
    }
}

impl Epoch {
    const fn following(self) -> Self {
        Self(self.0 + 1)
    }
}

impl Input {
    /// The epoch that the input belongs to; the operator's wishes belong to none.
    const fn epoch(&self) -> Option<Epoch> {
        match self {
            Self::Link { .. } | Self::Resume { .. } | Self::Pause | Self::Disconnect => None,
            Self::Wake(epoch)
            | Self::QrCode(epoch, _)
            | Self::Paired(epoch)
            | Self::WrongPhone(epoch, _)
            | Self::LoggedIn(epoch)
            | Self::Ended(epoch, _) => Some(*epoch),
        }
    }
}

impl End {
    /// What a loop of restarts or an exhausted QR means outside a pairing: the server closed.
    const fn loss(self) -> Loss {
        match self {
            Self::Lost(loss) => loss,
            Self::Restart | Self::QrExhausted | Self::Refused(_) => Loss::ServerClosed,
        }
    }
}
