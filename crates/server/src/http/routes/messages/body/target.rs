//! The kinds that need nothing but the id of another message.

use linekeeper_model::id::MessageId;

use crate::http::request::declare::body;

body! {
    /// A message to take back.
    pub(in crate::http) struct RevokeBody as "SendRevoke" {
        /// The message.
        pub message_id: MessageId,
    }
}

body! {
    /// A message to forward.
    pub(in crate::http) struct ForwardBody as "SendForward" {
        /// The message.
        pub message_id: MessageId,
    }
}
