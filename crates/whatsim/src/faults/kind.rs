//! The faults themselves and their parameters. JSON: `kind` names one, `params` carries its fields.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum FaultKind {
    /// The socket closes without a word: now, and right after the next logins.
    DropConnection,
    /// New connections are turned away: with HTTP 503 for scope `all`, after the handshake otherwise.
    RefuseConnect,
    /// The socket stays open and nobody answers.
    BlackHole,
    /// `<stream:error>`, then close: now, and right after the next logins.
    StreamError(StreamError),
    /// `<failure>` in place of `<success>` or of the pairing refs.
    Failure(Failure),
    /// `<xmlstreamend/>`, then close.
    XmlStreamEnd,
    /// All QR refs of pairing connections count as expired.
    ExpireRefs,
    /// What the server sends arrives late.
    Slow(Slow),
}

/// `params` of `stream_error`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamError {
    /// 401 (device removed), 409 (replaced), 429, 503, 515 (restart), 516; others are sent as they are.
    pub code: u16,
}

/// `params` of `failure`: the attributes of the stanza.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// 401, 402, 403, 405, 406, 500, 503 and so on.
    pub reason: u16,
    /// With 402: seconds until the ban ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expire: Option<u64>,
    /// With 402: why (101 to 106).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
    /// A message for the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Where to read more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// `params` of `slow`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Slow {
    /// Added to each stanza, in milliseconds.
    pub delay_ms: u64,
    /// Up to so many milliseconds more, at random.
    #[serde(default)]
    pub jitter_ms: u64,
    /// The line's speed; unlimited when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_per_second: Option<u64>,
}

impl Slow {
    /// How long a stanza of `size` bytes takes.
    pub fn delay_for(&self, size: usize, rng: &mut impl Rng) -> Duration {
        let jitter = if self.jitter_ms == 0 { 0 } else { rng.random_range(0..=self.jitter_ms) };
        let line = match self.bytes_per_second {
            Some(speed) => Duration::from_secs_f64(size as f64 / speed.max(1) as f64),
            None => Duration::ZERO,
        };
        Duration::from_millis(self.delay_ms + jitter) + line
    }
}

/// A kind or its parameters that make no sense. Names the offending field.
#[derive(Debug, thiserror::Error)]
pub enum KindError {
    /// No such fault here.
    #[error(
        "kind {0:?} is unknown: use drop_connection, refuse_connect, black_hole, stream_error, failure, xmlstreamend, expire_refs or slow"
    )]
    Unknown(String),
    /// The fault exists, its parameters don't fit.
    #[error("params of {kind}: {reason}")]
    Params {
        /// Which fault.
        kind: &'static str,
        /// What is wrong with them.
        reason: String,
    },
}

impl FaultKind {
    /// The name in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::DropConnection => "drop_connection",
            Self::RefuseConnect => "refuse_connect",
            Self::BlackHole => "black_hole",
            Self::StreamError(_) => "stream_error",
            Self::Failure(_) => "failure",
            Self::XmlStreamEnd => "xmlstreamend",
            Self::ExpireRefs => "expire_refs",
            Self::Slow(_) => "slow",
        }
    }

    /// The parameters in JSON; `{}` for faults without any.
    pub fn params(&self) -> Value {
        match self {
            Self::StreamError(params) => json!(params),
            Self::Failure(params) => json!(params),
            Self::Slow(params) => json!(params),
            _ => json!({}),
        }
    }

    /// Reads a fault as the admin API writes it.
    ///
    /// # Errors
    /// For an unknown kind, and for parameters that are missing, misspelt or out of range.
    pub fn parse(kind: &str, params: Option<Value>) -> Result<Self, KindError> {
        let params = params.filter(|p| !p.is_null()).unwrap_or_else(|| json!({}));
        Ok(match kind {
            "drop_connection" => none("drop_connection", &params, Self::DropConnection)?,
            "refuse_connect" => none("refuse_connect", &params, Self::RefuseConnect)?,
            "black_hole" => none("black_hole", &params, Self::BlackHole)?,
            "xmlstreamend" => none("xmlstreamend", &params, Self::XmlStreamEnd)?,
            "expire_refs" => none("expire_refs", &params, Self::ExpireRefs)?,
            "stream_error" => Self::StreamError(read("stream_error", params)?),
            "failure" => Self::Failure(read("failure", params)?),
            "slow" => Self::Slow(read("slow", params)?),
            other => return Err(KindError::Unknown(other.to_owned())),
        })
    }

    /// Whether it ends a connection that is there.
    pub fn strikes(&self) -> bool {
        matches!(self, Self::DropConnection | Self::StreamError(_) | Self::XmlStreamEnd)
    }

    /// Whether it is over as soon as it happened, unless told how often or until when.
    pub fn momentary(&self) -> bool {
        self.strikes() || *self == Self::ExpireRefs
    }
}

fn none(kind: &'static str, params: &Value, fault: FaultKind) -> Result<FaultKind, KindError> {
    match params.as_object() {
        Some(fields) if fields.is_empty() => Ok(fault),
        Some(_) => Err(KindError::Params { kind, reason: "takes none".to_owned() }),
        None => Err(KindError::Params { kind, reason: "must be an object".to_owned() }),
    }
}

fn read<T: serde::de::DeserializeOwned>(kind: &'static str, params: Value) -> Result<T, KindError> {
    serde_json::from_value(params).map_err(|e| KindError::Params { kind, reason: e.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_checked_by_name() {
        let of = |kind, params| FaultKind::parse(kind, Some(params)).map_err(|e| e.to_string());
        assert_eq!(
            of("stream_error", json!({"code": 515})),
            Ok(FaultKind::StreamError(StreamError { code: 515 }))
        );
        assert!(of("stream_error", json!({})).unwrap_err().contains("code"));
        assert!(of("failure", json!({"reason": 402, "expires": 5})).unwrap_err().contains("expires"));
        assert!(of("slow", json!({"delayMs": "much"})).unwrap_err().contains("slow"));
        assert!(of("black_hole", json!({"code": 1})).is_err());
        assert!(of("earthquake", json!({})).unwrap_err().contains("earthquake"));
    }

    #[test]
    fn params_come_back_as_they_went_in() {
        for (kind, params) in [
            ("failure", json!({"reason": 402, "expire": 60, "code": 101})),
            ("slow", json!({"delayMs": 5, "jitterMs": 2, "bytesPerSecond": 1000})),
            ("xmlstreamend", json!({})),
        ] {
            let fault = FaultKind::parse(kind, Some(params.clone())).unwrap();
            assert_eq!((fault.name(), fault.params()), (kind, params));
        }
    }

    #[test]
    fn a_slow_line_takes_its_time() {
        let slow = Slow { delay_ms: 10, jitter_ms: 0, bytes_per_second: Some(1000) };
        assert_eq!(slow.delay_for(500, &mut rand::rng()), Duration::from_millis(510));
        let jittery = Slow { delay_ms: 10, jitter_ms: 5, bytes_per_second: None };
        let delay = jittery.delay_for(1, &mut rand::rng());
        assert!((10..=15).contains(&delay.as_millis()));
    }
}
