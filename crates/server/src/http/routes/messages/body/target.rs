//! What needs to know of a message no more than which one.

use linekeeper_model::id::MessageId;

use crate::http::request::declare::body;

body! {
    /// A message that is taken back.
    pub(in crate::http) struct RevokeBody as "SendRevoke" {
        /// The message.
        pub message_id: MessageId,
    }
}

body! {
    /// A message that is passed on.
    pub(in crate::http) struct ForwardBody as "SendForward" {
        /// The message.
        pub message_id: MessageId,
    }
}
