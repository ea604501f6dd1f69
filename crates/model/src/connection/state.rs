//! The states of a connection, and the status that an operator sees for each.

use jiff::Timestamp;

use crate::backoff;
use crate::failure::Failure;
use crate::pairing::{Method, Step};
use crate::status::{Reason, Status};

/// Counts the connections and waits of one account. An input with an older number is late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Epoch(pub u64);

/// One account's connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    pub(super) epoch: Epoch,
    pub(super) state: State,
    pub(super) since: Timestamp,
}

/// The state of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// No connection, and none wanted.
    Idle(Rest),
    /// Waiting for a phone to agree to link.
    Pairing {
        /// The method of the pairing.
        method: Method,
        /// What the phone is shown.
        step: Step,
        /// When the pairing expires.
        window_ends: Timestamp,
        /// The number of connections that broke during this pairing.
        failures: u32,
    },
    /// The phone agreed; logging in for the first time.
    Linking {
        /// The number of planned restarts in a row.
        restarts: u8,
        /// The number of logins that failed in a row.
        failures: u32,
    },
    /// Logging in with a stored session.
    Connecting {
        /// The number of planned restarts in a row.
        restarts: u8,
        /// The number of logins that failed in a row.
        failures: u32,
    },
    /// Logged in.
    Online {
        /// When this login happened.
        since: Timestamp,
        /// The failures before this connection. They are forgotten once the connection has held long enough.
        failures: u32,
    },
    /// Between two attempts.
    Waiting {
        /// The last reason why the connection ended.
        loss: Loss,
        /// When the next attempt is made.
        until: Timestamp,
        /// The number of attempts that failed in a row.
        failures: u32,
    },
    /// The retries are exhausted, and a person is told. A probe may still bring the account back.
    Exhausted {
        /// The last reason why the connection ended.
        loss: Loss,
        /// The next probe.
        probe: Probe,
    },
    /// A person must act.
    Failed(Failure),
}

/// The probes after the retries are exhausted. They are not visible: the account stays `Failed` until one succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// No probe is planned.
    Off,
    /// The next probe is made at this time.
    At(Timestamp),
    /// A probe is running.
    Running,
}

/// Why a connection rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// No phone was ever linked, or the session is gone.
    NotLinked,
    /// Paused by the operator, with the session kept.
    Paused,
    /// Logged out by the operator.
    UserDisconnected,
    /// The phone still lists this device: the logout still has to be done.
    LogoutPending {
        /// Whether the operator disconnected the account.
        asked: bool,
    },
    /// Nobody scanned in time.
    QrExpired,
    /// The account was online, and no server has taken it up since.
    Unattended,
}

/// Why a connection broke that may be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Dialling, TLS or the handshake failed, or the socket broke.
    Network,
    /// WhatsApp closed the connection.
    ServerClosed,
    /// The server has heard nothing on the connection for too long.
    KeepaliveTimeout,
    /// 500 or 503.
    ServiceUnavailable,
    /// 429.
    RateLimited,
    /// The account's proxy could not be reached.
    Proxy,
    /// The database could not store whose phone it is, so the account must not be online.
    Storage,
}

impl Connection {
    /// A connection at rest.
    pub const fn at_rest(rest: Rest, since: Timestamp) -> Self {
        Self { epoch: Epoch(0), state: State::Idle(rest), since }
    }

    /// A connection that had already failed before this process started.
    pub const fn failed(failure: Failure, since: Timestamp) -> Self {
        Self { epoch: Epoch(0), state: State::Failed(failure), since }
    }

    /// The state.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// The serial number of the current connection, or of the current wait before the next attempt.
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
    /// Why the account is in this state.
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

    /// Whether a connection is being opened that must wait for its turn. Pairings do not wait, because a person does.
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
    /// The reason that an operator sees.
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
