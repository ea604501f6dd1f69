//! Sends linekeeper's own stanzas that contain text written by people. The library encodes every text of up to 48
//! bytes with an `@` as an address (wacore-binary 0.7.0, `encoder.rs`, `classify_string_hint`), for example
//! `me@shop`. A reader that does not know the server `shop` refuses the frame, and the connection ends. This
//! module encodes a text as a text, as WhatsApp's own client does, and recognises an address by its Rust type. Use
//! `send` for every own stanza that has people's text in attributes.

use whatsapp_rust::wacore_binary::encoder::{ByteWriter, EncodeNode, Encoder};
use whatsapp_rust::wacore_binary::{Node, NodeContent, NodeValue, Result as Encoded};
use whatsapp_rust::{Client, ClientError};

/// Sends a stanza in which texts are encoded as texts. This does not wait for an answer.
pub(super) async fn send(client: &Client, node: &Node) -> Result<(), SendError> {
    Ok(client.send_raw_bytes(encode(node)?).await?)
}

/// Why a stanza could not be sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    /// The stanza is too large.
    #[error("encoding a stanza: {0}")]
    Encoding(#[from] whatsapp_rust::wacore_binary::BinaryError),
    /// The connection has ended.
    #[error(transparent)]
    Client(#[from] ClientError),
}

fn encode(node: &Node) -> Encoded<Vec<u8>> {
    let mut bytes = Vec::new();
    Encoder::new_vec(&mut bytes)?.write_node(&Plain(node))?;
    Ok(bytes)
}

/// A node whose attributes are encoded by their Rust type.
struct Plain<'n>(&'n Node);

fn text<W: ByteWriter>(encoder: &mut Encoder<'_, W>, text: &str) -> Encoded<()> {
    if text.contains('@') {
        return encoder.write_bytes_with_len(text.as_bytes());
    }
    encoder.write_string(text)
}

impl EncodeNode for Plain<'_> {
    fn tag(&self) -> &str {
        &self.0.tag
    }

    fn attrs_len(&self) -> usize {
        self.0.attrs.len()
    }

    fn has_content(&self) -> bool {
        self.0.content.is_some()
    }

    fn encode_attrs<'a, W: ByteWriter>(&self, encoder: &mut Encoder<'a, W>) -> Encoded<()> {
        for (name, value) in &self.0.attrs {
            encoder.write_string(name)?;
            match value {
                NodeValue::String(value) => text(encoder, value)?,
                NodeValue::Jid(jid) => encoder.write_jid_owned(jid)?,
            }
        }
        Ok(())
    }

    fn encode_content<'a, W: ByteWriter>(&self, encoder: &mut Encoder<'a, W>) -> Encoded<()> {
        match &self.0.content {
            None => Ok(()),
            Some(NodeContent::String(content)) => text(encoder, content),
            Some(NodeContent::Bytes(bytes)) => encoder.write_bytes_with_len(bytes),
            Some(NodeContent::Nodes(children)) => {
                encoder.write_list_start(children.len())?;
                children.iter().try_for_each(|child| encoder.write_node(&Plain(child)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use whatsapp_rust::wacore_binary::marshal::unmarshal_ref;
    use whatsapp_rust::wacore_binary::node::ValueRef;
    use whatsapp_rust::{Jid, NodeBuilder};

    use super::*;

    /// Decodes the bytes after the first byte, which only says whether they are compressed.
    fn read(bytes: &[u8]) -> Encoded<(String, bool)> {
        let node = unmarshal_ref(&bytes[1..])?;
        let child = node.children().and_then(|children| children.first()).expect("one child");
        // The variant is checked, because `to_jid` would also parse a text.
        let is_text = |name| child.get_attr(name).is_some_and(|value| matches!(value, ValueRef::String(_)));
        Ok((child.get_attr("name").expect("a name").as_str().to_string(), is_text("name") && !is_text("to")))
    }

    #[test]
    fn text_with_an_at_sign_is_read_back_as_text() {
        let to: Jid = "15551234567@s.whatsapp.net".parse().expect("a JID");
        for name in
            ["me@shop", "y@", "@z", "@", "a@b@c", "me_5:3@shop", "x@s.whatsapp.net", "Ann", "", "12-3.4"]
        {
            let child = NodeBuilder::new("child").attr("name", name).attr("to", to.clone()).build();
            let node = NodeBuilder::new("presence").children([child]).build();
            let (came, kinds_hold) = read(&encode(&node).expect("it is small")).expect("it can be read");
            assert_eq!(came, name);
            assert!(kinds_hold, "{name}");
        }
    }

    #[test]
    fn the_library_cannot_encode_a_text_that_contains_an_at_sign() {
        let child = NodeBuilder::new("child").attr("name", "me@shop").attr("to", "x").build();
        let node = NodeBuilder::new("presence").children([child]).build();
        let bytes = whatsapp_rust::wacore_binary::marshal(&node).expect("it is small");
        assert!(read(&bytes).is_err(), "if the library learns it, this module can go");
    }
}
