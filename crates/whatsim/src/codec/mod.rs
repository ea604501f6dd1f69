//! Binary nodes: encoding, decoding, and methods to read them. Only this module knows how the protocol library
//! encodes a node.

mod lenient;
mod plain;

use bytes::BytesMut;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, NodeContent, OwnedNodeRef, Server};

/// A frame that is not a binary node, or a node that cannot be encoded.
#[derive(Debug, thiserror::Error)]
#[error("binary node: {0}")]
pub struct CodecError(String);

/// Encodes a node.
///
/// # Errors
/// When the node is too big for the format.
pub fn encode(node: &Node) -> Result<Vec<u8>, CodecError> {
    // Encode such a node without the library. The library would encode every text with an `@` as an address, and
    // clients that use the library refuse a stanza with an invalid address.
    if plain::needed(node) {
        return Ok(plain::encode(node));
    }
    wacore_binary::marshal(node).map_err(|e| CodecError(e.to_string()))
}

/// Decodes one decrypted frame.
///
/// # Errors
/// When the bytes are not a node.
pub fn decode(frame: BytesMut) -> Result<Node, CodecError> {
    let plain = wacore_binary::util::unpack_bytes(frame).map_err(|e| CodecError(e.to_string()))?;
    match OwnedNodeRef::new(plain.clone()) {
        Ok(node) => Ok(node.to_owned_node()),
        // The library refuses addresses at servers that it does not know, even if the addresses are well-formed. So
        // try the second decoder.
        Err(error) => lenient::decode(&plain).ok_or_else(|| CodecError(error.to_string())),
    }
}

/// Starts a node.
pub fn node(tag: &'static str) -> NodeBuilder {
    NodeBuilder::new(tag)
}

/// The address of the server itself, `s.whatsapp.net`.
pub fn server_jid() -> Jid {
    Jid::new("", Server::Pn)
}

/// Short methods that read a node. If a part is absent or has another type, the result is `None`, empty or 0.
pub trait NodeRead {
    /// An attribute as text.
    fn text(&self, key: &str) -> Option<String>;
    /// An attribute as an address.
    fn jid(&self, key: &str) -> Option<Jid>;
    /// The first child with this tag.
    fn child(&self, tag: &str) -> Option<&Node>;
    /// All children.
    fn all(&self) -> &[Node];
    /// The content as bytes. If the content was decoded as a text, these are the bytes of the text.
    fn payload(&self) -> Vec<u8>;
    /// The content as a big-endian number. The protocol encodes ids in two to four bytes.
    fn number(&self) -> u32;
}

impl NodeRead for Node {
    fn text(&self, key: &str) -> Option<String> {
        self.attrs.get(key).map(|v| v.as_str().into_owned())
    }

    fn jid(&self, key: &str) -> Option<Jid> {
        self.attrs.get(key).and_then(|v| v.to_jid())
    }

    fn child(&self, tag: &str) -> Option<&Node> {
        self.get_optional_child(tag)
    }

    fn all(&self) -> &[Node] {
        self.children().unwrap_or_default()
    }

    fn payload(&self) -> Vec<u8> {
        match &self.content {
            Some(NodeContent::Bytes(bytes)) => bytes.to_vec(),
            Some(NodeContent::String(text)) => text.as_bytes().to_vec(),
            _ => Vec::new(),
        }
    }

    fn number(&self) -> u32 {
        be_number(&self.payload())
    }
}

/// Decodes a big-endian number of up to four bytes.
pub fn be_number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |value, byte| (value << 8) | u32::from(*byte))
}

/// A key id as the protocol writes it: three bytes, big-endian.
pub fn key_id(id: u32) -> Vec<u8> {
    id.to_be_bytes()[1..].to_vec()
}

/// The node as text for logs. Long payloads and long lists of children are shortened.
pub fn render(node: &Node) -> String {
    let mut out = String::new();
    render_into(node, 0, &mut out);
    out
}

fn render_into(node: &Node, depth: usize, out: &mut String) {
    const SHOWN: usize = 4;
    use std::fmt::Write as _;
    let pad = "  ".repeat(depth);
    let _ = write!(out, "{pad}<{}", node.tag);
    for (key, value) in node.attrs.iter() {
        let _ = write!(out, " {key}={:?}", value.as_str());
    }
    match &node.content {
        None => out.push_str("/>\n"),
        Some(NodeContent::Bytes(bytes)) => _ = writeln!(out, ">[{} bytes]", bytes.len()),
        Some(NodeContent::String(text)) => _ = writeln!(out, ">{text}"),
        Some(NodeContent::Nodes(children)) => {
            out.push_str(">\n");
            for child in children.iter().take(SHOWN) {
                render_into(child, depth + 1, out);
            }
            if children.len() > SHOWN {
                let _ = writeln!(out, "{pad}  .. {} more", children.len() - SHOWN);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_read_back_from_its_bytes() {
        let sent = node("message")
            .attr("to", Jid::pn_device("15550000001", 3))
            .attr("id", "ABC")
            .children([node("enc").attr("v", "2").bytes(vec![1, 2, 3]).build()])
            .build();
        let got = decode(BytesMut::from(&encode(&sent).unwrap()[..])).unwrap();
        assert_eq!(got.jid("to"), Some(Jid::pn_device("15550000001", 3)));
        assert_eq!(got.text("id").as_deref(), Some("ABC"));
        assert_eq!(got.child("enc").unwrap().payload(), [1, 2, 3]);
        assert!(decode(BytesMut::from(&b"\x00\xff\xff\xff"[..])).is_err());
    }

    #[test]
    fn a_name_with_an_at_sign_is_encoded_as_text() {
        for name in ["me@shop", "y@", "@z", "a@b@c", "ann@s.whatsapp.net.example"] {
            let sent = node("message")
                .attr("from", Jid::lid_device("100015550000001", 3))
                .attr("to", Jid::pn("15550000001"))
                .attr("notify", name)
                .children([node("enc").bytes(vec![9; 300]).build(), node("empty").build()])
                .build();
            let packed = encode(&sent).unwrap();
            let plain = wacore_binary::util::unpack_bytes(BytesMut::from(&packed[..])).unwrap();
            let read = OwnedNodeRef::new(plain).expect("the library reads it").to_owned_node();
            assert_eq!(read.text("notify").as_deref(), Some(name));
            assert_eq!(read.jid("from"), Some(Jid::lid_device("100015550000001", 3)));
            assert_eq!(read.child("enc").unwrap().payload(), vec![9; 300]);
        }
    }

    #[test]
    fn text_that_was_encoded_as_an_address_is_read_as_text() {
        // `<presence name="me@shop"/>`, as whatsapp-rust 0.7 encodes it.
        let packed = b"\x00\xf8\x03\xfc\x08presence\xfc\x04name\xfa\xfc\x02me\xfc\x04shop";
        let read = decode(BytesMut::from(&packed[..])).unwrap();
        assert_eq!((&*read.tag, read.text("name").as_deref()), ("presence", Some("me@shop")));
        let nobody = b"\x00\xf8\x03\xfc\x08presence\xfc\x04name\xfa\xfc\x01y\x00";
        assert_eq!(decode(BytesMut::from(&nobody[..])).unwrap().text("name").as_deref(), Some("y@"));
    }

    #[test]
    fn key_ids_have_three_bytes() {
        assert_eq!(key_id(0x01_02_03), [1, 2, 3]);
        assert_eq!(be_number(&[1, 2, 3]), 0x01_02_03);
        assert_eq!(be_number(&[]), 0);
    }
}
