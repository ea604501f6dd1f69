//! The id of a request, which the answer, the log and the audit log carry.

use axum::http::HeaderMap;
use axum::http::header::HeaderName;
use rand::Rng;

/// The header in which a caller may choose the id, and in which the answer returns it.
pub(in crate::http) const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// The maximum length of an id that a caller chooses.
const LONGEST: usize = 64;

/// The id of a request. `envelope` adds it to the request's extensions.
#[derive(Debug, Clone, Default)]
pub(in crate::http) struct RequestId(String);

impl RequestId {
    /// The caller's id if it is safe in headers and logs, otherwise a new one.
    pub fn of(headers: &HeaderMap) -> Self {
        let harmless = |id: &&str| {
            (1..=LONGEST).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        };
        match headers.get(HEADER).and_then(|id| id.to_str().ok()).filter(harmless) {
            Some(id) => Self(id.to_owned()),
            None => Self(format!("{:016x}", rand::rng().next_u64())),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
