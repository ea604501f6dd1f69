//! The connection of one account as a state machine: `(Connection, Input, Moment) -> (Connection, Effects)`.
//! It decides; the account's actor carries the effects out. It knows neither sockets nor storage.

mod next;
mod state;
#[cfg(test)]
mod tests;

pub use state::{Connection, Epoch, Failure, Loss, Rest, State};

use jiff::Timestamp;

/// What happened. Whatever comes from a connection or a timer carries the epoch that it belongs to;
/// what is late changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Come online: with the session if there is a usable one, by pairing otherwise.
    Link {
        /// Whether the vault holds a session that a phone confirmed.
        linked: bool,
    },
    /// Come online with the session, if there is one; never start a pairing. Said at start and on resume.
    Resume {
        /// Whether the vault holds a session that a phone confirmed.
        linked: bool,
    },
    /// Close the connection, keep the session.
    Pause,
    /// Log out at WhatsApp and clear the session.
    Disconnect,
    /// The time asked for with [`Effect::WakeAt`] has come.
    Wake(Epoch),
    /// A ref to show.
    QrCode(Epoch, QrRef),
    /// The phone agreed to link, and the vault has it.
    Paired(Epoch),
    /// A phone agreed that must not be linked here.
    WrongPhone(Epoch, WrongPhone),
    /// WhatsApp let us in.
    LoggedIn(Epoch),
    /// The connection is over.
    Ended(Epoch, End),
}

/// Why a phone that agreed cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongPhone {
    /// Another number than this account's was scanned.
    Unexpected,
    /// The number belongs to another account of this deployment.
    Taken,
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
}

/// What the actor must do, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Open a connection with this epoch: a login where the session is confirmed, else a pairing.
    Open(Epoch),
    /// Close whatever is open.
    Close,
    /// Tell WhatsApp that this device leaves, as well as the network allows, then close.
    Logout,
    /// Destroy the session and its data key.
    ClearSession,
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
}
