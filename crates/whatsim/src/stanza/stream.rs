//! How the server ends a connection: stream errors, failures, and the end of the stream. This module also carries
//! out the faults that end connections.

use crate::clock::Clock;
use crate::codec::node;
use crate::conn::Link;
use crate::faults::{Failure, FaultKind};
use wacore_binary::Node;

/// The stream error for a connection whose device has logged in on another connection.
pub fn replaced() -> Node {
    node("stream:error").children([conflict("replaced")]).build()
}

/// The stream error for a device that was unlinked.
pub fn device_removed() -> Node {
    node("stream:error").attr("code", "401").children([conflict("device_removed")]).build()
}

/// The stream error after which the client must connect again. WhatsApp sends it at the end of a pairing.
pub fn restart() -> Node {
    error(515)
}

/// The stream error for a client that sent something that is not a stanza.
pub fn not_well_formed() -> Node {
    node("stream:error").children([node("xml-not-well-formed").build()]).build()
}

/// The stanza that refuses a login.
pub fn failure(failure: &Failure, clock: &Clock) -> Node {
    let mut stanza = node("failure").attr("reason", failure.reason);
    if let Some(code) = failure.code {
        stanza = stanza.attr("code", code);
    }
    if let Some(expire) = failure.expire {
        stanza = stanza.attr("expire", expire);
    }
    if let Some(message) = &failure.message {
        stanza = stanza.attr("message", message);
    }
    if let Some(url) = &failure.url {
        stanza = stanza.attr("url", url);
    }
    stanza.attr("location", LOCATION).attr("t", clock.seconds()).build()
}

/// The data centre's name, as the server sends it to clients.
pub const LOCATION: &str = "sim";

/// Carries out a fault that ends a connection. Ignores all other faults, because they do not end connections.
pub fn strike(link: &Link, fault: &FaultKind) {
    match fault {
        FaultKind::DropConnection => return link.sever(),
        FaultKind::StreamError(params) => link.send(match params.code {
            401 => device_removed(),
            409 => replaced(),
            code => error(code),
        }),
        FaultKind::XmlStreamEnd => link.send(node("xmlstreamend").build()),
        FaultKind::RefuseConnect
        | FaultKind::BlackHole
        | FaultKind::Failure(_)
        | FaultKind::ExpireRefs
        | FaultKind::Slow(_)
        | FaultKind::PasskeyRequired(_)
        | FaultKind::RefuseCode(_)
        | FaultKind::CorruptPairing
        | FaultKind::Capping(_)
        | FaultKind::ReachoutTimelock(_)
        | FaultKind::PhoneOffline
        | FaultKind::CorruptCiphertext
        | FaultKind::UnknownEnc
        | FaultKind::Duplicate
        | FaultKind::Reorder(_)
        | FaultKind::NoAck(_)
        | FaultKind::LostResend
        | FaultKind::SlowAck(_)
        | FaultKind::AckError(_)
        | FaultKind::Media403
        | FaultKind::MediaTruncated(_) => return,
    }
    link.close();
}

fn error(code: u16) -> Node {
    node("stream:error").attr("code", code).build()
}

fn conflict(kind: &'static str) -> Node {
    node("conflict").attr("type", kind).build()
}
