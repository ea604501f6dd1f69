//! The packets of Engine.IO 4 and Socket.IO 5 as text, as specified in the published protocols
//! (<https://socket.io/docs/v4/engine-io-protocol/>, <https://socket.io/docs/v4/socket-io-protocol/>). Nothing
//! here sends or receives.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

/// The only namespace of this server.
pub(super) const NAMESPACE: &str = "/events";
/// The separator of packets in one body.
pub(super) const SEPARATOR: u8 = 0x1e;

pub(super) const CLOSE: &str = "1";
pub(super) const PING: &str = "2";
pub(super) const PONG: &str = "3";
pub(super) const PROBE: &str = "2probe";
pub(super) const PROBED: &str = "3probe";
pub(super) const UPGRADE: &str = "5";
pub(super) const NOOP: &str = "6";
/// The prefix of a Socket.IO packet.
const MESSAGE: char = '4';

/// A Socket.IO packet from a client.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Packet<'t> {
    pub kind: Kind,
    pub namespace: &'t str,
    pub ack: Option<u64>,
    /// JSON.
    pub data: &'t str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Connect,
    Disconnect,
    Event,
    /// An acknowledgement. The server never asks for one.
    Ack,
}

impl<'t> Packet<'t> {
    /// Parses an Engine.IO packet. Returns `None` if the packet contains no Socket.IO packet, or one with binary parts,
    /// which this server does not use.
    pub fn read(text: &'t str) -> Option<Self> {
        let text = text.strip_prefix(MESSAGE)?;
        let kind = match text.chars().next()? {
            '0' => Kind::Connect,
            '1' => Kind::Disconnect,
            '2' => Kind::Event,
            '3' => Kind::Ack,
            _ => return None,
        };
        let mut rest = &text[1..];
        let mut namespace = "/";
        if rest.starts_with('/') {
            let end = rest.find(',').unwrap_or(rest.len());
            // The part after a question mark is a query that old clients send.
            namespace = rest[..end].split('?').next().unwrap_or_default();
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, data) = rest.split_at(digits);
        let ack = if number.is_empty() { None } else { Some(number.parse().ok()?) };
        Some(Self { kind, namespace, ack, data })
    }
}

/// The first packet of a new session.
pub(super) fn open(
    sid: &str,
    upgrades: &[&str],
    interval: Duration,
    timeout: Duration,
    most: usize,
) -> Bytes {
    let handshake = json!({
        "sid": sid,
        "upgrades": upgrades,
        "pingInterval": u64::try_from(interval.as_millis()).unwrap_or(u64::MAX),
        "pingTimeout": u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX),
        "maxPayload": most,
    });
    format!("0{handshake}").into()
}

/// Tells the client that it is connected to the namespace.
pub(super) fn connected(sid: &str) -> Bytes {
    format!("40{NAMESPACE},{}", json!({ "sid": sid })).into()
}

/// Refuses the connection to a namespace.
pub(super) fn refused(namespace: &str, message: &str, code: &str) -> Bytes {
    let error = json!({ "message": message, "data": { "code": code } });
    match namespace {
        "/" => format!("44{error}").into(),
        // The answer repeats the namespace that the client chose. A long namespace harms nobody, because it only makes
        // the answer to this client long.
        other => format!("44{other},{error}").into(),
    }
}

/// Tells the client that the server has left the namespace.
pub(super) fn disconnected() -> Bytes {
    Bytes::from(format!("41{NAMESPACE},"))
}

/// The answer to an event that asked for an acknowledgement.
pub(super) fn answer(ack: u64, value: &Value) -> Bytes {
    format!("43{NAMESPACE},{ack}[{value}]").into()
}

/// The last event of a connection. It tells the client why the server closes the connection.
pub(super) fn closing(code: &str) -> Bytes {
    format!("42{NAMESPACE},{}", json!(["closing", { "code": code }])).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_parsed_as_the_protocol_specifies() {
        let read = |text: &'static str| Packet::read(text).map(|p| (p.kind, p.namespace, p.ack, p.data));
        assert_eq!(
            read("40/events,{\"token\":\"x\"}"),
            Some((Kind::Connect, "/events", None, "{\"token\":\"x\"}"))
        );
        assert_eq!(read("40/events,"), Some((Kind::Connect, "/events", None, "")));
        assert_eq!(read("40/events?a=b,{}"), Some((Kind::Connect, "/events", None, "{}")));
        assert_eq!(read("40"), Some((Kind::Connect, "/", None, "")));
        assert_eq!(
            read("42/events,12[\"subscribe\",{}]"),
            Some((Kind::Event, "/events", Some(12), "[\"subscribe\",{}]"))
        );
        assert_eq!(read("42[\"a\"]"), Some((Kind::Event, "/", None, "[\"a\"]")));
        assert_eq!(read("41/events"), Some((Kind::Disconnect, "/events", None, "")));
        for text in ["", "4", "2probe", "451-[\"a\"]", "4x", "42/events,99999999999999999999999[]"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
