//! Identifiers as WhatsApp's server and phones make them.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rand::{Rng, RngExt};

/// The id of a message that a phone sends: `3A` (an iPhone's prefix) and 18 hex digits.
pub fn message_id(rng: &mut impl Rng) -> String {
    let bytes: [u8; 9] = rng.random();
    format!("3A{}", hex::encode_upper(bytes))
}

/// One ref of a `<pair-device>`. Clients do not interpret it. It has no comma, because the QR code separates its
/// fields with commas.
pub fn pairing_ref(rng: &mut impl Rng) -> String {
    let bytes: [u8; 48] = rng.random();
    format!("2@{}", BASE64_STANDARD.encode(bytes))
}
