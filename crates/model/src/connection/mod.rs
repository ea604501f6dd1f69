//! The connection of one account as a state machine: `(Connection, Input, Moment) -> (Connection, Effects)`. It only
//! decides; the account's actor carries out the effects. It knows neither sockets nor storage.

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

/// What happened. An input from a connection or a timer carries the epoch that it belongs to. A late input changes
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Come online: with the session if there is a usable one, otherwise by pairing.
    Link {
        /// Whether the vault holds a session that a phone confirmed.
        linked: bool,
        /// How to pair if there is no session.
        method: Method,
    },
    /// Come online with the session if there is one, but never start a pairing. This is the input at start and on
    /// resume.
    Resume {
        /// Whether the vault holds a session that a phone confirmed.
        linked: bool,
    },
    /// Show a code to type for this number instead of a QR code. Does nothing if no pairing is open.
    ShowCode(PhoneNumber),
    /// Another route to WhatsApp was chosen: leave the old one.
    Reroute,
    /// Close the connection, keep the session.
    Pause,
    /// Log out at WhatsApp and clear the session.
    Disconnect,
    /// The result of [`Effect::Leave`].
    Left {
        /// Whether WhatsApp must still be told.
        pending: bool,
    },
    /// [`Effect::ClearSession`] met a session that a phone had confirmed: WhatsApp must be told before it is destroyed.
    SetAside,
    /// WhatsApp was told about every device that this account had set aside.
    LoggedOut,
    /// The time that [`Effect::WakeAt`] asked for has come.
    Wake(Epoch),
    /// The connection's turn has come, and it is being opened.
    Dialling(Epoch),
    /// A ref to show.
    QrCode(Epoch, QrRef),
    /// The code that [`Effect::RequestCode`] asked for.
    Code(Epoch, PairingCode),
    /// The code no longer works, and WhatsApp gives another one.
    CodeSpent(Epoch),
    /// WhatsApp asks for the account's passkey; the text is its JSON.
    PasskeyRequired(Epoch, String),
    /// The passkey was accepted. The text is the code that the phone shows.
    PasskeyConfirmation(Epoch, String),
    /// A phone agreed to link, and the vault stores the session.
    Paired(Epoch, Owner),
    /// WhatsApp accepted the login with the session of this phone.
    LoggedIn(Epoch, Owner),
    /// The connection is over.
    Ended(Epoch, End),
}

/// A QR ref as WhatsApp gave it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrRef {
    /// The text to encode as a QR code.
    pub text: String,
    /// When WhatsApp replaces the code.
    pub refresh_at: Timestamp,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The connection broke: try again by the schedule.
    Lost(Loss),
    /// WhatsApp asked for a new connection at once (515, as always after pairing). This does not count as a failure.
    Restart,
    /// All refs were shown, and nobody scanned one.
    QrExhausted,
    /// The connection must not be tried again automatically.
    Refused(Failure),
    /// WhatsApp does not know this session, which never logged in: the link was cut off before WhatsApp had our
    /// signature.
    NeverLinked,
    /// The vault holds no session to log in with.
    NoSession,
}

impl End {
    /// The meaning of an end for a connection whose session never logged in before.
    pub const fn of_unproven_link(self) -> Self {
        match self {
            Self::Refused(Failure::LoggedOut | Failure::DeviceRemoved) => Self::NeverLinked,
            end => end,
        }
    }

    /// Whether WhatsApp has said that it does not know the device, or no longer knows it.
    pub const fn is_unknown_device(self) -> bool {
        match self {
            Self::Refused(failure) => failure.ends_device(),
            Self::NeverLinked => true,
            Self::Lost(_) | Self::Restart | Self::QrExhausted | Self::NoSession => false,
        }
    }
}

/// What the actor must do, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Open a connection with this epoch when its turn comes, then send [`Input::Dialling`]. It is a login if the
    /// session is confirmed, otherwise a pairing. Replaces a connection that still waits for its turn.
    Open(Epoch),
    /// Ask WhatsApp for a code to type on the phone with this number.
    RequestCode(Epoch, PhoneNumber),
    /// Close whatever is open.
    Close,
    /// If a connection is open, tell WhatsApp that this device leaves, and close the connection. If WhatsApp was
    /// told, destroy the session; otherwise do the same as [`Effect::ClearSession`]. Then send [`Input::Left`].
    Leave,
    /// Destroy the session and its data key. A session that a phone has confirmed is set aside until WhatsApp was
    /// told; then send [`Input::SetAside`].
    ClearSession,
    /// Destroy the session and its data key: WhatsApp said that it no longer knows the device.
    Forget,
    /// Send [`Input::Wake`] with this epoch at this time. Replaces an earlier request.
    WakeAt(Epoch, Timestamp),
    /// Tell WhatsApp that nobody looks at this device, so that the phone keeps showing notifications.
    StayUnavailable,
}

/// What a decision may depend on, besides state and input.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The wall clock.
    pub now: Timestamp,
    /// A new random number from 0.0 to 1.0.
    pub jitter: f64,
    /// How often to probe an account whose retries are exhausted. `None` for never.
    pub probe_every: Option<Duration>,
}
