//! The status of a message. A status changes only to a later status, and it may skip the steps between. A retry starts
//! again with `queued`.

use serde::{Deserialize, Serialize};

/// The status of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MessageStatus {
    /// Inbound: the server stored the message.
    Received,
    /// Outbound: the API accepted the message, and it waits to be sent.
    Queued,
    /// Outbound: the server sent the message, and WhatsApp has not confirmed it yet.
    Sending,
    /// Outbound: WhatsApp's server accepted the message.
    Sent,
    /// Outbound: the message is on the recipient's device.
    Delivered,
    /// Outbound: the recipient has read the message. Inbound: the account's owner has read the message.
    Read,
    /// Outbound: the recipient has listened to the message or watched it.
    Played,
    /// Outbound: the message was not sent, and the server does not try again by itself.
    Failed,
    /// Outbound: somebody cancelled the message before the server sent it.
    Cancelled,
    /// Outbound: the server sent the message, and WhatsApp never confirmed it.
    Unknown,
}

/// What a recipient's device reports about a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReceiptKind {
    /// The device has the message.
    Delivered,
    /// The person has read the message.
    Read,
    /// The person has listened to the message or watched it.
    Played,
}

impl ReceiptKind {
    /// The status that a message gets when this receipt arrives.
    pub const fn status(self) -> MessageStatus {
        match self {
            Self::Delivered => MessageStatus::Delivered,
            Self::Read => MessageStatus::Read,
            Self::Played => MessageStatus::Played,
        }
    }
}

impl MessageStatus {
    /// Every status.
    pub const ALL: [Self; 10] = [
        Self::Received,
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Delivered,
        Self::Read,
        Self::Played,
        Self::Failed,
        Self::Cancelled,
        Self::Unknown,
    ];

    /// The status's text in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the status may change to `next`. A retry, which sets `queued` again, is separate: see
    /// [`MessageStatus::may_be_retried`].
    pub const fn may_become(self, next: Self) -> bool {
        match (self, next) {
            // WhatsApp or a phone may confirm the message late. Then the real status is known.
            (Self::Unknown, Self::Sent | Self::Delivered | Self::Read | Self::Played | Self::Failed) => true,
            (Self::Received, Self::Read) => true,
            (Self::Queued, Self::Cancelled) => true,
            // These statuses are final, except for the changes above.
            (Self::Failed | Self::Cancelled | Self::Unknown | Self::Received, _) => false,
            (_, Self::Failed) => self.rank() < Self::Sent.rank(),
            (_, Self::Unknown) => self.rank() == Self::Sending.rank(),
            (_, Self::Received | Self::Cancelled) => false,
            _ => self.rank() < next.rank(),
        }
    }

    /// Whether a caller may ask the server to send the message again.
    pub const fn may_be_retried(self) -> bool {
        matches!(self, Self::Failed | Self::Unknown)
    }

    /// Whether the message is still in the queue.
    pub const fn is_waiting(self) -> bool {
        matches!(self, Self::Queued | Self::Sending)
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Received | Self::Queued => 0,
            Self::Sending => 1,
            Self::Sent => 2,
            Self::Delivered => 3,
            Self::Read => 4,
            Self::Played => 5,
            Self::Failed | Self::Cancelled | Self::Unknown => 6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::MessageStatus::*;
    use super::*;

    #[test]
    fn outbound_messages_move_forward_and_may_skip_a_status() {
        let way = [Queued, Sending, Sent, Delivered, Read, Played];
        for (from, before) in way.iter().enumerate() {
            for (to, after) in way.iter().enumerate() {
                assert_eq!(before.may_become(*after), to > from, "{before:?} to {after:?}");
            }
        }
    }

    #[test]
    fn a_failed_or_cancelled_status_is_final_and_an_unknown_status_can_change() {
        for end in [Failed, Cancelled] {
            assert!(MessageStatus::ALL.iter().all(|next| !end.may_become(*next)), "{end:?}");
        }
        for next in [Sent, Delivered, Read, Played, Failed] {
            assert!(Unknown.may_become(next), "{next:?}");
        }
        assert!(Queued.may_become(Failed) && Sending.may_become(Failed) && !Sent.may_become(Failed));
        assert!(Sending.may_become(Unknown) && !Queued.may_become(Unknown) && !Sent.may_become(Unknown));
        assert!(Queued.may_become(Cancelled) && !Sending.may_become(Cancelled));
    }

    #[test]
    fn inbound_messages_can_only_become_read() {
        for next in MessageStatus::ALL {
            assert_eq!(Received.may_become(next), next == Read, "{next:?}");
        }
    }

    #[test]
    fn codes_match_what_serde_writes() {
        for status in MessageStatus::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.code());
        }
    }
}
