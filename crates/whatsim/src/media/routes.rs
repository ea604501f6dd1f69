//! The media server's two routes: upload (`POST /mms/..`), and download with byte ranges. Bodies are streamed
//! between the network and the disk.

use super::store::PREFIX;
use super::{Lookup, MediaAuth, PutError};
use crate::faults::{Cut, FaultKind, Target};
use crate::world::{DeviceAddress, World};
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, OriginalUri, Path, Query, State};
use axum::http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use serde_json::json;
use std::io::SeekFrom;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};

/// How many bytes are read from the disk at a time.
const CHUNK: usize = 64 * 1024;
/// How long the server waits before it breaks off a truncated download. In this time the operating system sends
/// the first half.
const FLUSH: Duration = Duration::from_millis(100);

#[derive(Deserialize)]
struct Asked {
    auth: Option<String>,
    resume: Option<String>,
    file_offset: Option<u64>,
}

impl Asked {
    fn device(&self) -> Option<DeviceAddress> {
        MediaAuth::read(self.auth.as_deref()?)
    }
}

/// The routes of the media server.
pub fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/mms/{kind}/{token}", post(upload))
        .route("/product/image/{token}", post(upload_picture))
        .route(&format!("{PREFIX}{{name}}"), get(download))
        .layer(DefaultBodyLimit::disable())
        .with_state(world)
}

async fn upload_picture(
    state: State<Arc<World>>,
    Path(token): Path<String>,
    asked: Query<Asked>,
    body: Body,
) -> Response {
    upload(state, Path(("image".to_owned(), token)), asked, body).await
}

