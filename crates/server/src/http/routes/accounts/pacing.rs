//! The settings for how fast an account sends, as they are in answers and in request bodies.

use linekeeper_model::account::Pacing;
use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts::PacingChange;
use crate::http::request::declare::body;
use crate::http::request::member::Patch;
use crate::http::request::value::Within;

/// How fast the account sends.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Pacing)]
pub(in crate::http) struct PacingJson {
    /// The maximum number of messages per minute. 0 means no limit.
    #[schema(example = 20)]
    messages_per_minute: u32,
    /// Whether the pauses between messages vary.
    #[schema(example = true)]
    jitter: bool,
    /// Whether the recipient sees that somebody is typing before a text arrives.
    #[schema(example = false)]
    typing: bool,
}

impl PacingJson {
    /// The pacing in the JSON of the API. `usual` is the default rate, for accounts that have no rate of their own.
    pub fn of(pacing: Pacing, usual: u32) -> Self {
        let Pacing { messages_per_minute, jitter, typing } = pacing;
        Self { messages_per_minute: messages_per_minute.unwrap_or(usual), jitter, typing }
    }
}

body! {
    /// How fast the account sends. A field that is absent keeps its value.
    #[derive(Debug, Default)]
    pub(in crate::http) struct PacingFields as "PacingChange" (part) {
        /// The maximum number of messages per minute. 0 means no limit. Null means the default,
        /// `WHATSAPP_MESSAGE_RATE_LIMIT`.
        #[example(20)]
        messages_per_minute: Patch<Within<0, 10_000>>,
        /// Whether the pauses between messages vary.
        #[example(true)]
        jitter: Option<bool>,
        /// Whether the recipient sees that somebody is typing before a text arrives, for a time that fits the length
        /// of the text.
        #[example(false)]
        typing: Option<bool>,
    }
}

impl PacingFields {
    pub fn change(self) -> PacingChange {
        let rate = self.messages_per_minute.into_change();
        PacingChange {
            messages_per_minute: rate.map(|rate| rate.map(|Within(rate)| rate)),
            jitter: self.jitter,
            typing: self.typing,
        }
    }
}
