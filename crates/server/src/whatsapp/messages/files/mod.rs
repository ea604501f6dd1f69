//! Files of messages on WhatsApp's servers: how a message refers to a file, and how files are uploaded and
//! downloaded. The caller supplies the bytes to upload, and receives the downloaded bytes.

mod carried;
mod place;
mod transfer;

use linekeeper_model::message::MessageType;
use whatsapp_rust::wacore::download::MediaType;

pub use carried::{Carried, Look, attach, captioned, carried, detach};
pub use place::Place;
pub use transfer::{Again, FileTrouble, Plain, Sink, WhereAsked};

/// Returns WhatsApp's name for the family of a message type, or `None` for messages without files. Types of one family
/// share keys and paths on WhatsApp's servers.
pub fn family(kind: MessageType) -> Option<&'static str> {
    media_type(kind).map(|kind| match kind {
        // Stickers use the keys of pictures.
        MediaType::Sticker => MediaType::Image.mms_type(),
        other => other.mms_type(),
    })
}

const fn media_type(kind: MessageType) -> Option<MediaType> {
    Some(match kind {
        MessageType::Image => MediaType::Image,
        MessageType::Video | MessageType::Gif => MediaType::Video,
        MessageType::Audio | MessageType::Voice => MediaType::Audio,
        MessageType::Document => MediaType::Document,
        MessageType::Sticker => MediaType::Sticker,
        _ => return None,
    })
}
