//! The kinds of messages that need nothing but the id of another message.

use linekeeper_model::id::MessageId;

use crate::http::request::declare::body;

body! {
    /// A message to take back.
    pub(in crate::http) struct RevokeBody as "SendRevoke" {
        /// The id of the message to take back.
        pub message_id: MessageId,
    }
}

body! {
    /// A message to forward.
    pub(in crate::http) struct ForwardBody as "SendForward" {
        /// The id of the message to forward.
        pub message_id: MessageId,
    }
}
