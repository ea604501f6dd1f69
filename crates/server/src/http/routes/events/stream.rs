//! `GET /api/v1/events/stream`: events as they happen, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::stream;
use linekeeper_model::event::Seq;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::wanted::{Followed, place};
use crate::delivery::live::{Follower, Letter};
use crate::http::answer::error::named::*;
use crate::http::answer::error::{ApiError, DeclaredRefusal, Refusal};
use crate::http::auth::{Permitted, ReadEvents};
use crate::http::document::Refusals;
use crate::http::request::query::Query;
use crate::http::request::under_way::UnderWay;
use crate::http::state::Shared;
use crate::telemetry::metrics::{Listening, LiveMetrics, Transport};

/// The interval between comments in a stream without events. The comments keep proxies from closing the stream.
const BEAT: Duration = Duration::from_secs(15);
/// The header that a client sends when it reconnects.
const LAST_EVENT_ID: &str = "last-event-id";
/// A header that asks proxies to pass on each event at once, and not to collect data first.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The refusal of a stream when too many long-lived connections are open already.
struct TooManyStreams;

impl DeclaredRefusal for TooManyStreams {
    const REFUSAL: Refusal = TooManyRequests::REFUSAL.meaning(
        "This credential, workspace or IP address, or the whole server, already has the maximum number of \
         long-lived connections.",
    );
}

/// Stream events
///
/// Sends events as they happen, as server-sent events: each event has an `id` line with its `seq` and a `data`
/// line with the event as JSON. Events that are not kept in the log (`account.qr_code`, `account.pairing_step`)
/// have no `id`. While there are no events, the server sends a comment every 15 seconds. The stream begins after the
/// event that `Last-Event-ID` or `after` names. Without both, it begins with the next event. The server checks your
/// rights before each event. The stream ends when your credential stops working.
#[utoipa::path(
    get, path = "/api/v1/events/stream", tag = "events", operation_id = "streamEvents",
    security(
        ("bearer" = ["whatsapp:read"]),
        ("apiKey" = ["whatsapp:read"]),
        ("bearer" = ["messages:read"]),
        ("apiKey" = ["messages:read"]),
    ),
    params(Followed, ("Last-Event-ID" = Option<String>, Header, description = "The `id` of the last event that you received. It takes precedence over `after`.")),
    responses(
        (status = 200, description = "Events, until you close the stream.", content_type = "text/event-stream", body = String),
        Refusals<(AccountNotFound, TooManyStreams)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ReadEvents>,
    under_way: UnderWay,
    headers: HeaderMap,
    Query(followed): Query<Followed>,
) -> Result<Response, ApiError> {
    let after = resumed(&headers)?.or(followed.after);
    if http.stopping.is_cancelled() {
        return Err(ApiError::ShuttingDown);
    }
    under_way.hold()?;
    let follower = http.live.follow(caller.credential(), followed.selection(), after).await?;
    let begins = if follower.gap() { ": gap\n\n" } else { ": here\n\n" };
    let metrics = http.live.metrics().clone();
    let streaming = Streaming {
        begins: Some(Bytes::from_static(begins.as_bytes())),
        follower,
        stopping: http.stopping.clone(),
        _counted: metrics.begin(Transport::Sse),
        metrics,
    };
    let body = Body::from_stream(stream::unfold(streaming, async |mut streaming| {
        let piece = streaming.next().await?;
        Some((Ok::<_, Infallible>(piece), streaming))
    }));
    Ok(([(header::CONTENT_TYPE, "text/event-stream"), (UNBUFFERED, "no")], body).into_response())
}

/// The event number after which a returning client continues. A client that has seen no event yet sends no header,
/// or an empty one.
fn resumed(headers: &HeaderMap) -> Result<Option<Seq>, ApiError> {
    let Some(value) = headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let wrong = || ApiError::field("Last-Event-ID", "invalid", "must be the id of an event of this stream");
    match value.to_str().map_err(|_| wrong())?.trim() {
        "" => Ok(None),
        text => place(text).map(Some).ok_or_else(wrong),
    }
}

/// An open stream. The connection asks for the next piece only when it can send that piece.
struct Streaming {
    begins: Option<Bytes>,
    follower: Follower,
    stopping: CancellationToken,
    metrics: LiveMetrics,
    _counted: Listening,
}

impl Streaming {
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(begins) = self.begins.take() {
            return Some(begins);
        }
        let beat = Instant::now() + BEAT;
        tokio::select! {
            biased;
            () = self.stopping.cancelled() => None,
            next = self.follower.next() => match next {
                Ok(letters) => {
                    self.metrics.sent(Transport::Sse, letters.len());
                    Some(written(&letters))
                }
                Err(ended) => {
                    self.metrics.closed(ended.code());
                    None
                }
            },
            () = sleep_until(beat) => Some(Bytes::from_static(b":\n\n")),
        }
    }
}

fn written(letters: &[Letter]) -> Bytes {
    let mut text = BytesMut::with_capacity(letters.iter().map(|letter| letter.size() + 32).sum());
    for letter in letters {
        if let Some(seq) = letter.seq() {
            text.put_slice(format!("id: {seq}\n").as_bytes());
        }
        text.put_slice(b"data: ");
        text.put_slice(&letter.envelope());
        text.put_slice(b"\n\n");
    }
    text.freeze()
}
