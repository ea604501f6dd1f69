//! The parameters of faults. Some kinds of faults have none.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// `params` of `stream_error`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamError {
    /// The code of the stream error: 401 (device removed), 409 (replaced), 429, 503, 515 (restart) or 516. The
    /// server sends any other code unchanged.
    pub code: u16,
}

/// `params` of `failure`: the attributes of the `<failure>` stanza.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// The reason code, such as 401, 402, 403, 405, 406, 500 or 503.
    pub reason: u16,
    /// For 402: the number of seconds until the ban ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expire: Option<u64>,
    /// For 402: the reason for the ban (101 to 106).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
    /// A text for the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The address of a page with more information.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// `params` of `slow`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Slow {
    /// The delay of each stanza, in milliseconds.
    pub delay_ms: u64,
    /// A random delay is added to `delayMs`. This is its maximum, in milliseconds.
    #[serde(default)]
    pub jitter_ms: u64,
    /// The speed of the connection in bytes per second. `None` means no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_per_second: Option<u64>,
}

impl Slow {
    /// How long a stanza of `size` bytes is delayed. The result includes the random delay.
    pub fn delay_for(&self, size: usize, rng: &mut impl Rng) -> Duration {
        let jitter = if self.jitter_ms == 0 { 0 } else { rng.random_range(0..=self.jitter_ms) };
        let line = match self.bytes_per_second {
            Some(speed) => Duration::from_secs_f64(size as f64 / speed.max(1) as f64),
            None => Duration::ZERO,
        };
        Duration::from_millis(self.delay_ms + jitter) + line
    }
}

/// `params` of `passkey_required`.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasskeyRequired {
    /// The step at which the server refuses the companion, even if its answer is correct. `None` means that
    /// correct answers lead to a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refuse: Option<PasskeyStep>,
}

/// A step of linking with a passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasskeyStep {
    /// The companion sends the signed response (assertion) of the passkey.
    Assertion,
    /// The companion reveals the nonce to which it has committed.
    Nonce,
    /// The companion sends its new secret after a person has compared the codes.
    Confirmation,
}

/// `params` of `refuse_code`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefuseCode {
    /// The error code: 400 (also sent after too many codes for one number), 403, 429 (too many codes), 452
    /// (linking by code is not possible) or 500. The server sends any other code unchanged.
    pub code: u16,
}

impl RefuseCode {
    /// The text that WhatsApp sends with the code (wacore 0.7.0, `PairCodeRejection::text`).
    pub fn text(&self) -> &'static str {
        match self.code {
            403 => "forbidden",
            404 => "item-not-found",
            429 => "rate-overlimit",
            452 => "feature-not-available",
            500 => "internal-server-error",
            _ => "bad-request",
        }
    }
}

/// `params` of `capping`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capping {
    /// How much of its quota the account has used.
    pub level: CappingLevel,
}

/// How much of its quota of new chats an account has used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CappingLevel {
    /// The account has used 80 % of the quota.
    FirstWarning,
    /// The account has used 90 % of the quota.
    SecondWarning,
    /// The account has used the whole quota. New chats are refused with 463.
    Capped,
}

/// `params` of `reachout_timelock`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReachoutTimelock {
    /// WhatsApp's name for the reason, such as `WEB_COMPANION_ONLY` or `BIZ_QUALITY`.
    pub enforcement: String,
}

impl Default for ReachoutTimelock {
    fn default() -> Self {
        Self { enforcement: "WEB_COMPANION_ONLY".to_owned() }
    }
}

/// `params` of `reorder`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Reorder {
    /// How long the server holds the message back, in milliseconds. Messages that arrive meanwhile overtake it.
    pub hold_ms: u64,
}

impl Default for Reorder {
    fn default() -> Self {
        Self { hold_ms: 500 }
    }
}

/// `params` of `no_ack`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoAck {
    /// Whether the server also drops the message. If false, the recipient gets it.
    pub lost: bool,
}

/// `params` of `slow_ack`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SlowAck {
    /// How late the ack is, in milliseconds. The recipient still gets the message at once.
    pub delay_ms: u64,
}

/// `params` of `ack_error`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AckError {
    /// The code of the error, such as 463 (no new chats), 479 (malformed) or 429 (too many messages).
    pub code: u16,
}

/// `params` of `media_truncated`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MediaTruncated {
    /// How the download ends.
    pub how: Cut,
}

/// How an incomplete download ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// The connection breaks before all announced bytes have arrived.
    #[default]
    Broken,
    /// Half the file is served as if it were complete.
    Short,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_connection_delays_data_by_its_size() {
        let slow = Slow { delay_ms: 10, jitter_ms: 0, bytes_per_second: Some(1000) };
        assert_eq!(slow.delay_for(500, &mut rand::rng()), Duration::from_millis(510));
        let jittery = Slow { delay_ms: 10, jitter_ms: 5, bytes_per_second: None };
        let delay = jittery.delay_for(1, &mut rand::rng());
        assert!((10..=15).contains(&delay.as_millis()));
    }
}
