//! Encodes every text of a node in full, so that clients decode it as a text again. The protocol library would encode
//! some texts as addresses. This module is needed only for nodes with such texts.

use wacore_binary::{Jid, Node, NodeContent, NodeValue, Server, token};

/// Whether a node contains text that has an `@` but is not an address.
pub fn needed(node: &Node) -> bool {
    let misleading = |value: &NodeValue| match value {
        NodeValue::String(text) => text.contains('@') && text.parse::<Jid>().is_err(),
        NodeValue::Jid(_) => false,
    };
    node.attrs.iter().any(|(_, value)| misleading(value))
        || match &node.content {
            Some(NodeContent::Nodes(children)) => children.iter().any(needed),
            _ => false,
        }
}

/// Encodes the node.
pub fn encode(node: &Node) -> Vec<u8> {
    // This flag byte says that the node is not compressed.
    let mut out = vec![0];
    write_node(node, &mut out);
    out
}

fn write_node(node: &Node, out: &mut Vec<u8>) {
    let attributes = node.attrs.iter().count();
    write_list(1 + 2 * attributes + usize::from(node.content.is_some()), out);
    write_text(&node.tag, out);
    for (key, value) in node.attrs.iter() {
        write_text(key, out);
        match value {
            NodeValue::String(text) => write_text(text, out),
            NodeValue::Jid(jid) => write_jid(jid, out),
        }
    }
    match &node.content {
        None => {}
        Some(NodeContent::Bytes(bytes)) => write_bytes(bytes, out),
        Some(NodeContent::String(text)) => write_text(text, out),
        Some(NodeContent::Nodes(children)) => {
            write_list(children.len(), out);
            children.iter().for_each(|child| write_node(child, out));
        }
    }
}

fn write_list(size: usize, out: &mut Vec<u8>) {
    match u8::try_from(size) {
        Ok(size) => out.extend([token::LIST_8, size]),
        Err(_) => {
            out.push(token::LIST_16);
            out.extend(&(size as u16).to_be_bytes());
        }
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    write_bytes(text.as_bytes(), out);
}

fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    let length = (bytes.len() as u32).to_be_bytes();
    match bytes.len() {
        0..256 => out.extend([token::BINARY_8, length[3]]),
        256..0x10_0000 => {
            out.push(token::BINARY_20);
            out.extend(&length[1..]);
        }
        _ => {
            out.push(token::BINARY_32);
            out.extend(&length);
        }
    }
    out.extend(bytes);
}

fn write_jid(jid: &Jid, out: &mut Vec<u8>) {
    let domain = match jid.server {
        Server::Pn => Some(0),
        Server::Lid => Some(1),
        _ => None,
    };
    if let (Some(domain), 1..=255) = (domain, jid.device) {
        out.extend([token::AD_JID, domain, jid.device as u8]);
        return write_text(&jid.user, out);
    }
    out.push(token::JID_PAIR);
    if jid.user.is_empty() {
        out.push(token::LIST_EMPTY);
    } else {
        write_text(&jid.user, out);
    }
    write_text(jid.server.as_str(), out);
}
