//! Opaque positions in a list. Callers send them back unchanged.

use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use uuid::Uuid;

/// The id of the row after which a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) struct Cursor(pub Uuid);

/// The text is not a cursor of this server.
#[derive(Debug, thiserror::Error)]
#[error("must be the nextCursor of an earlier page")]
pub(in crate::http) struct InvalidCursor;

impl Cursor {
    pub fn text(self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0.as_bytes())
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
        Uuid::from_slice(&bytes).map(Self).map_err(|_| InvalidCursor)
    }
}
