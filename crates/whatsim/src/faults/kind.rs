//! The kinds of faults. In JSON, `kind` contains the fault's name, and `params` its parameters.

use super::{
    AckError, Capping, Failure, MediaTruncated, NoAck, PasskeyRequired, ReachoutTimelock, RefuseCode,
    Reorder, Slow, SlowAck, StreamError,
};
use serde_json::{Value, json};

/// A kind of fault.
#[derive(Debug, Clone, PartialEq)]
pub enum FaultKind {
    /// The server closes the socket without a close message. This hits live connections at once. With `times` or
    /// `until`, it also hits later connections: a linked device after its login, and a new companion after it got its
    /// QR refs.
    DropConnection,
    /// The server refuses new connections: with HTTP 503 for scope `all`, otherwise after the handshake.
    RefuseConnect,
    /// The socket stays open, but the server does not answer.
    BlackHole,
    /// The server sends `<stream:error>` and closes the connection. This hits the same connections as `DropConnection`.
    StreamError(StreamError),
    /// The server sends `<failure>` in place of `<success>` or of the QR refs.
    Failure(Failure),
    /// The server sends `<xmlstreamend/>` and closes the connection.
    XmlStreamEnd,
    /// The QR refs that companions show at this moment expire. With `times` or `until`, the QR refs of later companions
    /// expire, too.
    ExpireRefs,
    /// The server delays the stanzas that it sends.
    Slow(Slow),
    /// The server asks for the account's passkey before a device can be linked.
    PasskeyRequired(PasskeyRequired),
    /// The server gives no pairing code for the number.
    RefuseCode(RefuseCode),
    /// `<pair-success>` contains an account signature that does not verify.
    CorruptPairing,
    /// The account has used most or all of its quota of new chats.
    Capping(Capping),
    /// The account must not start new chats until the end of the fault.
    ReachoutTimelock(ReachoutTimelock),
    /// The phone is offline: it answers nothing and sends nothing. The server works as usual.
    PhoneOffline,
    /// A device cannot decrypt a message that it receives.
    CorruptCiphertext,
    /// A device receives a message in an encryption that it does not know.
    UnknownEnc,
    /// A device receives a message twice.
    Duplicate,
    /// A device receives a message after later ones.
    Reorder(Reorder),
    /// The server does not acknowledge a device's message. With `lost`, it also drops the message.
    NoAck(NoAck),
    /// The server acknowledges a device's message late.
    SlowAck(SlowAck),
    /// The server refuses a device's message.
    AckError(AckError),
    /// A phone requests a message again. The device acknowledges the request and sends the message, but the
    /// connection breaks and the message is lost.
    LostResend,
    /// The media server answers requests with the status 403.
    Media403,
    /// A download ends before the file is complete.
    MediaTruncated(MediaTruncated),
}

/// A fault whose kind or parameters are invalid. The error names the invalid field.
#[derive(Debug, thiserror::Error)]
pub enum KindError {
    /// There is no fault of this kind.
    #[error(
        "kind {0:?} is unknown: use drop_connection, refuse_connect, black_hole, stream_error, failure, xmlstreamend, expire_refs, slow, passkey_required, refuse_code, corrupt_pairing, capping, reachout_timelock, phone_offline, corrupt_ciphertext, unknown_enc, duplicate, reorder, no_ack, slow_ack, ack_error, lost_resend, media_403 or media_truncated"
    )]
    Unknown(String),
    /// The kind exists, but its parameters are invalid.
    #[error("params of {kind}: {reason}")]
    Params {
        /// The kind of the fault.
        kind: &'static str,
        /// What is wrong with the parameters.
        reason: String,
    },
}

