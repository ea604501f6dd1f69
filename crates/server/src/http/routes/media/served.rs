//! The answer with a file: the whole file or a part of it. A browser never runs what is in the file.

use axum::body::{Body, Bytes};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use linekeeper_model::id::AccountId;
use linekeeper_model::message::MediaState;
use linekeeper_storage::MediaRow;

use super::range::{Asked, asked};
use crate::http::answer::entity_tag;
use crate::http::answer::error::ApiError;
use crate::http::state::Http;

/// A rule for browsers that open the file as a page. Browsers run nothing in the file, whatever its bytes are.
const SANDBOX: (HeaderName, &str) =
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'");
/// The file with a given id never changes. Shared caches must not store it, because the request needed a
/// credential or a link.
const CACHING: (HeaderName, &str) = (header::CACHE_CONTROL, "private, max-age=3600");
/// The types that browsers show by themselves. All other files are downloaded.
const SHOWN: [&str; 12] = [
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "audio/mpeg",
    "audio/ogg",
    "audio/aac",
    "audio/mp4",
    "audio/x-wav",
    "video/mp4",
    "video/webm",
    "video/3gpp",
];

/// The answer to a caller who may have the file.
pub(super) async fn answer(
    http: &Http,
    account: AccountId,
    row: &MediaRow,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    http.messages.want_media(account, row).await?;
    match row.state {
        MediaState::Ready => {}
        MediaState::Pending => return Err(ApiError::MediaPending),
        MediaState::Failed => return Err(ApiError::MediaNotFetched),
        MediaState::Gone => return Err(ApiError::MediaGone),
    }
    let size = row.detail.size.unwrap_or_default();
    let tag = format!("\"{}\"", row.detail.sha256.as_deref().unwrap_or_default());
    let tag = HeaderValue::from_str(&tag).map_err(|error| ApiError::internal(&error))?;
    if entity_tag::is_known(headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)], [CACHING]).into_response());
    }
    let (status, from, end) = match asked(headers, size, &tag) {
        Asked::Whole => (StatusCode::OK, 0, size),
        Asked::Part(from, end) => (StatusCode::PARTIAL_CONTENT, from, end),
        Asked::Beyond => return Err(ApiError::RangeBeyond { size }),
    };
    let opened = http.messages.open_media(account, row, from, end).await?;
    let pieces = futures_util::stream::try_unfold(opened, |mut opened| async move {
        let piece =
            opened.next().await.inspect_err(|error| tracing::error!(%error, "a file could not be read"))?;
        Ok::<_, std::io::Error>(piece.map(|piece| (Bytes::from(piece), opened)))
    });
    let kind = row.detail.mime_type.as_deref().unwrap_or("application/octet-stream");
    let is_shown = SHOWN.contains(&kind);
    let kind = if is_shown { kind } else { "application/octet-stream" };
    let mut response = (status, [CACHING, SANDBOX], Body::from_stream(pieces)).into_response();
    let described = response.headers_mut();
    described.insert(header::ETAG, tag);
    described.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    described.insert(header::CONTENT_LENGTH, (end - from).into());
    let mut say = |name, text: String| {
        if let Ok(value) = HeaderValue::from_str(&text) {
            described.insert(name, value);
        }
    };
    say(header::CONTENT_TYPE, kind.to_owned());
    say(header::CONTENT_DISPOSITION, disposition(is_shown, row.detail.file_name.as_deref()));
    if status == StatusCode::PARTIAL_CONTENT {
        say(header::CONTENT_RANGE, format!("bytes {from}-{}/{size}", end - 1));
    }
    Ok(response)
}

/// Returns the value of `Content-Disposition` (RFC 8187): whether the browser shows the file or downloads it, and the
/// file's name if it has one.
fn disposition(is_shown: bool, name: Option<&str>) -> String {
    let kind = if is_shown { "inline" } else { "attachment" };
    match name {
        Some(name) => {
            let encoded: String = name
                .bytes()
                .map(|b| match b {
                    b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.' | b'-' | b'_' => char::from(b).to_string(),
                    _ => format!("%{b:02X}"),
                })
                .collect();
            format!("{kind}; filename*=UTF-8''{encoded}")
        }
        None => kind.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_cannot_break_out_of_their_header() {
        assert_eq!(
            disposition(false, Some("a\"b\r\nä.pdf")),
            "attachment; filename*=UTF-8''a%22b%0D%0A%C3%A4.pdf"
        );
        assert_eq!(disposition(true, None), "inline");
    }
}
