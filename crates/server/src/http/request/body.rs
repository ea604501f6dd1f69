//! JSON bodies: limited in size and time, checked to be JSON, and read field by field.

use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody as _};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header;
use futures_util::StreamExt;

use super::fields::{Fields, FromFields};
use super::json;
use crate::http::answer::error::ApiError;

/// Maximum number of bytes of a JSON body, unless `body!` gives it another limit.
pub(in crate::http) const LIMIT: usize = 64 * 1024;
/// The maximum number of bytes of a refused body that are read and dropped, so that a client that is still sending
/// can read the answer. If the connection closes earlier, a proxy reports an error of this server (502).
const DISCARD: u64 = 1024 * 1024;
/// How long reading and dropping may take.
const DISCARD_WITHIN: Duration = Duration::from_secs(2);
/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// A JSON object read as `T`.
pub(in crate::http) struct Json<T>(pub T);

impl<S: Sync, T: FromFields> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::UnsupportedMediaType);
        }
        let (parts, body) = request.into_parts();
        let fields: Fields = json::object(&bounded(&parts.headers, body, T::LIMIT).await?)?.into();
        fields.into().map(Self)
    }
}

/// The whole body, if it is neither too large nor too slow.
pub(in crate::http) async fn bounded(
    headers: &HeaderMap,
    body: Body,
    most: usize,
) -> Result<Bytes, ApiError> {
    let declared = declared_length(headers);
    let mut stream = body.into_data_stream();
    let read = if declared.is_some_and(|length| length > most as u64) {
        Err(ApiError::BodyTooLarge { limit: most })
    } else {
        tokio::time::timeout(PATIENCE, read(&mut stream, most)).await.map_err(|_| ApiError::BodyTimeout)?
    };
    if matches!(read, Err(ApiError::BodyTooLarge { .. })) {
        throw_away(headers, &mut stream).await;
    }
    read
}

/// Reads and drops the rest of a refused body, if it is short.
pub(in crate::http) async fn throw_away(headers: &HeaderMap, stream: &mut BodyDataStream) {
    if declared_length(headers).is_none_or(|length| length <= DISCARD) {
        // The result is ignored, because the answer does not depend on how much was read.
        let _ = tokio::time::timeout(DISCARD_WITHIN, discard(stream)).await;
    }
}

/// A JSON object read as `T`. A request without a body counts as `{}`.
pub(in crate::http) struct OptionalJson<T>(pub T);

impl<S: Sync, T: FromFields> FromRequest<S> for OptionalJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !request.headers().contains_key(header::CONTENT_TYPE) && request.body().is_end_stream() {
            return Fields::default().into().map(Self);
        }
        Json::from_request(request, state).await.map(|Json(body)| Self(body))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(header::CONTENT_TYPE).map(|value| value.to_str()) else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads the body, and stops at the first byte over the limit.
async fn read(stream: &mut BodyDataStream, most: usize) -> Result<Bytes, ApiError> {
    let mut bytes = Vec::new();
    while let Some(part) = stream.next().await {
        let part = part.map_err(|_| ApiError::IncompleteBody)?;
        if bytes.len() + part.len() > most {
            return Err(ApiError::BodyTooLarge { limit: most });
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes.into())
}

async fn discard(stream: &mut BodyDataStream) {
    let mut left = DISCARD;
    while let Some(Ok(part)) = stream.next().await {
        let Some(rest) = left.checked_sub(part.len() as u64) else { return };
        left = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_media_types_are_accepted() {
        let json = |text: &'static str| {
            is_json(&HeaderMap::from_iter([(header::CONTENT_TYPE, header::HeaderValue::from_static(text))]))
        };
        assert!(
            json("application/json") && json("Application/JSON; charset=utf-8") && json("application/a+json")
        );
        assert!(!json("text/plain") && !json("application/x-www-form-urlencoded") && !json("text/json"));
    }
}