impl FaultKind {
    /// The name of the kind in JSON.
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
            Self::PasskeyRequired(_) => "passkey_required",
            Self::RefuseCode(_) => "refuse_code",
            Self::CorruptPairing => "corrupt_pairing",
            Self::Capping(_) => "capping",
            Self::ReachoutTimelock(_) => "reachout_timelock",
            Self::PhoneOffline => "phone_offline",
            Self::CorruptCiphertext => "corrupt_ciphertext",
            Self::UnknownEnc => "unknown_enc",
            Self::Duplicate => "duplicate",
            Self::Reorder(_) => "reorder",
            Self::NoAck(_) => "no_ack",
            Self::SlowAck(_) => "slow_ack",
            Self::AckError(_) => "ack_error",
            Self::LostResend => "lost_resend",
            Self::Media403 => "media_403",
            Self::MediaTruncated(_) => "media_truncated",
        }
    }

    /// The parameters in JSON, or `{}` for kinds without parameters.
    pub fn params(&self) -> Value {
        match self {
            Self::StreamError(params) => json!(params),
            Self::Failure(params) => json!(params),
            Self::Slow(params) => json!(params),
            Self::PasskeyRequired(params) => json!(params),
            Self::RefuseCode(params) => json!(params),
            Self::Capping(params) => json!(params),
            Self::ReachoutTimelock(params) => json!(params),
            Self::Reorder(params) => json!(params),
            Self::NoAck(params) => json!(params),
            Self::SlowAck(params) => json!(params),
            Self::AckError(params) => json!(params),
            Self::MediaTruncated(params) => json!(params),
            _ => json!({}),
        }
    }

    /// Reads a fault from the JSON of the admin API.
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
            "passkey_required" => Self::PasskeyRequired(read("passkey_required", params)?),
            "refuse_code" => Self::RefuseCode(read("refuse_code", params)?),
            "corrupt_pairing" => none("corrupt_pairing", &params, Self::CorruptPairing)?,
            "capping" => Self::Capping(read("capping", params)?),
            "reachout_timelock" => Self::ReachoutTimelock(read("reachout_timelock", params)?),
            "phone_offline" => none("phone_offline", &params, Self::PhoneOffline)?,
            "corrupt_ciphertext" => none("corrupt_ciphertext", &params, Self::CorruptCiphertext)?,
            "unknown_enc" => none("unknown_enc", &params, Self::UnknownEnc)?,
            "duplicate" => none("duplicate", &params, Self::Duplicate)?,
            "reorder" => Self::Reorder(read("reorder", params)?),
            "no_ack" => Self::NoAck(read("no_ack", params)?),
            "slow_ack" => Self::SlowAck(read("slow_ack", params)?),
            "ack_error" => Self::AckError(read("ack_error", params)?),
            "lost_resend" => none("lost_resend", &params, Self::LostResend)?,
            "media_403" => none("media_403", &params, Self::Media403)?,
            "media_truncated" => Self::MediaTruncated(read("media_truncated", params)?),
            other => return Err(KindError::Unknown(other.to_owned())),
        })
    }

    /// Whether the fault ends live connections when it is set.
    pub fn strikes(&self) -> bool {
        matches!(self, Self::DropConnection | Self::StreamError(_) | Self::XmlStreamEnd)
    }

    /// Whether the fault hits only the connections that are open when it is set, unless `times` or `until` is given.
    pub fn momentary(&self) -> bool {
        self.strikes() || *self == Self::ExpireRefs
    }

    /// Whether the fault hits an account and its phone as a whole. Other faults hit single devices.
    pub fn of_account(&self) -> bool {
        self.is_state()
            || matches!(self, Self::PasskeyRequired(_) | Self::RefuseCode(_) | Self::CorruptPairing)
    }

    /// Whether the fault puts an account into a state, such as "the phone is offline". The state lasts until the fault
    /// ends. Other faults hit connections, messages or requests.
    pub fn is_state(&self) -> bool {
        self.limits() || *self == Self::PhoneOffline
    }

    /// Whether the fault affects messages that a device sends or receives.
    pub fn on_messages(&self) -> bool {
        matches!(
            self,
            Self::CorruptCiphertext
                | Self::UnknownEnc
                | Self::Duplicate
                | Self::Reorder(_)
                | Self::NoAck(_)
                | Self::SlowAck(_)
                | Self::AckError(_)
                | Self::LostResend
        )
    }

    /// Whether the fault limits to whom an account may write.
    pub fn limits(&self) -> bool {
        matches!(self, Self::Capping(_) | Self::ReachoutTimelock(_))
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
    fn invalid_fault_parameters_are_refused_with_an_error_that_names_the_cause() {
        let of = |kind, params| FaultKind::parse(kind, Some(params)).map_err(|e| e.to_string());
        assert_eq!(
            of("stream_error", json!({"code": 515})),
            Ok(FaultKind::StreamError(StreamError { code: 515 }))
        );
        assert!(of("stream_error", json!({})).unwrap_err().contains("code"));
        assert!(of("failure", json!({"reason": 402, "expires": 5})).unwrap_err().contains("expires"));
        assert!(of("slow", json!({"delayMs": "much"})).unwrap_err().contains("slow"));
        assert!(of("black_hole", json!({"code": 1})).is_err());
        assert!(of("capping", json!({})).unwrap_err().contains("level"));
        assert!(of("capping", json!({"level": "third_warning"})).unwrap_err().contains("third_warning"));
        assert!(of("passkey_required", json!({"refuse": "everything"})).unwrap_err().contains("everything"));
        assert!(of("earthquake", json!({})).unwrap_err().contains("earthquake"));
    }

    #[test]
    fn fault_parameters_stay_the_same_when_they_are_read_and_written() {
        for (kind, params) in [
            ("failure", json!({"reason": 402, "expire": 60, "code": 101})),
            ("slow", json!({"delayMs": 5, "jitterMs": 2, "bytesPerSecond": 1000})),
            ("xmlstreamend", json!({})),
            ("passkey_required", json!({"refuse": "nonce"})),
            ("passkey_required", json!({})),
            ("refuse_code", json!({"code": 429})),
            ("capping", json!({"level": "second_warning"})),
            ("reachout_timelock", json!({"enforcement": "BIZ_QUALITY"})),
            ("phone_offline", json!({})),
            ("corrupt_pairing", json!({})),
            ("corrupt_ciphertext", json!({})),
            ("unknown_enc", json!({})),
            ("duplicate", json!({})),
            ("reorder", json!({"holdMs": 200})),
            ("no_ack", json!({"lost": true})),
            ("slow_ack", json!({"delayMs": 200})),
            ("ack_error", json!({"code": 479})),
            ("lost_resend", json!({})),
            ("media_403", json!({})),
            ("media_truncated", json!({"how": "short"})),
        ] {
            let fault = FaultKind::parse(kind, Some(params.clone())).unwrap();
            assert_eq!((fault.name(), fault.params()), (kind, params));
        }
    }
}
