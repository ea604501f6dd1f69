//! Sends one HTTP request to an endpoint and returns the result. It does not follow redirects, and connects only to
//! addresses that the guard allows. It keeps at most 4 KiB of the answer.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use linekeeper_model::clock::Clock;
use linekeeper_model::event::Event;
use linekeeper_model::webhook::{Attempt, FailureKind, Private};
use reqwest::{Client, Response};
use rustls::ClientConfig;
use tokio::time::{Instant, timeout_at};

use super::sign::signatures;
use crate::guard::{Guard, Refused};

/// The number of bytes of an answer that are kept.
const KEPT: usize = 4 * 1024;
/// The number of bytes of an answer that are read, so that the connection can be reused. If an answer is longer,
/// the connection is closed.
const READ: usize = 64 * 1024;
/// How long an idle connection is kept. Receivers close idle connections (Node after five seconds), so the server
/// closes its connections earlier.
const IDLE: Duration = Duration::from_secs(4);

/// Sends requests to all endpoints. Cloning it is cheap.
#[derive(Clone)]
pub(super) struct Sender {
    client: Client,
    guard: Guard,
    clock: Arc<dyn Clock>,
}

/// The event to send.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    /// The event's id. Receivers recognise repeated events by this id.
    pub id: String,
    /// The envelope: the event as JSON.
    pub body: Bytes,
}

/// The result of a request.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub attempt: Attempt,
    pub retry_after: Option<Duration>,
}

impl Letter {
    pub(super) fn of(event: &Event) -> Self {
        let body = serde_json::to_vec(event).expect("an event is made of texts, numbers and times");
        Self { id: event.id.to_string(), body: body.into() }
    }
}

impl Sender {
    pub(super) fn new(
        guard: Guard,
        tls: &ClientConfig,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, reqwest::Error> {
        let client = guard.client(tls).pool_idle_timeout(IDLE).http1_only().build()?;
        Ok(Self { client, guard, clock })
    }

    /// Sends one request. This takes at most `within`.
    pub(super) async fn send(&self, private: &Private, letter: &Letter, within: Duration) -> Reply {
        let (at, began) = (self.clock.now(), Instant::now());
        let deadline = began + within;
        let answered = timeout_at(deadline, self.ask(private, letter)).await;
        let answered = answered.unwrap_or(Err(FailureKind::Timeout));
        let (status, failure, retry_after, answer) = match answered {
            Ok(response) => {
                let status = response.status();
                let failure = (!status.is_success()).then_some(FailureKind::Status);
                let retry_after = retry_after(&response);
                let answer = timeout_at(deadline, beginning(response)).await.unwrap_or_default();
                (Some(status.as_u16()), failure, retry_after, answer)
            }
            Err(failure) => (None, Some(failure), None, None),
        };
        let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Reply { attempt: Attempt { at, duration_ms, status, failure, answer }, retry_after }
    }

    async fn ask(&self, private: &Private, letter: &Letter) -> Result<Response, FailureKind> {
        let url = private.url.as_url();
        // The client resolves a host name through the same guard, but would not check an IP address. So a URL with an
        // IP address is checked now.
        if private.url.is_plain_http() || !matches!(url.host(), Some(url::Host::Domain(_))) {
            let found = self.guard.resolve(url).await.map_err(|refused| refusal(&refused))?;
            if private.url.is_plain_http() && !found.is_named {
                return Err(FailureKind::RefusedAddress);
            }
        }
        // Each request has a new timestamp, because receivers refuse old timestamps.
        let now = self.clock.now();
        let mut request = self.client.post(url.clone());
        for header in &private.headers {
            request = request.header(header.name.as_str(), header.value.expose().as_str());
        }
        request = request
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("linekeeper/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", letter.id.as_str())
            .header("webhook-timestamp", now.as_second().to_string())
            .header("webhook-signature", signatures(private, &letter.id, now, &letter.body))
            .body(letter.body.clone());
        request.send().await.map_err(|error| kind_of(&error))
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Returns the first 4 KiB of the body, or `None` if there is no body.
async fn beginning(mut response: Response) -> Option<String> {
    let (mut kept, mut read) = (Vec::new(), 0);
    while let Ok(Some(piece)) = response.chunk().await {
        let room = KEPT - kept.len();
        kept.extend_from_slice(&piece[..piece.len().min(room)]);
        read += piece.len();
        if read > READ {
            break;
        }
    }
    (!kept.is_empty()).then(|| String::from_utf8_lossy(&kept).into_owned())
}

/// Why a request got no answer.
fn kind_of(error: &reqwest::Error) -> FailureKind {
    if error.is_timeout() { FailureKind::Timeout } else { deepest(error).unwrap_or(FailureKind::Connect) }
}

/// Returns the first known kind of failure in the chain of causes. A socket error does not list its inner errors
/// in the chain, so they are looked up separately.
fn deepest(error: &(dyn Error + 'static)) -> Option<FailureKind> {
    if let Some(refused) = error.downcast_ref::<Refused>() {
        return Some(refusal(refused));
    }
    if error.is::<rustls::Error>() {
        return Some(FailureKind::Tls);
    }
    let hidden = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    hidden.and_then(|hidden| deepest(hidden)).or_else(|| error.source().and_then(deepest)).or_else(|| {
        // The client's error for a failed name lookup has no public type, so it is recognised by its text.
        (error.to_string() == "dns error").then_some(FailureKind::Dns)
    })
}

const fn refusal(refused: &Refused) -> FailureKind {
    match refused {
        Refused::Unresolved(_) => FailureKind::Dns,
        Refused::NoAddress | Refused::Inside => FailureKind::RefusedAddress,
    }
}
