//! A reaction to a message.

use linekeeper_model::id::MessageId;
use linekeeper_model::message::ReactionAct;

use crate::http::request::declare::body;
use crate::http::request::value::Chars;

/// The maximum number of characters of an emoji with its modifiers.
const LONGEST_EMOJI: usize = 32;

body! {
    /// A reaction to a message.
    pub(in crate::http) struct ReactionBody as "SendReaction" {
        /// The message to react to.
        message_id: MessageId,
        /// The emoji. An empty text removes the reaction.
        #[example("👍")]
        emoji: Chars<0, LONGEST_EMOJI>,
    }
}

impl From<ReactionBody> for ReactionAct {
    fn from(ReactionBody { message_id, emoji: Chars(emoji) }: ReactionBody) -> Self {
        Self { message_id, emoji }
    }
}
