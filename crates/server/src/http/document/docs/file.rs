//! A file that is kept compressed: sent as it is to whoever takes gzip, unpacked for the few who do not, and not at all
//! to whoever has it already.

use std::io::Read as _;
use std::sync::OnceLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};

use crate::http::answer::entity_tag;
use crate::http::answer::error::ApiError;
use crate::http::request::encoding;

/// Kept, but asked about each time: another version of the server has other files under the same names.
const CACHING: [(HeaderName, &str); 2] = [(CACHE_CONTROL, "no-cache"), (VARY, "accept-encoding")];

/// A file in the binary.
pub(super) struct File {
    media_type: &'static str,
    packed: &'static [u8],
    tag: OnceLock<HeaderValue>,
}

impl File {
    pub const fn new(media_type: &'static str, packed: &'static [u8]) -> Self {
        Self { media_type, packed, tag: OnceLock::new() }
    }

    /// The answer to a request with these headers.
    pub fn answer(&self, headers: &HeaderMap) -> Response {
        let tag = self.tag();
        if entity_tag::is_known(headers, tag) {
            return (StatusCode::NOT_MODIFIED, [(ETAG, tag)], CACHING).into_response();
        }
        let described = [(ETAG, tag.clone()), (CONTENT_TYPE, HeaderValue::from_static(self.media_type))];
        if encoding::takes(headers, "gzip") {
            return (described, CACHING, [(CONTENT_ENCODING, "gzip")], self.packed).into_response();
        }
        let mut plain = Vec::new();
        match GzDecoder::new(self.packed).read_to_end(&mut plain) {
            Ok(_) => (described, CACHING, plain).into_response(),
            Err(error) => ApiError::internal(&error).into_response(),
        }
    }

    /// Weak, for packed and unpacked it is the same file.
    fn tag(&self) -> &HeaderValue {
        self.tag.get_or_init(|| {
            let digest = hex::encode(&Sha256::digest(self.packed)[..16]);
            HeaderValue::from_str(&format!("W/\"{digest}\"")).expect("hex digits and quotes are header text")
        })
    }
}
