//! Ids in the form in which WhatsApp's server and phones make them.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rand::{Rng, RngExt};

/// The id for a message that a phone sends: `3A` (the prefix of iPhones) and 18 hex digits.
pub fn message_id(rng: &mut impl Rng) -> String {
    let bytes: [u8; 9] = rng.random();
    format!("3A{}", hex::encode_upper(bytes))
}

/// One QR ref of a `<pair-device>`. Clients do not interpret a ref. It must not contain a comma, because commas
/// separate the fields of a QR code.
pub fn pairing_ref(rng: &mut impl Rng) -> String {
    let bytes: [u8; 48] = rng.random();
    format!("2@{}", BASE64_STANDARD.encode(bytes))
}
