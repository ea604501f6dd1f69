//! Large bodies pass through all layers of the server piece by piece, in both directions, because they may be
//! larger than the memory.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::http::{HeaderMap, Request, Response, StatusCode};
use futures_util::StreamExt as _;
use linekeeper::http::router_with;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::timeout;
use tower::ServiceExt as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::{App, Caller};

/// One part of a body. 100 parts (100 MiB) are slightly larger than the largest file that the server accepts by default
/// (100 MB).
const PART: Bytes = Bytes::from_static(&[7; 1024 * 1024]);
const PARTS: usize = 100;
/// The time limit for tests that wait for bytes. They fail if a layer holds the bytes back.
const DEADLINE: Duration = Duration::from_secs(60);

/// A test route that returns each part of the body as soon as it arrives. If the body breaks off, the route
/// answers with a client error.
#[utoipa::path(
    post, path = "/test/echo",
    security(("apiKey" = ["messages:send"])),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, description = "The same bytes.", body = Vec<u8>)),
)]
async fn echo(headers: HeaderMap, body: Body) -> Response<Body> {
    let mut parts = body.into_data_stream();
    if headers.contains_key("x-count") {
        let mut count = 0;
        while let Some(part) = parts.next().await {
            let Ok(part) = part else {
                return Response::builder().status(StatusCode::BAD_REQUEST).body(Body::empty()).unwrap();
            };
            count += part.len();
        }
        return Response::new(Body::from(count.to_string()));
    }
    Response::new(Body::from_stream(parts))
}

type Part = Result<Bytes, std::io::Error>;

/// Sends a request whose body comes from the test, part by part.
async fn send(
    app: &App,
    caller: &Caller<'_>,
    key: Option<&str>,
    counted: bool,
    body: Receiver<Part>,
) -> Response<Body> {
    let parts =
        futures_util::stream::unfold(body, |mut parts| async move { Some((parts.recv().await?, parts)) });
    let mut request = Request::post("/test/echo").header("x-api-key", caller.credential());
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    if counted {
        request = request.header("x-count", "yes");
    }
    let router = router_with(app.services(), OpenApiRouter::new().routes(routes!(echo)));
    let answer: Result<_, Infallible> = router.oneshot(request.body(Body::from_stream(parts)).unwrap()).await;
    answer.unwrap()
}

async fn next(parts: &mut BodyDataStream) -> Option<Bytes> {
    timeout(DEADLINE, parts.next()).await.expect("a layer holds the body back").map(Result::unwrap)
}

async fn send_all(parts: Sender<Part>) {
    for _ in 0..PARTS {
        parts.send(Ok(PART)).await.unwrap();
    }
}

#[tokio::test]
async fn each_part_of_a_body_arrives_before_the_next_part_is_sent() {
    let app = App::new().await;
    let owner = app.owner().await;
    for key in [None, Some("a-stream")] {
        let (parts, body) = channel(1);
        parts.send(Ok(PART)).await.unwrap();
        let answer = timeout(DEADLINE, send(&app, &owner, key, false, body))
            .await
            .expect("the answer waits for the body");
        assert_eq!(answer.status(), StatusCode::OK);
        let mut received = answer.into_body().into_data_stream();
        assert_eq!(next(&mut received).await.map(|part| part.len()), Some(PART.len()));
        for _ in 1..PARTS {
            parts.send(Ok(PART)).await.unwrap();
            assert_eq!(next(&mut received).await.map(|part| part.len()), Some(PART.len()));
        }
        drop(parts);
        assert_eq!(next(&mut received).await, None);
    }
}

#[tokio::test]
async fn a_repeated_upload_with_an_idempotency_key_has_one_effect() {
    let app = App::new().await;
    let owner = app.owner().await;
    let counted = async |parts: Receiver<Part>| {
        let answer = send(&app, &owner, Some("an-upload"), true, parts).await;
        let replayed = answer.headers().contains_key("idempotency-replayed");
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 100).await.unwrap();
        (status, replayed, String::from_utf8(body.to_vec()).unwrap())
    };
    // After a body that breaks off, the same `Idempotency-Key` can be used again.
    let (parts, body) = channel(2);
    parts.send(Ok(PART)).await.unwrap();
    parts.send(Err(std::io::Error::other("cut"))).await.unwrap();
    assert_eq!(counted(body).await.0, StatusCode::BAD_REQUEST);

    let (parts, body) = channel(1);
    let (answer, ()) = tokio::join!(counted(body), send_all(parts));
    let whole = (PART.len() * PARTS).to_string();
    assert_eq!(answer, (StatusCode::OK, false, whole.clone()));

    let (_parts, body) = channel(1);
    assert_eq!(counted(body).await, (StatusCode::OK, true, whole));
}
