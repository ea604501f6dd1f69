//! The connection of one account as a state machine: `(Connection, Input, Moment) -> (Connection, Effects)`.
//! It decides; the account's actor carries the effects out. It knows neither sockets nor storage.

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

/// What happened. Whatever comes from a connection or a timer carries the epoch that it belongs to;
/// what is late changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Come online: with the session if there is a usable one, by pairing otherwise.
    Link {
        /// Whether the vault holds a session that a phone confirmed.
        linked: bool,
        /// How to pair where it does not.
        method: Method,
    },
    /// Come online with the session, if there is one; never start a pairing. Said at start and on resume.
    Resume {
        /// Whether the vault holds a session that a phone confirmed.
        linked: bool,
    },
    /// Show a code to type for that number instead of a QR code. Nothing where no pairing is open.
    ShowCode(PhoneNumber),
    /// Another way to WhatsApp was chosen: leave the old one.
    Reroute,
    /// Close the connection, keep the session.
    Pause,
    /// Log out at WhatsApp and clear the session.
    Disconnect,
    /// What [`Effect::Leave`] came to.
    Left {
        /// Whether WhatsApp must still be told.
        pending: bool,
    },
    /// [`Effect::ClearSession`] met a session that a phone had confirmed: WhatsApp must be told before it is destroyed.
    SetAside,
    /// WhatsApp was told of every device that this account had set aside.
    LoggedOut,
    /// The time asked for with [`Effect::WakeAt`] has come.
    Wake(Epoch),
    /// The connection's turn has come: it is being dialled.
    Dialling(Epoch),
    /// A ref to show.
    QrCode(Epoch, QrRef),
    /// The code that was asked for with [`Effect::RequestCode`].
    Code(Epoch, PairingCode),
    /// The code no longer works, and WhatsApp gives another one.
    CodeSpent(Epoch),
    /// WhatsApp asks for the account's passkey; the text is its JSON.
    PasskeyRequired(Epoch, String),
    /// The passkey was right; the text is what the phone shows.
    PasskeyConfirmation(Epoch, String),
    /// A phone agreed to link, and the vault has it.
    Paired(Epoch, Owner),
    /// WhatsApp let us in, with the session of this phone.
    LoggedIn(Epoch, Owner),
    /// The connection is over.
    Ended(Epoch, End),
}

/// A QR ref as WhatsApp gave it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrRef {
    /// The text for the encoder.
    pub text: String,
    /// When WhatsApp replaces it.
    pub refresh_at: Timestamp,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It broke: try again by the schedule.
    Lost(Loss),
    /// WhatsApp asked for a new connection at once (515, as always after pairing). Not counted.
    Restart,
    /// All refs were shown and nobody scanned.
    QrExhausted,
    /// It must not be tried again by itself.
    Refused(Failure),
    /// WhatsApp does not know the session, which never logged in: the link was cut before WhatsApp had our signature.
    NeverLinked,
    /// The vault holds no session to log in with.
    NoSession,
}

impl End {
    /// The end of a connection whose session never logged in before.
    pub const fn of_unproven_link(self) -> Self {
        match self {
            Self::Refused(Failure::LoggedOut | Failure::DeviceRemoved) => Self::NeverLinked,
            end => end,
        }
    }

    /// Whether WhatsApp has said that it does not know the device, or knows it no more.
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
    /// Open a connection with this epoch when its turn comes, then say [`Input::Dialling`]: a login where the
    /// session is confirmed, else a pairing. Replaces one that still waits for its turn.
    Open(Epoch),
    /// Ask WhatsApp for a code to type on the phone of that number.
    RequestCode(Epoch, PhoneNumber),
    /// Close whatever is open.
    Close,
    /// Tell WhatsApp that this device leaves, where a connection is open, and close it. Then destroy the session where
    /// WhatsApp was told, and else do as [`Effect::ClearSession`] does. Then say [`Input::Left`].
    Leave,
    /// Destroy the session and its data key. One that a phone has confirmed is kept apart until WhatsApp was told: then say
    /// [`Input::SetAside`].
    ClearSession,
    /// Destroy the session and its data key: WhatsApp said that it knows the device no more.
    Forget,
    /// Say [`Input::Wake`] with this epoch at that time. Replaces an earlier request.
    WakeAt(Epoch, Timestamp),
    /// Tell WhatsApp that nobody looks at this device, so that the phone keeps notifying.
    StayUnavailable,
}

/// What a decision may depend on besides state and input.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The wall clock.
    pub now: Timestamp,
    /// A fresh random number from 0.0 to 1.0.
    pub jitter: f64,
    /// How often an account whose schedule is used up is quietly tried; never where `None`.
    pub probe_every: Option<Duration>,
}
