//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a write that is repeated with the same key takes
//! effect once and gets the same answer again. This module knows keys and answers, and nothing about the meaning
//! of requests. In its comments, a key is an idempotency key, unless it says API key.

mod answer;
mod key;
mod retention;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequestParts as _, MatchedPath, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::TryStreamExt as _;
use linekeeper_model::access::Permission;
use linekeeper_model::message::Message;
use linekeeper_storage::{Claim, KeyedRequest, Mark};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;
use tracing::Instrument;

use super::body;
use super::request_id::RequestId;
use crate::http::answer::error::ApiError;
use crate::http::auth::Caller;
use crate::http::document::BodyKind;
use crate::http::state::{Http, Shared};
use crate::messages::KeepAnswer;
use key::{Key, NAME};

pub use retention::prune as prune_idempotency_keys;

/// After this time, a request without an answer counts as lost. Requests normally take much less time.
const LOST_AFTER: Duration = Duration::from_secs(60);
/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// Wraps all routes, and handles each write that has an idempotency key.
pub(in crate::http) async fn wrap(State(http): State<Shared>, request: Request, next: Next) -> Response {
    match body_of(&http, &request) {
        Some(kind) if request.headers().contains_key(NAME) => {
            keyed(http, request, kind, next).await.unwrap_or_else(IntoResponse::into_response)
        }
        _ => next.run(request).await,
    }
}

/// The kind of body, if the request is a write with a credential.
fn body_of(http: &Http, request: &Request) -> Option<BodyKind> {
    let path = request.extensions().get::<MatchedPath>()?;
    http.document.body_of_write(request.method(), path.as_str())
}

async fn keyed(http: Shared, request: Request, kind: BodyKind, next: Next) -> Result<Response, ApiError> {
    let (mut parts, body) = request.into_parts();
    let key = Key::of(&parts.headers)?;
    let caller = Caller::from_request_parts(&mut parts, &http).await?;
    let (fingerprint, body, broken) = match kind {
        BodyKind::Json { most } => {
            let bytes = body::bounded(&parts.headers, body, most).await?;
            (bytes.to_vec(), Body::from(bytes), Broken::default())
        }
        BodyKind::Streamed => {
            let (body, broken) = watched(body);
            (described(&parts.headers), body, broken)
        }
    };
    let id = parts.extensions.get::<RequestId>().cloned().unwrap_or_default();

    let owner = format!("{}/{}", caller.workspace_id, caller.user_id);
    let request =
        KeyedRequest { caller: &owner, key: key.as_str(), hash: hash(&parts, &caller, &fingerprint) };
    let now = http.clock.now();
    let mut tx = http.storage.begin().await?;
    let claim = tx.idempotency_keys().claim(request, now + LOST_AFTER, now + KEPT).await?;
    tx.commit().await?;
    let mark = match claim {
        Claim::Begun(mark) => mark,
        Claim::Reused => return Err(ApiError::IdempotencyKeyReused),
        Claim::UnderWay { .. } => return Err(ApiError::RequestInProgress),
        Claim::Answered(kept) => return answer::replay(&kept, &id),
    };

    // The route does not have to identify the caller again.
    parts.extensions.insert(caller);
    let in_hand = KeyInHand { mark: mark.clone(), taken: Arc::default() };
    parts.extensions.insert(in_hand.clone());
    let request = Request::from_parts(parts, body);
    let (tell, told) = oneshot::channel();
    // The request runs in its own task. If the caller disconnects, the task continues, and the caller gets the
    // answer by repeating the request.
    let (server, span) = (http.clone(), tracing::Span::current());
    let carried_out = async move {
        let response = next.run(request).await;
        // Whether the route has already stored the answer, in the same transaction as the effect of the request.
        let is_kept = in_hand.taken.load(Ordering::Relaxed) && response.status().is_success();
        let response = answer::of(response, &id).await;
        // If the request's body broke off, the answer is not stored, because the next attempt may be different.
        let record = response.record().filter(|_| !broken.load(Ordering::Relaxed));
        if !is_kept {
            settle(&server, &mark, record).await;
        }
        // If the caller disconnected, nobody waits for the answer.
        let _gone = tell.send(response);
    };
    http.tasks.spawn("request with a key", carried_out.instrument(span));
    // The task panicked, or the server is stopping. The key becomes free in a minute.
    told.await.map(answer::Answer::into_response).map_err(|_| ApiError::Internal)
}

/// Whether a streamed body broke off.
type Broken = Arc<AtomicBool>;

/// Passes the body on and records if it breaks off. The body is passed on as it arrives, because it may be larger
/// than memory.
fn watched(body: Body) -> (Body, Broken) {
    let broken = Broken::default();
    let seen = broken.clone();
    let stream = body.into_data_stream().inspect_err(move |_| seen.store(true, Ordering::Relaxed));
    (Body::from_stream(stream), broken)
}

/// The type and the length of a streamed body, as its headers say. The hash of the request contains these headers in
/// place of the body, because the body is not read in advance.
fn described(headers: &HeaderMap) -> Vec<u8> {
    let said = [CONTENT_TYPE, CONTENT_LENGTH]
        .map(|name| headers.get(name).map_or(&b""[..], |value| value.as_bytes()));
    said.join(&b'\n')
}

/// The key of the current request, for a route that stores its answer in the same transaction as its effect. So even
/// after a crash, a repeated request gets the same answer.
#[derive(Clone)]
pub(in crate::http) struct KeyInHand {
    mark: Mark,
    taken: Arc<AtomicBool>,
}

impl KeyInHand {
    /// Returns what the route needs to store the answer in its own transaction. The layer then stores nothing. `body`
    /// writes the JSON of the answer.
    pub fn keep_with(
        self,
        status: StatusCode,
        body: impl FnOnce(&[Message]) -> Vec<u8> + Send + 'static,
    ) -> (Mark, KeepAnswer) {
        self.taken.store(true, Ordering::Relaxed);
        (self.mark, Box::new(move |messages| answer::json(status, &body(messages))))
    }
}

/// Returns a hash that identifies a request. The hash includes the caller's rights. So another API key of the same
/// person does not get a stored answer that needs other rights.
fn hash(parts: &Parts, caller: &Caller, body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    part(parts.method.as_str().as_bytes());
    part(parts.uri.path_and_query().map_or("/", |path| path.as_str()).as_bytes());
    part(body);
    let rights: Vec<u8> =
        Permission::ALL.into_iter().map(|permission| caller.may(permission).into()).collect();
    part(&rights);
    part(caller.reach().key.map(|key| key.to_string()).unwrap_or_default().as_bytes());
    // The content of the answer may depend on the limits of the API key.
    let limits = caller.key.as_ref().map(|key| (&key.networks, key.expires_at));
    part(serde_json::json!(limits).to_string().as_bytes());
    hash.finalize().into()
}

/// Stores the answer, or frees the key if the next attempt may end differently.
async fn settle(http: &Http, mark: &Mark, record: Option<(u16, Vec<u8>)>) {
    let settled = async {
        let mut tx = http.storage.begin().await?;
        match record {
            Some((status, record)) => {
                if !tx.idempotency_keys().keep(mark, status, &record).await? {
                    tracing::warn!("a request with an idempotency key took so long that it counted as lost");
                }
            }
            None => tx.idempotency_keys().free(mark).await?,
        }
        tx.commit().await
    };
    if let Err(error) = settled.await {
        tracing::warn!(%error, "an answer could not be kept; its idempotency key is free in a minute");
    }
}
