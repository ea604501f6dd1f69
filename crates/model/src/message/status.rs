//! The status of a message. It only moves forward, and may skip steps.

use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MessageStatus {
    /// Inbound: the message is stored.
    Received,
    /// Outbound: accepted, and waits.
    Queued,
    /// Outbound: the message was sent, and WhatsApp has not answered yet.
    Sending,
    /// Outbound: WhatsApp's server accepted the message.
    Sent,
    /// Outbound: the recipient's device received it.
    Delivered,
    /// Read by the recipient or, if inbound, by the account's owner.
    Read,
    /// Outbound: the recipient listened to or watched it.
    Played,
    /// Outbound: the message will not be sent.
    Failed,
    /// Outbound: somebody cancelled the message before it was sent.
    Cancelled,
    /// Outbound: the message was sent, and WhatsApp never answered.
    Unknown,
}

/// What a recipient's device reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReceiptKind {
    /// The device has the message.
    Delivered,
    /// The person read it.
    Read,
    /// The person listened to the message or watched it.
    Played,
}

impl ReceiptKind {
    /// The status that this receipt gives the message.
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

    /// The text that other programs know it by.
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

    /// Whether a message with this status may get the status `next`. A retry sets `queued` again; see
    /// [`MessageStatus::may_be_retried`].
    pub const fn may_become(self, next: Self) -> bool {
        match (self, next) {
            // A late answer of WhatsApp or of a phone shows what really happened.
            (Self::Unknown, Self::Sent | Self::Delivered | Self::Read | Self::Played | Self::Failed) => true,
            (Self::Received, Self::Read) => true,
            (Self::Queued, Self::Cancelled) => true,
            // A message that was cancelled or given up was never sent.
            (Self::Failed | Self::Cancelled | Self::Unknown | Self::Received, _) => false,
            (_, Self::Failed) => self.rank() < Self::Sent.rank(),
            (_, Self::Unknown) => self.rank() == Self::Sending.rank(),
            (_, Self::Received | Self::Cancelled) => false,
            _ => self.rank() < next.rank(),
        }
    }

    /// Whether the message can be sent again on request.
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
    fn a_final_status_never_changes_except_unknown() {
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
