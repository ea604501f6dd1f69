//! A second decoder, for frames that the protocol library refuses. The library encodes every text with an `@` as
//! an address, and refuses to decode addresses at servers that are not WhatsApp's. The binary format itself allows
//! any server. This decoder reads such an address as text.

use wacore_binary::{CompactString, Jid, Node, NodeContent, NodeValue, token};

/// The maximum nesting of stanzas.
const DEEPEST: usize = 64;

/// Decodes a node. Returns `None` if this decoder cannot read the bytes, just as the protocol library could not.
pub fn decode(bytes: &[u8]) -> Option<Node> {
    let mut reader = Reader { bytes };
    let node = reader.node(0)?;
    reader.bytes.is_empty().then_some(node)
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn number(&mut self, bytes: usize) -> Option<usize> {
        Some(self.take(bytes)?.iter().fold(0, |value, byte| (value << 8) | usize::from(*byte)))
    }

    fn list(&mut self, tag: u8) -> Option<usize> {
        match tag {
            token::LIST_EMPTY => Some(0),
            token::LIST_8 => self.number(1),
            token::LIST_16 => self.number(2),
            _ => None,
        }
    }

    /// Reads the length of the text or bytes that follow. Returns `None` if `tag` does not announce a length.
    fn length(&mut self, tag: u8) -> Option<usize> {
        match tag {
            token::BINARY_8 => self.number(1),
            token::BINARY_20 => self.number(3).map(|length| length & 0x0f_ffff),
            token::BINARY_32 => self.number(4),
            _ => None,
        }
    }

    fn node(&mut self, depth: usize) -> Option<Node> {
        let tag = self.byte()?;
        let size = self.list(tag)?;
        if size == 0 || depth > DEEPEST {
            return None;
        }
        let tag = self.text()?;
        let mut node = wacore_binary::builder::NodeBuilder::new_dynamic(tag).build();
        for _ in 0..(size - 1) / 2 {
            let (key, value) = (self.text()?, self.value()?);
            node.attrs.insert(key, value);
        }
        if size % 2 == 0 {
            node.content = self.content(depth)?;
        }
        Some(node)
    }

    fn content(&mut self, depth: usize) -> Option<Option<NodeContent>> {
        let tag = *self.bytes.first()?;
        match tag {
            token::LIST_EMPTY => {
                self.byte()?;
                Some(None)
            }
            token::LIST_8 | token::LIST_16 => {
                self.byte()?;
                let children = self.list(tag)?;
                let nodes: Option<Vec<Node>> = (0..children).map(|_| self.node(depth + 1)).collect();
                Some(Some(NodeContent::Nodes(nodes?)))
            }
            token::BINARY_8 | token::BINARY_20 | token::BINARY_32 => {
                self.byte()?;
                let length = self.length(tag)?;
                Some(Some(NodeContent::Bytes(self.take(length)?.to_vec())))
            }
            _ => Some(Some(NodeContent::String(CompactString::from(self.text()?)))),
        }
    }

    /// Reads an attribute's value. Returns an address if the bytes encode a valid address, and otherwise a text.
    fn value(&mut self) -> Option<NodeValue> {
        let tag = *self.bytes.first()?;
        let text = self.text()?;
        if matches!(tag, token::JID_PAIR | token::AD_JID)
            && let Ok(jid) = text.parse::<Jid>()
        {
            return Some(NodeValue::Jid(jid));
        }
        Some(NodeValue::String(CompactString::from(text)))
    }

    fn text(&mut self) -> Option<String> {
        let tag = self.byte()?;
        match tag {
            token::LIST_EMPTY => Some(String::new()),
            token::BINARY_8 | token::BINARY_20 | token::BINARY_32 => {
                let length = self.length(tag)?;
                String::from_utf8(self.take(length)?.to_vec()).ok()
            }
            token::JID_PAIR => {
                let (user, server) = (self.text()?, self.text()?);
                Some(format!("{user}@{server}"))
            }
            token::AD_JID => {
                let (domain, device, user) = (self.byte()?, self.byte()?, self.text()?);
                let server = match domain {
                    0 => "s.whatsapp.net",
                    1 => "lid",
                    _ => return None,
                };
                Some(if device == 0 {
                    format!("{user}@{server}")
                } else {
                    format!("{user}:{device}@{server}")
                })
            }
            token::NIBBLE_8 | token::HEX_8 => self.packed(tag),
            token::DICTIONARY_0..=token::DICTIONARY_3 => {
                let index = self.byte()?;
                token::get_double_token(tag - token::DICTIONARY_0, index).map(str::to_owned)
            }
            tag => token::get_single_token(tag).map(str::to_owned),
        }
    }

    /// Reads a text of digits that are packed as two in each byte.
    fn packed(&mut self, tag: u8) -> Option<String> {
        let start = self.byte()?;
        let bytes = self.take(usize::from(start & 0x7f))?;
        let mut text = String::new();
        for nibble in bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]) {
            text.push(match (tag, nibble) {
                (_, 0..=9) => char::from(b'0' + nibble),
                (token::HEX_8, _) => char::from(b'A' + nibble - 10),
                (_, 10) => '-',
                (_, 11) => '.',
                (_, 15) => '\0',
                _ => return None,
            });
        }
        if start & 0x80 != 0 {
            text.pop();
        }
        Some(text)
    }
}
