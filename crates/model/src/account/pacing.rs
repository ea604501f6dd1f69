//! How fast an account sends, so that WhatsApp does not think that a robot sends the messages.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Restriction;

/// The pacing of one account. It is stored as JSON, so new fields must be optional, and existing fields must not
/// be renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Pacing {
    /// Messages per minute; 0 for no limit. If `None`, the account sends at the server's own rate.
    pub messages_per_minute: Option<u32>,
    /// Whether the pauses between messages vary, like those of a person.
    pub jitter: bool,
    /// Whether the recipient sees "typing" before a text arrives.
    pub typing: bool,
}

impl Default for Pacing {
    fn default() -> Self {
        Self { messages_per_minute: None, jitter: true, typing: false }
    }
}

impl Pacing {
    /// The account's limit in messages per minute. `usual` is the server's own rate. While WhatsApp warns the
    /// account, the limit is halved. 0 means no limit, also during a warning.
    pub fn rate(self, usual: u32, restriction: &Restriction, now: Timestamp) -> u32 {
        let rate = self.messages_per_minute.unwrap_or(usual);
        if restriction.warns(now) { rate.div_ceil(2) } else { rate }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Capping;
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_780_000_000, 0);
    const LATER: Timestamp = Timestamp::constant(1_780_000_100, 0);

    #[test]
    fn the_rate_is_halved_while_whatsapp_warns() {
        let own = |rate| Pacing { messages_per_minute: rate, ..Pacing::default() };
        let none = Restriction::default();
        assert_eq!(own(None).rate(20, &none, NOW), 20);
        assert_eq!(own(Some(7)).rate(20, &none, NOW), 7);
        let locked = Restriction { time_locked_until: Some(LATER), ..none };
        let warned = Restriction { capping: Capping::FirstWarning, capped_until: Some(LATER), ..none };
        for restriction in [locked, warned] {
            assert_eq!(own(Some(7)).rate(20, &restriction, NOW), 4);
            assert_eq!(own(Some(1)).rate(20, &restriction, NOW), 1, "it never stops");
            assert_eq!(own(Some(0)).rate(20, &restriction, NOW), 0);
            assert_eq!(own(None).rate(20, &restriction, LATER), 20);
        }
    }

    #[test]
    fn stored_pacing_without_some_fields_is_read() {
        let stored: Pacing = serde_json::from_str("{}").unwrap();
        assert_eq!(stored, Pacing::default());
    }
}
