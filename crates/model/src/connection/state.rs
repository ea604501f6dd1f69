//! The states of a connection, and how each looks to an operator.

use jiff::Timestamp;

use crate::backoff;
use crate::failure::Failure;
use crate::pairing::{Method, Step};
use crate::status::{Reason, Status};

/// Numbers the connections and waits of one account. What carries an older number is late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Epoch(pub u64);

/// One account's connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    pub(super) epoch: Epoch,
    pub(super) state: State,
    pub(super) since: Timestamp,
}

/// Where a connection stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// No connection, and none wanted.
    Idle(Rest),
    /// Waiting for a phone to link.
    Pairing {
        /// How it is asked.
        method: Method,
        /// What the phone is shown.
        step: Step,
        /// When the pairing is given up.
        window_ends: Timestamp,
        /// Connections that broke during this pairing.
        failures: u32,
    },
    /// The phone agreed; logging in for the first time.
    Linking {
        /// Planned restarts in a row.
        restarts: u8,
        /// Logins that failed in a row.
        failures: u32,
    },
    /// Logging in with a stored session.
    Connecting {
        /// Planned restarts in a row.
        restarts: u8,
        /// Logins that failed in a row.
        failures: u32,
    },
    /// Logged in.
    Online {
        /// Since when.
        since: Timestamp,
        /// Failures before it, forgotten once the connection has held.
        failures: u32,
    },
    /// Between two attempts.
    Waiting {
        /// What broke last.
        loss: Loss,
        /// When the next attempt is made.
        until: Timestamp,
        /// Attempts that failed in a row.
        failures: u32,
    },
    /// The schedule is used up: a person is told. A quiet probe may still bring the account back.
    Exhausted {
        /// What broke last.
        loss: Loss,
        /// The next quiet try.
        probe: Probe,
    },
    /// A person must act.
    Failed(Failure),
}

/// The quiet tries after the schedule is used up. They never show: the account stays `Failed` until one succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// None is made.
    Off,
    /// The next one is made then.
    At(Timestamp),
    /// One is under way.
    Running,
}

/// Why a connection rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// No phone was ever linked, or the session is gone.
    NotLinked,
    /// By the operator's wish, with the session kept.
    Paused,
    /// By the operator's wish, logged out.
    UserDisconnected,
    /// The phone still lists this device: the logout is to be made.
    LogoutPending {
        /// Whether the operator disconnected the account.
        asked: bool,
    },
    /// Nobody scanned in time.
    QrExpired,
    /// It was online, and nobody has taken it up since.
    Unattended,
}

/// What broke a connection that may be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Dialling, TLS or the handshake failed, or the socket broke.
    Network,
    /// WhatsApp closed the connection.
    ServerClosed,
    /// Nothing was heard any more.
    KeepaliveTimeout,
    /// 500 or 503.
    ServiceUnavailable,
    /// 429.
    RateLimited,
    /// The account's proxy could not be reached.
    Proxy,
    /// The database could not take down whose phone it is, so that the account must not be online.
    Storage,
}

impl Connection {
    /// A connection at rest.
    pub const fn at_rest(rest: Rest, since: Timestamp) -> Self {
        Self { epoch: Epoch(0), state: State::Idle(rest), since }
    }

    /// A connection that had failed before this process started.
    pub const fn failed(failure: Failure, since: Timestamp) -> Self {
        Self { epoch: Epoch(0), state: State::Failed(failure), since }
    }

    /// Where it stands.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// The number of the connection or wait under way.
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

    /// Whether a connection is being opened that must share the way with others. Pairings need not: a person waits.
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