async fn upload(
    State(world): State<Arc<World>>,
    Path((_kind, token)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    body: Body,
) -> Response {
    let device = asked.device();
    if device.is_none() || forbidden(&world, device.as_ref()) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let now = world.clock.now();
    if asked.resume.is_some() {
        return match world.media.store.find(&token, now) {
            Some(stored) => Json(json!({
                "resume": "complete",
                "url": world.media.url(&stored.direct_path),
                "direct_path": stored.direct_path,
            }))
            .into_response(),
            None => Json(json!({ "resume": world.media.store.progress(&token).to_string() })).into_response(),
        };
    }
    if let Err(error) = write(world.media.store.part(&token), asked.file_offset.unwrap_or(0), body).await {
        tracing::debug!(%error, "an upload broke off");
        return StatusCode::BAD_REQUEST.into_response();
    }
    let keeper = world.clone();
    let finished = tokio::task::spawn_blocking(move || keeper.media.store.finish(&token, now)).await;
    match finished {
        Ok(Ok(stored)) => Json(json!({
            "url": world.media.url(&stored.direct_path),
            "direct_path": stored.direct_path,
        }))
        .into_response(),
        Ok(Err(PutError::Hash)) => {
            tracing::warn!("an upload is not what its token says");
            StatusCode::BAD_REQUEST.into_response()
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Writes a body to a file, starting at `offset`.
async fn write(part: PathBuf, offset: u64, body: Body) -> anyhow::Result<()> {
    let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(part).await?;
    anyhow::ensure!(offset <= file.metadata().await?.len(), "the upload goes on where nothing is");
    file.set_len(offset).await?;
    file.seek(SeekFrom::Start(offset)).await?;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        file.write_all(&chunk?).await?;
    }
    Ok(file.flush().await?)
}

async fn download(
    State(world): State<Arc<World>>,
    OriginalUri(uri): OriginalUri,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let device = asked.device();
    if forbidden(&world, device.as_ref()) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let (file, size) = match world.media.store.look_up(uri.path(), world.clock.now()) {
        Lookup::Found { file, size } => (file, size),
        Lookup::Gone => return StatusCode::GONE.into_response(),
        Lookup::Unknown => return StatusCode::NOT_FOUND.into_response(),
    };
    let asked_range = headers.get(RANGE).and_then(|range| range.to_str().ok());
    let range = match asked_range.map(|text| byte_range(text, size)) {
        None => (0, size),
        Some(Some(range)) => range,
        Some(None) => {
            let whole = [(CONTENT_RANGE, format!("bytes */{size}"))];
            return (StatusCode::RANGE_NOT_SATISFIABLE, whole).into_response();
        }
    };
    let cut = claim(&world, device.as_ref(), |kind| matches!(kind, FaultKind::MediaTruncated(_)));
    let cut = match cut {
        Some(FaultKind::MediaTruncated(params)) => Some(params.how),
        _ => None,
    };
    match serve(file, range, cut).await {
        Ok((body, length)) => {
            let mut response = body.into_response();
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
            headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
            if asked_range.is_some() {
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                let part = format!("bytes {}-{}/{size}", range.0, range.1.saturating_sub(1));
                if let Ok(part) = part.parse() {
                    response.headers_mut().insert(CONTENT_RANGE, part);
                }
            }
            response
        }
        Err(error) => {
            tracing::error!(%error, "a file of the media store can't be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Reads the bytes of a file from `range.0` up to, but not including, `range.1`. Returns the body and the length
/// to announce. If `cut` is set, the body has only half of the bytes.
async fn serve(file: PathBuf, range: (u64, u64), cut: Option<Cut>) -> std::io::Result<(Body, u64)> {
    let mut file = File::open(file).await?;
    file.seek(SeekFrom::Start(range.0)).await?;
    let whole = range.1 - range.0;
    let sent = if cut.is_some() { whole / 2 } else { whole };
    let announced = if cut == Some(Cut::Short) { sent } else { whole };
    let breaks_off = announced > sent;
    let chunks = stream::unfold((file, sent, breaks_off), |(mut file, left, breaks_off)| async move {
        if left == 0 {
            if !breaks_off {
                return None;
            }
            // If the connection ended at once, the operating system would drop the bytes that it has not sent yet.
            tokio::time::sleep(FLUSH).await;
            let broken = std::io::Error::new(std::io::ErrorKind::ConnectionAborted, "media_truncated");
            return Some((Err(broken), (file, 0, false)));
        }
        let mut chunk = vec![0; CHUNK.min(usize::try_from(left).unwrap_or(CHUNK))];
        let read = match file.read(&mut chunk).await {
            Ok(0) => return None,
            Ok(read) => read,
            Err(error) => return Some((Err(error), (file, 0, false))),
        };
        chunk.truncate(read);
        Some((Ok(Bytes::from(chunk)), (file, left - read as u64, breaks_off)))
    });
    Ok((Body::from_stream(chunks), announced))
}

/// Reads `bytes=0-99`, `bytes=100-` or `bytes=-100`. Returns the position of the first byte, and the position
/// after the last byte.
fn byte_range(text: &str, size: u64) -> Option<(u64, u64)> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let (from, to) = match (first.trim(), last.trim()) {
        ("", suffix) => (size.saturating_sub(suffix.parse().ok()?), size),
        (from, "") => (from.parse().ok()?, size),
        (from, last) => (from.parse().ok()?, last.parse::<u64>().ok()?.saturating_add(1).min(size)),
    };
    (from < to && from < size).then_some((from, to))
}

fn forbidden(world: &World, device: Option<&DeviceAddress>) -> bool {
    claim(world, device, |kind| *kind == FaultKind::Media403).is_some()
}

fn claim(
    world: &World,
    device: Option<&DeviceAddress>,
    wanted: impl Fn(&FaultKind) -> bool,
) -> Option<FaultKind> {
    world.faults.next(Target::from(device), world.clock.now(), wanted)
}

#[cfg(test)]
mod tests {
    use super::byte_range;

    #[test]
    fn http_range_headers_are_parsed() {
        assert_eq!(byte_range("bytes=0-99", 1000), Some((0, 100)));
        assert_eq!(byte_range("bytes=900-", 1000), Some((900, 1000)));
        assert_eq!(byte_range("bytes=-100", 1000), Some((900, 1000)));
        assert_eq!(byte_range("bytes=900-5000", 1000), Some((900, 1000)));
        assert_eq!(byte_range("bytes=1000-", 1000), None);
        assert_eq!(byte_range("bytes=x-", 1000), None);
        assert_eq!(byte_range("pages=1-2", 1000), None);
    }
}
