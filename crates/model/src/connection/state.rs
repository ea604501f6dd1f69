//! The states of a connection, and the status that an operator sees for each.

use jiff::Timestamp;

use crate::backoff;
use crate::failure::Failure;
use crate::pairing::{Method, Step};
use crate::status::{Reason, Status};

/// Counts the connections and pauses of one account. An input with an older number is late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Epoch(pub u64);

/// The connection of one account: its state and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    pub(super) epoch: Epoch,
    pub(super) state: State,
    pub(super) since: Timestamp,
}

/// The state of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// There is no connection, and the account should not have one.
    Idle(Rest),
    /// The server waits until a phone agrees to link.
    Pairing {
        /// How the phone links: by QR code or by pairing code.
        method: Method,
        /// What a person must do now to link the phone.
        step: Step,
        /// When the pairing expires.
        window_ends: Timestamp,
        /// The number of connections that have broken during this pairing.
        failures: u32,
    },
    /// A phone agreed to link, and the account logs in for the first time.
    Linking {
        /// The number of restarts in a row that WhatsApp asked for.
        restarts: u8,
        /// The number of logins in a row that failed.
        failures: u32,
    },
    /// The account logs in with a stored session.
    Connecting {
        /// The number of restarts in a row that WhatsApp asked for.
        restarts: u8,
        /// The number of logins in a row that failed.
        failures: u32,
    },
    /// The account is logged in.
    Online {
        /// When the account logged in.
        since: Timestamp,
        /// The number of failures before this login. It is ignored once the connection has lasted long enough.
        failures: u32,
    },
    /// The server waits before the next attempt.
    Waiting {
        /// Why the last connection ended.
        loss: Loss,
        /// When the next attempt starts.
        until: Timestamp,
        /// The number of attempts in a row that failed.
        failures: u32,
    },
    /// No attempt is left, and a person is notified. A probe may still bring the account online.
    Exhausted {
        /// Why the last connection ended.
        loss: Loss,
        /// The next probe.
        probe: Probe,
    },
    /// The account needs a person to act.
    Failed(Failure),
}

/// A probe tries to reconnect after the retries are exhausted. The status does not show the probe. The state stays
/// `Failed` until a probe succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// No probe is planned.
    Off,
    /// The next probe starts at this time.
    At(Timestamp),
    /// A probe is running.
    Running,
}

/// Why an account has no connection and should not have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// No phone was ever linked, or the session was destroyed.
    NotLinked,
    /// The operator paused the account. The session is kept.
    Paused,
    /// The operator logged the account out.
    UserDisconnected,
    /// The phone still lists this device, because the logout at WhatsApp has not succeeded yet.
    LogoutPending {
        /// Whether the operator disconnected the account.
        asked: bool,
    },
    /// The pairing expired before a phone was linked.
    QrExpired,
    /// The account was online, and no server has taken it over since.
    Unattended,
}

/// Why a connection broke, if the server may try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// The connection could not be opened, TLS or the handshake failed, or the connection broke.
    Network,
    /// WhatsApp closed the connection.
    ServerClosed,
    /// The server has heard nothing on the connection for too long.
    KeepaliveTimeout,
    /// WhatsApp sent the code 500 or 503.
    ServiceUnavailable,
    /// WhatsApp sent the code 429.
    RateLimited,
    /// The account's proxy could not be reached.
    Proxy,
    /// The database could not store which phone the session belongs to, so the account must not come online.
    Storage,
}

impl Connection {
    /// A connection at rest.
    pub const fn at_rest(rest: Rest, since: Timestamp) -> Self {
        Self { epoch: Epoch(0), state: State::Idle(rest), since }
    }

    /// A connection that had failed before this server started.
    pub const fn failed(failure: Failure, since: Timestamp) -> Self {
        Self { epoch: Epoch(0), state: State::Failed(failure), since }
    }

    /// The state.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// The number of the current connection, or of the current pause before the next attempt.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The status that an operator sees.
    pub fn status(&self) -> Status {
        let mut status = Status::of(self.state.reason(), self.since);
        match &self.state {
            State::Pairing { failures, .. }
            | State::Linking { failures, .. }
            | State::Connecting { failures, .. } => status.attempt = *failures,
            State::Waiting { until, failures, .. } => {
                status.next_retry_at = Some(*until);
                status.attempt = *failures;
                match self.state.loss() {
                    Some(Loss::Proxy) => {
                        status.message = "This account's proxy does not answer; trying again.".to_owned();
                    }
                    Some(Loss::Storage) => {
                        status.message = "The database does not answer; trying again.".to_owned();
                    }
                    _ => {}
                }
            }
            State::Exhausted { probe, .. } => {
                status.attempt = backoff::ATTEMPTS;
                if let Probe::At(at) = probe {
                    status.next_retry_at = Some(*at);
                }
            }
            State::Failed(failure) => return Status::of_failure(*failure, self.since),
            State::Idle(_) | State::Online { .. } => {}
        }
        status
    }
}

impl State {
    /// The reason that the status shows for this state.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Idle(Rest::NotLinked) => Reason::NotLinked,
            Self::Idle(Rest::Paused) => Reason::Paused,
            Self::Idle(Rest::UserDisconnected) => Reason::UserDisconnected,
            Self::Idle(Rest::LogoutPending { .. }) => Reason::LogoutPending,
            Self::Idle(Rest::QrExpired) => Reason::QrExpired,
            Self::Idle(Rest::Unattended) => Reason::WaitingForNode,
            Self::Pairing { step: Step::Passkey { .. }, .. } => Reason::PasskeyRequired,
            Self::Pairing { step: Step::Confirm { .. }, .. } => Reason::PasskeyConfirmation,
            Self::Pairing { .. } => Reason::Pairing,
            Self::Linking { .. } => Reason::Linking,
            Self::Connecting { .. } => Reason::Connecting,
            Self::Online { .. } => Reason::Online,
            Self::Waiting { loss, .. } => loss.reason(),
            Self::Exhausted { loss: Loss::Proxy, .. } => Reason::ProxyFailed,
            Self::Exhausted { .. } => Reason::RetriesExhausted,
            Self::Failed(failure) => failure.reason(),
        }
    }

    /// Whether the connection that is being opened must wait for its turn. A pairing does not wait, because a
    /// person is waiting for it.
    pub const fn is_paced(&self) -> bool {
        matches!(self, Self::Connecting { .. } | Self::Exhausted { probe: Probe::Running, .. })
    }

    const fn loss(&self) -> Option<Loss> {
        match self {
            Self::Waiting { loss, .. } | Self::Exhausted { loss, .. } => Some(*loss),
            _ => None,
        }
    }
}

impl Loss {
    /// The reason that the status shows.
    pub const fn reason(self) -> Reason {
        match self {
            Self::Network | Self::Proxy => Reason::NetworkLost,
            Self::ServerClosed => Reason::ServerClosed,
            Self::KeepaliveTimeout => Reason::KeepaliveTimeout,
            Self::ServiceUnavailable | Self::Storage => Reason::ServiceUnavailable,
            Self::RateLimited => Reason::RateLimited,
        }
    }
}
