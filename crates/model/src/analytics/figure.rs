//! The figures that analytics counts. Each figure is stored under its code, so a code must not be renamed.

use std::fmt;
use std::str::FromStr;

use super::histogram::Slot;
use crate::message::{FailureCode, MessageStatus, MessageType};
use crate::reason::Reason;
use crate::status::ConnectionStatus;

/// What a number counts. Each number belongs to one account and one quarter hour. Numbers of several accounts and
/// quarter hours can be added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Figure {
    /// The milliseconds that the account spent in a state.
    Time(Standing),
    /// The connection broke for this reason, and the server opened it again or tried to.
    Reconnect(Reason),
    /// The account's state became `Failed` for this reason.
    Failure(Reason),
    /// The account was linked to a phone.
    Linked,
    /// The account is no longer linked to its phone, for this reason.
    Lost(Reason),
    /// Messages of this type with this outcome; `None` if the type is no longer known.
    Message(Option<MessageType>, Outcome),
    /// A message failed for this reason.
    Refused(FailureCode),
    /// The time from when WhatsApp accepted a direct message until it arrived on the recipient's device.
    Delivery(Slot),
    /// The time from when WhatsApp accepted a direct message until the recipient read it.
    Read(Slot),
    /// The time that a person waited, from their first unanswered message until the answer.
    Response(Slot),
    /// A webhook accepted an event.
    WebhookTaken,
    /// A request to a webhook failed.
    WebhookFailed,
    /// The server stopped trying to deliver an event to a webhook.
    WebhookDead,
}

/// The state of an account, or the fact that no server was running to observe it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// The account was in this state.
    In(ConnectionStatus),
    /// The account was connected or connecting, but no server was running.
    NotRunning,
}

/// What happened to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Inbound: the message arrived.
    Received,
    /// Outbound: the owner sent the message from the phone or from another linked device.
    Echoed,
    /// Outbound: a program sent the message through the API.
    Accepted,
    /// Outbound: the message reached this status. A status that was skipped counts as reached.
    Reached(MessageStatus),
}

/// The text is not the code of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no figure that is known here")]
pub struct UnknownFigure;

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 5] = [
        Self::In(ConnectionStatus::Connected),
        Self::In(ConnectionStatus::Connecting),
        Self::In(ConnectionStatus::Disconnected),
        Self::In(ConnectionStatus::Failed),
        Self::NotRunning,
    ];

    /// The code under which the state is stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::In(ConnectionStatus::Connected) => "connected",
            Self::In(ConnectionStatus::Connecting) => "connecting",
            Self::In(ConnectionStatus::Disconnected) => "disconnected",
            Self::In(ConnectionStatus::Failed) => "failed",
            Self::NotRunning => "notRunning",
        }
    }
}

impl FromStr for Standing {
    type Err = UnknownFigure;

    fn from_str(text: &str) -> Result<Self, UnknownFigure> {
        Self::ALL.into_iter().find(|known| known.code() == text).ok_or(UnknownFigure)
    }
}

impl Outcome {
    /// The code under which the outcome is stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Echoed => "echoed",
            Self::Accepted => "accepted",
            Self::Reached(status) => status.code(),
        }
    }
}

impl FromStr for Outcome {
    type Err = UnknownFigure;

    fn from_str(text: &str) -> Result<Self, UnknownFigure> {
        match text {
            "received" => Ok(Self::Received),
            "echoed" => Ok(Self::Echoed),
            "accepted" => Ok(Self::Accepted),
            status => {
                let found = MessageStatus::ALL.into_iter().find(|known| known.code() == status);
                found.map(Self::Reached).ok_or(UnknownFigure)
            }
        }
    }
}

