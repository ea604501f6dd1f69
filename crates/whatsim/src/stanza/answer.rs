//! The answer to a request: a result, an error, or nothing because the handler has already sent the answer itself.

use super::Companion;
use crate::codec::{NodeRead, node, server_jid};
use crate::conn::Link;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

/// What the server answers to a request.
pub enum Answer {
    /// `<iq type="result">` with these children.
    Result(Vec<Node>),
    /// `<iq type="error">` with this code and text.
    Error(u16, &'static str),
    /// The handler has already sent the answer, because it must send other stanzas after the answer.
    Sent,
}

impl Answer {
    /// An empty result.
    pub fn done() -> Self {
        Self::Result(Vec::new())
    }

    /// An error for a request that names something that does not exist.
    pub fn not_found() -> Self {
        Self::Error(404, "item-not-found")
    }

    /// An error for a request that is incomplete or contradicts itself.
    pub fn bad_request() -> Self {
        Self::Error(400, "bad-request")
    }

    /// Sends the answer to `request`.
    pub fn send(self, link: &Link, request: &Node) {
        let reply = node("iq")
            .attr("from", request.jid("to").unwrap_or_else(server_jid))
            .attr("id", request.text("id").unwrap_or_default());
        match self {
            Self::Sent => {}
            Self::Result(children) if children.is_empty() => link.send(reply.attr("type", "result").build()),
            Self::Result(children) => link.send(reply.attr("type", "result").children(children).build()),
            Self::Error(code, text) => {
                let error = node("error").attr("code", code).attr("text", text).build();
                link.send(reply.attr("type", "error").children([error]).build());
            }
        }
    }
}

impl Companion {
    /// Acknowledges a stanza that the server has accepted.
    pub fn ack(&self, stanza: &Node, class: &str) {
        self.link.send(self.confirmation(stanza, class).build());
    }

    /// Refuses a message with this error code.
    pub fn refuse_message(&self, message: &Node, error: u16) {
        self.link.send(self.confirmation(message, "message").attr("error", error).build());
    }

    pub(super) fn confirmation(&self, stanza: &Node, class: &str) -> NodeBuilder {
        let mut ack = node("ack")
            .attr("class", class)
            .attr("id", stanza.text("id").unwrap_or_default())
            .attr("from", stanza.jid("to").unwrap_or_else(server_jid))
            .attr("t", self.world.clock.seconds());
        if let Some(participant) = stanza.jid("participant") {
            ack = ack.attr("participant", participant);
        }
        if class != "message"
            && let Some(kind) = stanza.text("type")
        {
            ack = ack.attr("type", kind);
        }
        ack
    }
}
