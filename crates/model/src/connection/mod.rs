//! The connection of one account as a state machine: `(Connection, Input, Moment) -> (Connection, Effects)`. This
//! module only decides. The account's actor carries out the effects. This module uses neither sockets nor storage.

mod next;
mod owner;
mod state;
#[cfg(test)]
mod table;
#[cfg(test)]
mod tests;

pub use crate::failure::{Failure, Rejection};
pub use owner::{Claim, Owner};
pub use state::{Connection, Epoch, Loss, Probe, Rest, State};

use std::time::Duration;

use jiff::Timestamp;

use crate::pairing::{Method, PairingCode};
use crate::phone::PhoneNumber;

/// What happened, or what somebody asks for. An input from a connection or a timer carries the epoch (the number)
/// of that connection or timer. If this epoch is no longer the current one, the input is late and changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Come online: log in if there is a usable session, otherwise start a pairing.
    Link {
        /// Whether the vault, the encrypted store of sessions, holds a session that a phone confirmed.
        linked: bool,
        /// How to pair, if there is no usable session.
        method: Method,
    },
    /// Log in if there is a session, but never start a pairing. This is the input when the server starts or an
    /// operator resumes the account.
    Resume {
        /// Whether the vault, the encrypted store of sessions, holds a session that a phone confirmed.
        linked: bool,
    },
    /// Show a code to type for this number, instead of a QR code. This does nothing if no pairing is open.
    ShowCode(PhoneNumber),
    /// The account must use another route to WhatsApp, for example a changed proxy: close the connection over the
    /// old route.
    Reroute,
    /// Close the connection, but keep the session.
    Pause,
    /// Log out at WhatsApp and clear the session.
    Disconnect,
    /// The result of [`Effect::Leave`].
    Left {
        /// Whether the device must still be logged out at WhatsApp.
        pending: bool,
    },
    /// [`Effect::ClearSession`] found a session that a phone had confirmed. The session is set aside until the device
    /// is logged out at WhatsApp.
    SetAside,
    /// All devices that this account had set aside are logged out at WhatsApp.
    LoggedOut,
    /// The time of [`Effect::WakeAt`] has come.
    Wake(Epoch),
    /// The connection has waited for its turn and is being opened now.
    Dialling(Epoch),
    /// WhatsApp sent the text for the next QR code.
    QrCode(Epoch, QrRef),
    /// WhatsApp sent the pairing code that [`Effect::RequestCode`] asked for.
    Code(Epoch, PairingCode),
    /// The pairing code no longer works, and WhatsApp can make another one.
    CodeSpent(Epoch),
    /// WhatsApp asks for the account's passkey. The text is WhatsApp's JSON for the browser.
    PasskeyRequired(Epoch, String),
    /// WhatsApp accepted the passkey. The text is the code that the phone shows.
    PasskeyConfirmation(Epoch, String),
    /// A phone agreed to link, and the server has stored the session in the vault, the encrypted store of sessions.
    Paired(Epoch, Owner),
    /// WhatsApp accepted the login. The [`Owner`] says whether the phone belongs to this account.
    LoggedIn(Epoch, Owner),
    /// The connection has ended.
    Ended(Epoch, End),
}

/// The content of one QR code, as WhatsApp sent it. WhatsApp calls it a ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrRef {
    /// The text to encode as a QR code.
    pub text: String,
    /// When the next QR code replaces this one.
    pub refresh_at: Timestamp,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The connection broke. Try again according to the schedule.
    Lost(Loss),
    /// WhatsApp asked for a new connection at once (code 515, as always after a pairing). This does not count as a
    /// failure.
    Restart,
    /// All QR codes of the connection were shown, and nobody scanned one.
    QrExhausted,
    /// WhatsApp or the proxy refused the connection. It must not be opened again automatically.
    Refused(Failure),
    /// WhatsApp does not know the session. The session has never logged in: the pairing was interrupted before
    /// WhatsApp had the server's signature.
    NeverLinked,
    /// The vault, the encrypted store of sessions, has no session for a login.
    NoSession,
}

impl End {
    /// Converts the end of a connection whose session has never logged in. If WhatsApp refused because it does not know
    /// the device, the result is [`End::NeverLinked`]. Every other end stays the same.
    pub const fn of_unproven_link(self) -> Self {
        match self {
            Self::Refused(Failure::LoggedOut | Failure::DeviceRemoved) => Self::NeverLinked,
            end => end,
        }
    }

    /// Whether WhatsApp says that it does not know the device.
    pub const fn is_unknown_device(self) -> bool {
        match self {
            Self::Refused(failure) => failure.ends_device(),
            Self::NeverLinked => true,
            Self::Lost(_) | Self::Restart | Self::QrExhausted | Self::NoSession => false,
        }
    }
}

/// What the actor must do. It carries out the effects in the given order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Open a connection with this epoch when its turn comes, and then send [`Input::Dialling`]. If the session is
    /// confirmed, the connection is a login, otherwise a pairing. The new connection replaces an earlier connection
    /// that still waits for its turn.
    Open(Epoch),
    /// Ask WhatsApp for a pairing code to type on the phone with this number.
    RequestCode(Epoch, PhoneNumber),
    /// Close the connection if one is open.
    Close,
    /// If a connection is open, log the device out at WhatsApp and close the connection. If the logout succeeds,
    /// destroy the session; otherwise do the same as [`Effect::ClearSession`]. Then send [`Input::Left`].
    Leave,
    /// Destroy the session and its data key. But if a phone has confirmed the session, set it aside until the
    /// device is logged out at WhatsApp, and send [`Input::SetAside`].
    ClearSession,
    /// Destroy the session and its data key, because WhatsApp no longer knows the device.
    Forget,
    /// Send [`Input::Wake`] with this epoch at this time. This replaces an earlier request.
    WakeAt(Epoch, Timestamp),
    /// Tell WhatsApp that nobody is looking at this device, so that the phone keeps showing notifications.
    StayUnavailable,
}

/// What a decision of the state machine may depend on, besides the state and the input: the time, a random number
/// and a setting.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The wall clock.
    pub now: Timestamp,
    /// A new random number from 0.0 to 1.0.
    pub jitter: f64,
    /// How often to try to reconnect an account whose retries are exhausted. `None` to never try.
    pub probe_every: Option<Duration>,
}