/// The code under which the figure is stored.
impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(standing) => write!(f, "time.{}", standing.code()),
            Self::Reconnect(reason) => write!(f, "reconnect.{}", reason.code()),
            Self::Failure(reason) => write!(f, "failure.{}", reason.code()),
            Self::Linked => f.write_str("linked"),
            Self::Lost(reason) => write!(f, "lost.{}", reason.code()),
            Self::Message(kind, outcome) => {
                write!(f, "message.{}.{}", kind.map_or(OTHER, MessageType::code), outcome.code())
            }
            Self::Refused(code) => write!(f, "refused.{}", code.code()),
            Self::Delivery(slot) => write!(f, "delivery.{slot}"),
            Self::Read(slot) => write!(f, "read.{slot}"),
            Self::Response(slot) => write!(f, "response.{slot}"),
            Self::WebhookTaken => f.write_str("webhook.taken"),
            Self::WebhookFailed => f.write_str("webhook.failed"),
            Self::WebhookDead => f.write_str("webhook.dead"),
        }
    }
}

/// The code for messages whose type is no longer known.
const OTHER: &str = "other";

impl FromStr for Figure {
    type Err = UnknownFigure;

    fn from_str(text: &str) -> Result<Self, UnknownFigure> {
        let (family, rest) = text.split_once('.').unwrap_or((text, ""));
        Ok(match family {
            "time" => Self::Time(rest.parse()?),
            "reconnect" => Self::Reconnect(reason(rest)?),
            "failure" => Self::Failure(reason(rest)?),
            "linked" => Self::Linked,
            "lost" => Self::Lost(reason(rest)?),
            "message" => {
                let (kind, outcome) = rest.split_once('.').ok_or(UnknownFigure)?;
                let kind = match kind {
                    OTHER => None,
                    known => Some(known.parse().map_err(|_| UnknownFigure)?),
                };
                Self::Message(kind, outcome.parse()?)
            }
            "refused" => {
                let found = FailureCode::ALL.into_iter().find(|known| known.code() == rest);
                Self::Refused(found.ok_or(UnknownFigure)?)
            }
            "delivery" => Self::Delivery(rest.parse()?),
            "read" => Self::Read(rest.parse()?),
            "response" => Self::Response(rest.parse()?),
            "webhook" => match rest {
                "taken" => Self::WebhookTaken,
                "failed" => Self::WebhookFailed,
                "dead" => Self::WebhookDead,
                _ => return Err(UnknownFigure),
            },
            _ => return Err(UnknownFigure),
        })
    }
}

fn reason(text: &str) -> Result<Reason, UnknownFigure> {
    Reason::ALL.iter().copied().find(|known| known.code() == text).ok_or(UnknownFigure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_text_of_each_analytics_figure_can_be_parsed() {
        let mut figures = vec![
            Figure::Linked,
            Figure::Message(None, Outcome::Received),
            Figure::WebhookTaken,
            Figure::WebhookFailed,
            Figure::WebhookDead,
        ];
        figures.extend(Standing::ALL.map(Figure::Time));
        for reason in Reason::ALL {
            figures.extend([Figure::Reconnect(*reason), Figure::Failure(*reason), Figure::Lost(*reason)]);
        }
        let reached = MessageStatus::ALL.into_iter().filter(|status| *status != MessageStatus::Received);
        let outcomes = [Outcome::Received, Outcome::Echoed, Outcome::Accepted];
        for outcome in outcomes.into_iter().chain(reached.map(Outcome::Reached)) {
            figures.extend(MessageType::ALL.iter().map(|kind| Figure::Message(Some(*kind), outcome)));
        }
        figures.extend(FailureCode::ALL.map(Figure::Refused));
        for millis in [0, 1_500, u64::MAX] {
            let slot = Slot::of_millis(millis);
            figures.extend([Figure::Delivery(slot), Figure::Read(slot), Figure::Response(slot)]);
        }
        for figure in figures {
            assert_eq!(figure.to_string().parse(), Ok(figure));
        }
        for unknown in
            ["", "time", "time.asleep", "message.text", "message.pigeon.sent", "webhook.", "delivery.x"]
        {
            assert_eq!(unknown.parse::<Figure>(), Err(UnknownFigure), "{unknown}");
        }
    }
}
