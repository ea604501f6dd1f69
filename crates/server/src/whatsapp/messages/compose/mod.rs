//! Turns linekeeper's representation of a message into the exact bytes that every attempt sends. The functions are
//! pure: randomness and time are parameters.

mod act;
mod media;
mod text;

use linekeeper_model::message::{Address, Content};
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::wacore::proto_helpers::MessageExt;
use whatsapp_rust::waproto::codec;
use whatsapp_rust::waproto::whatsapp as wa;

pub use act::{edit, reaction, revoke};

/// A message to compose.
#[derive(Debug, Clone)]
pub struct Compose<'c> {
    /// The content of the message.
    pub content: &'c Content,
    /// The message that this one replies to.
    pub quoted: Option<QuotedWire>,
    /// The people who are mentioned.
    pub mentions: Vec<Address>,
    /// The number of seconds after which phones delete the message.
    pub ephemeral_seconds: Option<u32>,
    /// Whether the message is a view-once message.
    pub view_once: bool,
    /// The secret with which reactions, edits and votes are encrypted. If it were missing, the library would use a
    /// different secret for each attempt.
    pub secret: [u8; 32],
}

/// The quoted message, as the protocol represents it.
#[derive(Debug, Clone)]
pub struct QuotedWire {
    /// The WhatsApp id of the quoted message.
    pub wa_message_id: String,
    /// Who wrote the quoted message.
    pub sender: Address,
    /// The bytes of the quoted message, if they are known.
    pub wire: Option<Vec<u8>>,
}

/// The bytes of a message. If the message has a file, the bytes do not say yet where the file is on WhatsApp's
/// servers. `None` if a message of this type cannot be sent.
pub fn compose(message: &Compose<'_>) -> Option<Vec<u8>> {
    let context = context(message);
    let composed = match message.content {
        Content::Text(text) => text::compose(text, context),
        file => media::compose(file, context, message.view_once)?,
    };
    Some(finish(composed, message.secret))
}

/// The bytes of a forwarded message. They mark the message as forwarded.
pub fn forward(wire: &[u8], secret: [u8; 32]) -> Option<Vec<u8>> {
    let message = codec::message_decode(wire).ok()?;
    let body = message.get_base_message().prepare_for_forward();
    Some(finish(*body, secret))
}

fn context(message: &Compose<'_>) -> Option<wa::ContextInfo> {
    let needed =
        message.quoted.is_some() || !message.mentions.is_empty() || message.ephemeral_seconds.is_some();
    needed.then(|| {
        let quoted = message.quoted.as_ref();
        let wire = quoted.and_then(|quoted| quoted.wire.as_deref());
        let original = wire.and_then(|wire| codec::message_decode(wire).ok()).unwrap_or_default();
        wa::ContextInfo {
            stanza_id: quoted.map(|quoted| quoted.wa_message_id.clone()),
            participant: quoted.map(|quoted| quoted.sender.to_string()),
            quoted_message: match quoted {
                Some(_) => MessageField::some(original),
                None => MessageField::none(),
            },
            mentioned_jid: message.mentions.iter().map(ToString::to_string).collect(),
            expiration: message.ephemeral_seconds,
            ..Default::default()
        }
    })
}

fn finish(mut message: wa::Message, secret: [u8; 32]) -> Vec<u8> {
    let info = wa::MessageContextInfo { message_secret: Some(secret.to_vec()), ..Default::default() };
    message.message_context_info = MessageField::some(info);
    codec::message_to_vec(&message)
}

#[cfg(test)]
mod tests {
    use linekeeper_model::message::Text;

    use super::*;

    #[test]
    fn composing_a_message_twice_gives_the_same_bytes_and_secret() {
        let content = Content::Text(Text::of("hello @15550000002"));
        let message = Compose {
            content: &content,
            quoted: Some(QuotedWire {
                wa_message_id: "3EB1".to_owned(),
                sender: "15551234567@s.whatsapp.net".parse().unwrap(),
                wire: None,
            }),
            mentions: vec!["15550000002@s.whatsapp.net".parse().unwrap()],
            ephemeral_seconds: None,
            view_once: false,
            secret: [7; 32],
        };
        let (first, second) = (compose(&message).unwrap(), compose(&message).unwrap());
        assert_eq!(first, second);
        let read = codec::message_decode(&first).unwrap();
        let info = read.message_context_info.as_option().unwrap();
        assert_eq!(info.message_secret.as_deref(), Some(&[7; 32][..]));
        let text = read.extended_text_message.as_option().unwrap();
        let context = text.context_info.as_option().unwrap();
        assert_eq!(
            (text.text.as_deref(), context.stanza_id.as_deref()),
            (Some("hello @15550000002"), Some("3EB1"))
        );
        assert_eq!(context.mentioned_jid, ["15550000002@s.whatsapp.net"]);
    }

    #[test]
    fn a_plain_text_is_written_into_the_conversation_field_of_the_message() {
        let content = Content::Text(Text::of("hello"));
        let message = Compose {
            content: &content,
            quoted: None,
            mentions: vec![],
            ephemeral_seconds: None,
            view_once: false,
            secret: [1; 32],
        };
        let read = codec::message_decode(&compose(&message).unwrap()).unwrap();
        assert_eq!(read.conversation.as_deref(), Some("hello"));
    }
}
