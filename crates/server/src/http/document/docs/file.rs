//! A file that is stored compressed. Callers that accept gzip get the compressed file. Other callers get the unpacked
//! file. If a caller already has the current file, the answer is empty (304).

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

/// Browsers may cache the file, but must ask each time, because another version of the server has other files under
/// the same names.
const CACHING: [(HeaderName, &str); 2] = [(CACHE_CONTROL, "no-cache"), (VARY, "accept-encoding")];

/// A file that is embedded in the binary.
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

    /// A weak tag, because the compressed and the unpacked file have the same content.
    fn tag(&self) -> &HeaderValue {
        self.tag.get_or_init(|| {
            let digest = hex::encode(&Sha256::digest(self.packed)[..16]);
            HeaderValue::from_str(&format!("W/\"{digest}\"")).expect("hex digits and quotes are header text")
        })
    }
}
