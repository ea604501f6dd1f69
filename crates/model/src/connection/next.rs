//! The transitions of the state machine. Each arm defines what an input does in a state. All other inputs change
//! nothing.

use std::time::Duration;

use jiff::Timestamp;

use super::{Connection, Effect, End, Epoch, Failure, Input, Loss, Moment, Owner, Probe, Rest, State};
use crate::backoff;
use crate::pairing::{self, Method, QrCode, Step};
use crate::phone::PhoneNumber;

/// The maximum number of restarts in a row that WhatsApp may ask for (code 515). Further restarts count as
/// failures, so that a server that always sends 515 does not cause a busy loop.
const RESTARTS: u8 = 3;

/// How long a login may take: connecting, the handshake, and up to 60 s for the offline messages (whatsapp-rust
/// 0.7.0).
const LOGIN_WITHIN: Duration = Duration::from_secs(90);

/// How long the first login may take. During the first login, the library also fetches the app state, and tries this
/// for up to 180 s.
const FIRST_LOGIN_WITHIN: Duration = Duration::from_secs(210);

impl Connection {
    /// The state after the input, and the effects that must be carried out.
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
            Input::Link { linked, method } => self.link(linked, method, moment),
            Input::Resume { linked } => self.resume(linked),
            Input::Reroute => self.reroute(moment),
            Input::Pause => self.pause(),
            Input::Disconnect => self.disconnect(),
            Input::Left { pending } => self.left(pending),
            Input::SetAside => self.set_aside(),
            Input::LoggedOut => self.logged_out(),
            Input::Wake(_) => self.wake(moment),
            Input::Dialling(epoch) => self.dialling(epoch, moment),
            Input::ShowCode(_)
            | Input::QrCode(..)
            | Input::Code(..)
            | Input::CodeSpent(_)
            | Input::PasskeyRequired(..)
            | Input::PasskeyConfirmation(..) => self.show(input),
            Input::Paired(epoch, owner) => self.paired(epoch, owner, moment),
            Input::LoggedIn(_, owner) => self.logged_in(owner, moment),
            Input::Ended(_, end) => self.ended(end, moment),
        }
    }

    fn link(self, linked: bool, method: Method, moment: Moment) -> (Self, Vec<Effect>) {
        match &self.state {
            State::Online { .. } | State::Linking { .. } | State::Connecting { .. } => (self, Vec::new()),
            // Two people may ask at about the same time. In the first half of the pairing window, a request for the
            // same method uses the open pairing. Any other request starts a new pairing.
            State::Pairing { method: open, window_ends, .. }
                if *open == method && *window_ends > moment.now + pairing::WINDOW / 2 =>
            {
                (self, Vec::new())
            }
            State::Pairing { .. } => {
                self.pair_anew(method, moment, vec![Effect::Close, Effect::ClearSession])
            }
            State::Waiting { .. } => self.log_in(0, 0),
            State::Exhausted { probe: Probe::Running, .. } if linked => {
                self.log_in_after(vec![Effect::Close])
            }
            State::Idle(_) | State::Exhausted { .. } if linked => self.log_in(0, 0),
            State::Failed(failure) if linked && failure.keeps_session() => self.log_in(0, 0),
            State::Idle(_) | State::Failed(_) | State::Exhausted { .. } => {
                self.pair_anew(method, moment, vec![Effect::ClearSession])
            }
        }
    }

    fn resume(self, linked: bool) -> (Self, Vec<Effect>) {
        match self.state {
            State::Idle(Rest::UserDisconnected | Rest::LogoutPending { asked: true }) => (self, Vec::new()),
            State::Idle(_) if linked => self.log_in(0, 0),
            State::Idle(Rest::Paused) => self.settle(State::Idle(Rest::NotLinked), Vec::new()),
            _ => (self, Vec::new()),
        }
    }

    /// Closes the connection over the old route and opens a connection over the new route. Does nothing if the account
    /// should have no connection, or if it has failed for a reason other than the proxy.
    fn reroute(self, moment: Moment) -> (Self, Vec<Effect>) {
        match &self.state {
            State::Idle(_) => (self, Vec::new()),
            State::Failed(failure) if *failure != Failure::ProxyFailed => (self, Vec::new()),
            State::Pairing { window_ends, failures, method, .. } => {
                let (window_ends, failures, method) = (*window_ends, *failures, method.clone());
                if moment.now >= window_ends {
                    return self.window_closed();
                }
                self.pair(method, window_ends, failures, vec![Effect::Close])
            }
            State::Linking { .. } => self.finish_link(0, 0, vec![Effect::Close]),
            State::Connecting { .. }
            | State::Online { .. }
            | State::Waiting { .. }
            | State::Exhausted { .. }
            | State::Failed(_) => self.log_in_after(vec![Effect::Close]),
        }
    }

    fn pause(self) -> (Self, Vec<Effect>) {
        match self.state {
            State::Idle(_) => (self, Vec::new()),
            State::Failed(failure) if !failure.keeps_session() => (self, Vec::new()),
            State::Pairing { .. } => {
                self.settle(State::Idle(Rest::NotLinked), vec![Effect::Close, Effect::ClearSession])
            }
            State::Linking { .. }
            | State::Connecting { .. }
            | State::Online { .. }
            | State::Waiting { .. }
            | State::Exhausted { .. }
            | State::Failed(_) => self.settle(State::Idle(Rest::Paused), vec![Effect::Close]),
        }
    }

    /// The state changes only when the result of the logout is known.
    fn disconnect(self) -> (Self, Vec<Effect>) {
        match self.state {
            State::Idle(Rest::UserDisconnected | Rest::LogoutPending { asked: true }) => (self, Vec::new()),
            _ => self.also(Effect::Leave),
        }
    }

    fn left(self, pending: bool) -> (Self, Vec<Effect>) {
        let rest = if pending { Rest::LogoutPending { asked: true } } else { Rest::UserDisconnected };
        self.settle(State::Idle(rest), Vec::new())
    }

    fn set_aside(self) -> (Self, Vec<Effect>) {
        match self.state {
            State::Idle(Rest::LogoutPending { .. }) => (self, Vec::new()),
            State::Idle(rest) => {
                let asked = rest == Rest::UserDisconnected;
                self.settle(State::Idle(Rest::LogoutPending { asked }), Vec::new())
            }
            // In all other states, the status must not become "logout pending": the current status is more
            // important, and a new pairing may be in progress.
            _ => (self, Vec::new()),
        }
    }

    fn logged_out(self) -> (Self, Vec<Effect>) {
        match self.state {
            State::Idle(Rest::LogoutPending { asked: true }) => {
                self.settle(State::Idle(Rest::UserDisconnected), Vec::new())
            }
            State::Idle(Rest::LogoutPending { asked: false }) => {
                self.settle(State::Idle(Rest::NotLinked), Vec::new())
            }
            _ => (self, Vec::new()),
        }
    }

    fn paired(self, epoch: Epoch, owner: Owner, moment: Moment) -> (Self, Vec<Effect>) {
        if !matches!(self.state, State::Pairing { .. }) {
            return (self, Vec::new());
        }
        match owner {
            Owner::Unexpected { came } => self.wrong_phone(came, false),
            Owner::Taken { came } => self.wrong_phone(came, true),
            // `Unwritten` does not stop the link: if the phone's number could not be stored now, it is stored at
            // the login.
            Owner::Held | Owner::Unwritten => {
                let (next, mut effects) = self.stay(State::Linking { restarts: 0, failures: 0 });
                effects.push(Effect::WakeAt(epoch, moment.now + FIRST_LOGIN_WITHIN));
                (next, effects)
            }
        }
    }

    /// An account comes online only if its row in the database names the linked phone, and no other row does.
    fn logged_in(self, owner: Owner, moment: Moment) -> (Self, Vec<Effect>) {
        let failures = match self.state {
            State::Linking { failures, .. } | State::Connecting { failures, .. } => failures,
            State::Exhausted { probe: Probe::Running, .. } => 0,
            // This is a second report of the same login. The library sends it if the account had no name yet. When
            // the library gets the name, the library tells WhatsApp that somebody is looking at this device. So
            // tell WhatsApp again that nobody is looking at it.
            State::Online { .. } => return self.also(Effect::StayUnavailable),
            _ => return (self, Vec::new()),
        };
        match owner {
            Owner::Held => self.online(failures, moment),
            Owner::Unexpected { came } => self.wrong_phone(came, false),
            Owner::Taken { came } => self.wrong_phone(came, true),
            Owner::Unwritten => {
                let (next, mut effects) = self.lost(Loss::Storage, failures, moment);
                effects.insert(0, Effect::Close);
                (next, effects)
            }
        }
    }

    fn wrong_phone(self, came: Option<PhoneNumber>, taken: bool) -> (Self, Vec<Effect>) {
        let failure = Failure::PhoneMismatch { came, taken };
        self.settle(State::Failed(failure), vec![Effect::Close, Effect::ClearSession])
    }

    fn wake(self, moment: Moment) -> (Self, Vec<Effect>) {
        match self.state {
            State::Pairing { window_ends, .. } if moment.now >= window_ends => self.window_closed(),
            State::Pairing { ref method, window_ends, failures, .. } => {
                let method = method.clone();
                self.pair(method, window_ends, failures, Vec::new())
            }
            State::Waiting { failures, .. } => self.log_in(0, failures),
            State::Linking { failures, .. } | State::Connecting { failures, .. } => {
                let (next, mut effects) = self.lost(Loss::KeepaliveTimeout, failures, moment);
                effects.insert(0, Effect::Close);
                (next, effects)
            }
            State::Exhausted { loss, probe: Probe::At(_) } => {
                let epoch = self.epoch.following();
                let state = State::Exhausted { loss, probe: Probe::Running };
                (Self { epoch, state, ..self }, vec![Effect::Open(epoch)])
            }
            State::Exhausted { probe: Probe::Running, .. } => self.exhausted(Loss::KeepaliveTimeout, moment),
            State::Exhausted { probe: Probe::Off, .. }
            | State::Idle(_)
            | State::Online { .. }
            | State::Failed(_) => (self, Vec::new()),
        }
    }

    /// The time limit starts now and not at the request, because a login may wait for its turn.
    fn dialling(self, epoch: Epoch, moment: Moment) -> (Self, Vec<Effect>) {
        let within = match self.state {
            State::Linking { .. } => FIRST_LOGIN_WITHIN,
            State::Connecting { .. } | State::Exhausted { probe: Probe::Running, .. } => LOGIN_WITHIN,
            _ => return (self, Vec::new()),
        };
        (self, vec![Effect::WakeAt(epoch, moment.now + within)])
    }

    /// Handles what WhatsApp sends or a caller asks for during a pairing.
    fn show(mut self, input: Input) -> (Self, Vec<Effect>) {
        let epoch = self.epoch;
        let State::Pairing { method, step, window_ends, .. } = &mut self.state else {
            return (self, Vec::new());
        };
        let mut effects = Vec::new();
        match (input, &*step, &*method) {
            (Input::ShowCode(phone), ..) => {
                // While the connection is being opened, do not request the code yet. The first QR code shows that
                // the connection is open. Then the code is requested.
                if !matches!(step, Step::Opening) {
                    effects.push(Effect::RequestCode(epoch, phone));
                    *step = Step::Opening;
                }
                *method = Method::Code(phone);
            }
            (Input::QrCode(_, qr), Step::Opening | Step::ShowQr(_), Method::Qr) => {
                *step = Step::ShowQr(QrCode {
                    text: qr.text,
                    expires_at: *window_ends,
                    refresh_at: qr.refresh_at.min(*window_ends),
                });
            }
            (Input::QrCode(..), Step::Opening, Method::Code(phone)) => {
                effects.push(Effect::RequestCode(epoch, *phone));
            }
            (Input::Code(_, mut code), Step::Opening | Step::ShowCode(_), Method::Code(_)) => {
                code.expires_at = code.expires_at.min(*window_ends);
                *step = Step::ShowCode(code);
            }
            (Input::CodeSpent(_), Step::ShowCode(_), Method::Code(phone)) => {
                effects.push(Effect::RequestCode(epoch, *phone));
                *step = Step::Opening;
            }
            (Input::PasskeyRequired(_, options), ..) => *step = Step::Passkey { options },
            (Input::PasskeyConfirmation(_, code), ..) => *step = Step::Confirm { code },
            _ => {}
        }
        (self, effects)
    }

    fn online(self, failures: u32, moment: Moment) -> (Self, Vec<Effect>) {
        let (next, mut effects) = self.stay(State::Online { since: moment.now, failures });
        effects.push(Effect::StayUnavailable);
        (next, effects)
    }

    fn ended(self, end: End, moment: Moment) -> (Self, Vec<Effect>) {
        match (&self.state, end) {
            (
                State::Idle(_)
                | State::Failed(_)
                | State::Waiting { .. }
                | State::Exhausted { probe: Probe::Off | Probe::At(_), .. },
                _,
            ) => (self, Vec::new()),
            (_, End::Refused(failure)) => {
                let mut effects = vec![Effect::Close];
                match self.state {
                    State::Pairing { .. } => effects.push(Effect::ClearSession),
                    _ if failure.ends_device() => effects.push(Effect::Forget),
                    _ if !failure.keeps_session() => effects.push(Effect::ClearSession),
                    _ => {}
                }
                self.settle(State::Failed(failure), effects)
            }
            (_, End::NeverLinked) => {
                self.settle(State::Idle(Rest::NotLinked), vec![Effect::Close, Effect::Forget])
            }
            (_, End::NoSession) => {
                self.settle(State::Idle(Rest::NotLinked), vec![Effect::Close, Effect::ClearSession])
            }
            (State::Pairing { .. }, End::QrExhausted) => self.window_closed(),
            (State::Pairing { .. }, End::Lost(loss)) => self.pairing_lost(loss, moment),
            (State::Pairing { .. }, End::Restart) => self.pairing_lost(Loss::ServerClosed, moment),
            (&State::Linking { restarts, failures }, End::Restart) if restarts < RESTARTS => {
                self.finish_link(restarts + 1, failures, Vec::new())
            }
            (&State::Connecting { restarts, failures }, End::Restart) if restarts < RESTARTS => {
                self.log_in(restarts + 1, failures)
            }
            (State::Online { .. } | State::Exhausted { .. }, End::Restart) => self.log_in(1, 0),
            (&State::Online { since, failures }, end) => {
                let held = moment.now.duration_since(since).unsigned_abs() >= backoff::STABLE_AFTER;
                self.lost(end.loss(), if held { 0 } else { failures }, moment)
            }
            (State::Exhausted { .. }, end) => self.exhausted(end.loss(), moment),
            (&State::Linking { failures, .. } | &State::Connecting { failures, .. }, end) => {
                self.lost(end.loss(), failures, moment)
            }
        }
    }

    /// The connection failed once more. Wait according to the schedule, or give up if no attempt is left.
    fn lost(self, loss: Loss, failures: u32, moment: Moment) -> (Self, Vec<Effect>) {
        let Some(delay) = backoff::delay(failures, moment.jitter) else {
            return self.exhausted(loss, moment);
        };
        let epoch = self.epoch.following();
        let until = moment.now + delay;
        let state = State::Waiting { loss, until, failures: failures + 1 };
        (Self { epoch, state, ..self }, vec![Effect::WakeAt(epoch, until)])
    }

    /// No attempt is left. With the new epoch, inputs of earlier connections are late and change nothing.
    fn exhausted(self, loss: Loss, moment: Moment) -> (Self, Vec<Effect>) {
        let epoch = self.epoch.following();
        let mut effects = vec![Effect::Close];
        let probe = match moment.probe_every {
            None => Probe::Off,
            Some(every) => {
                let at = moment.now + backoff::jittered(every, moment.jitter);
                effects.push(Effect::WakeAt(epoch, at));
                Probe::At(at)
            }
        };
        (Self { epoch, state: State::Exhausted { loss, probe }, ..self }, effects)
    }

    /// The connection of a pairing broke. The pairing continues with a new connection, until its window ends or no
    /// attempt is left.
    fn pairing_lost(self, loss: Loss, moment: Moment) -> (Self, Vec<Effect>) {
        let State::Pairing { method, window_ends, failures, .. } = self.state.clone() else {
            return (self, Vec::new());
        };
        let Some(delay) = backoff::delay(failures, moment.jitter) else {
            // A probe could not log in, because there is no session yet. So no probe is planned.
            return self.settle(
                State::Exhausted { loss, probe: Probe::Off },
                vec![Effect::Close, Effect::ClearSession],
            );
        };
        let epoch = self.epoch.following();
        let state = State::Pairing { method, step: Step::Opening, window_ends, failures: failures + 1 };
        let retry_at = (moment.now + delay).min(window_ends);
        // The old client may still show QR codes of the broken connection, so close it and make a new client.
        (Self { epoch, state, ..self }, vec![Effect::Close, Effect::WakeAt(epoch, retry_at)])
    }

    fn pair_anew(self, method: Method, moment: Moment, first: Vec<Effect>) -> (Self, Vec<Effect>) {
        self.pair(method, moment.now + pairing::WINDOW, 0, first)
    }

    fn pair(
        self,
        method: Method,
        window_ends: Timestamp,
        failures: u32,
        mut effects: Vec<Effect>,
    ) -> (Self, Vec<Effect>) {
        let epoch = self.epoch.following();
        let state = State::Pairing { method, step: Step::Opening, window_ends, failures };
        effects.extend([Effect::Open(epoch), Effect::WakeAt(epoch, window_ends)]);
        (Self { epoch, state, ..self }, effects)
    }

    fn finish_link(self, restarts: u8, failures: u32, mut effects: Vec<Effect>) -> (Self, Vec<Effect>) {
        let epoch = self.epoch.following();
        effects.push(Effect::Open(epoch));
        (Self { epoch, state: State::Linking { restarts, failures }, ..self }, effects)
    }

    fn log_in(self, restarts: u8, failures: u32) -> (Self, Vec<Effect>) {
        let epoch = self.epoch.following();
        (Self { epoch, state: State::Connecting { restarts, failures }, ..self }, vec![Effect::Open(epoch)])
    }

    fn log_in_after(self, mut effects: Vec<Effect>) -> (Self, Vec<Effect>) {
        let (next, open) = self.log_in(0, 0);
        effects.extend(open);
        (next, effects)
    }

    fn window_closed(self) -> (Self, Vec<Effect>) {
        self.settle(State::Idle(Rest::QrExpired), vec![Effect::Close, Effect::ClearSession])
    }

    /// Enters a state in which there is no connection. With the new epoch, inputs of earlier connections are late
    /// and change nothing.
    fn settle(self, state: State, effects: Vec<Effect>) -> (Self, Vec<Effect>) {
        (Self { epoch: self.epoch.following(), state, ..self }, effects)
    }

    fn also(self, effect: Effect) -> (Self, Vec<Effect>) {
        (self, vec![effect])
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
    /// The epoch of the connection or timer that the input belongs to. `None` for inputs that do not come from a
    /// connection or timer.
    pub(super) const fn epoch(&self) -> Option<Epoch> {
        match self {
            Self::Link { .. }
            | Self::Resume { .. }
            | Self::ShowCode(_)
            | Self::Reroute
            | Self::Pause
            | Self::Disconnect
            | Self::Left { .. }
            | Self::SetAside
            | Self::LoggedOut => None,
            Self::Wake(epoch)
            | Self::Dialling(epoch)
            | Self::QrCode(epoch, _)
            | Self::Code(epoch, _)
            | Self::CodeSpent(epoch)
            | Self::PasskeyRequired(epoch, _)
            | Self::PasskeyConfirmation(epoch, _)
            | Self::Paired(epoch, _)
            | Self::LoggedIn(epoch, _)
            | Self::Ended(epoch, _) => Some(*epoch),
        }
    }
}

impl End {
    /// Why the connection was lost. If the end does not say why, the result is [`Loss::ServerClosed`]. An example
    /// is a restart that is no longer allowed.
    const fn loss(self) -> Loss {
        match self {
            Self::Lost(loss) => loss,
            Self::Restart | Self::QrExhausted | Self::Refused(_) | Self::NeverLinked | Self::NoSession => {
                Loss::ServerClosed
            }
        }
    }
}
