//! Accepts connections and serves them with HTTP/1.1. `admission` decides how many connections there may be, and which
//! ones are closed to make room. A request has no time limit, because long polls, streams and upgraded connections may
//! last for hours. The server closes a connection if the headers of a request arrive too slowly, if no request arrives
//! for too long, or if the peer does not read.

mod admission;
mod capacity;
mod listen;
mod probe_thread;
mod pulse;
mod socket;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tower::ServiceExt as _;

pub use admission::Admission;
pub(in crate::http) use admission::Entry;
pub(in crate::http) use capacity::Bound;
pub use capacity::Capacity;
pub use listen::listen;
pub use probe_thread::serve_with_probe_thread;

use self::admission::Seat;
use self::pulse::Pulse;
use self::socket::Socket;
use super::answer::guarded::guarded;
use super::request::client_address::Peer;

/// How long a request's headers may take, and how long a connection may idle before the next request.
const HEADER_PATIENCE: Duration = Duration::from_secs(15);
/// A connection that has lived this long is closed after its current request. The client then connects again, and so
/// finds another node, or the new address of this node.
const LONGEST_LIFE: Duration = Duration::from_secs(10 * 60);
/// How long a request in progress may take once the server stops.
const GRACE: Duration = Duration::from_secs(20);
/// The server may close a connection to make room for another one. An answer that is being sent then has this much time
/// left.
const GRACE_OF_EVICTED: Duration = Duration::from_secs(1);
/// The pause after the kernel refused to accept a connection, most likely because there are too many open files.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stopping` is cancelled, then lets requests in progress finish. Dropping the future aborts them.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    admission: Arc<Admission>,
    stopping: CancellationToken,
) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stopping.cancelled() => break,
            Some(_ended) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            // If the connection is not admitted, dropping the stream closes it.
            Ok((stream, peer)) => {
                if let Some(seat) = admission.enter(peer.ip()) {
                    let desk = Desk::Here(router.clone());
                    connections.spawn(connection(stream, peer, seat, desk, stopping.clone()));
                }
            }
            Err(error) if is_of_the_peer(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection could be accepted");
                stopping.run_until_cancelled(sleep(PAUSE)).await;
            }
        }
    }
    // The server accepts no new connections while the existing connections finish.
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Whether the peer gave up before the server accepted the connection. This is not an error of the server.
fn is_of_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Where the requests of a connection are handled.
#[derive(Clone)]
enum Desk {
    /// The requests are handled on the runtime that holds the connection.
    Here(Router),
    /// The connection belongs to the probe thread. As long as the runtime that serves the API runs tasks, the probe
    /// thread answers `/healthz` itself. It passes other requests to that runtime.
    ProbeThread(Router, Pulse),
}

impl Desk {
    async fn answer(self, request: Request<Body>) -> Result<Response, Infallible> {
        match self {
            Self::Here(router) => router.oneshot(request).await,
            Self::ProbeThread(router, pulse) if request.uri().path() == "/healthz" && pulse.beats() => {
                router.oneshot(request).await
            }
            Self::ProbeThread(router, pulse) => {
                // If the client disconnects, dropping this handle also ends the request on the other runtime.
                let answering = AbortOnDropHandle::new(pulse.runtime().spawn(router.oneshot(request)));
                answering.await.unwrap_or_else(|_| Ok(StatusCode::SERVICE_UNAVAILABLE.into_response()))
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    seat: Arc<Seat>,
    desk: Desk,
    stopping: CancellationToken,
) {
    // Answers are written whole, so waiting for more data would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "could not switch off Nagle's algorithm");
    }
    let socket = TokioIo::new(Socket::new(stream, seat.clone()));
    let asked = seat.clone();
    let service = service_fn(move |request| answer(request, peer, asked.clone(), desk.clone()));
    let mut serving = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_PATIENCE)
            .max_buf_size(64 * 1024)
            .serve_connection(socket, service)
            .with_upgrades()
    );
    let ended = tokio::select! {
        ended = serving.as_mut() => Ok(ended),
        () = stopping.cancelled() => Err(GRACE),
        () = seat.evicted() => Err(GRACE_OF_EVICTED),
        () = sleep(LONGEST_LIFE) => {
            serving.as_mut().graceful_shutdown();
            tokio::select! {
                ended = serving.as_mut() => Ok(ended),
                () = stopping.cancelled() => Err(GRACE),
                () = seat.evicted() => Err(GRACE_OF_EVICTED),
            }
        }
    };
    let ended = match ended {
        Ok(ended) => Ok(ended),
        Err(grace) => {
            serving.as_mut().graceful_shutdown();
            timeout(grace, serving).await
        }
    };
    match ended {
        Ok(Ok(())) => {}
        // Clients often disconnect in the middle of a request, so this is no warning.
        Ok(Err(error)) => tracing::debug!(%peer, %error, "a connection ended early"),
        Err(_) => tracing::debug!(%peer, "a connection had to be cut"),
    }
}

/// Answers a request. Until the answer is written, the connection is not idle. An upgraded connection never becomes
/// idle again.
async fn answer(
    mut request: Request<Incoming>,
    peer: SocketAddr,
    seat: Arc<Seat>,
    desk: Desk,
) -> Result<Response, Infallible> {
    let busy = seat.begin();
    request.extensions_mut().insert(Peer(peer));
    request.extensions_mut().insert(seat.entry);
    let response = desk.answer(request.map(Body::new)).await?;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        busy.for_good();
        return Ok(response);
    }
    Ok(response.map(|body| guarded(body, busy)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use futures_util::stream;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::mpsc;
    use tokio_util::task::TaskTracker;

    /// A server with `router` and room for 64 connections, 32 of one address.
    async fn serving(router: Router) -> (SocketAddr, JoinSet<()>) {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let admission = Admission::new(Capacity::of_sockets(64), Vec::new());
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, router, admission, CancellationToken::new()));
        (address, tasks)
    }

    async fn asked(address: SocketAddr, path: &str, headers: &str) -> TcpStream {
        let mut connection = TcpStream::connect(address).await.unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
        connection.write_all(head.as_bytes()).await.unwrap();
        connection
    }

    /// Reads until `end` was received.
    async fn read_to(connection: &mut TcpStream, end: &str) -> String {
        let mut read = Vec::new();
        while !read.ends_with(end.as_bytes()) {
            read.push(connection.read_u8().await.unwrap());
        }
        String::from_utf8(read).unwrap()
    }

    /// Opens three times as many connections as the address may have.
    async fn crowd(address: SocketAddr) -> Vec<TcpStream> {
        let mut crowd = Vec::new();
        for _ in 0..100 {
            crowd.push(TcpStream::connect(address).await.unwrap());
        }
        // Connections are accepted in order. So when this last one gets an answer, all others were accepted before.
        let mut last = asked(address, "/", "connection: close\r\n").await;
        read_to(&mut last, "\r\n\r\n").await;
        crowd
    }

    #[tokio::test]
    async fn an_upgraded_connection_survives_a_flood_of_new_ones() {
        let echoes = TaskTracker::new();
        let spawner = echoes.clone();
        let upgrade = get(async move |mut request: axum::extract::Request| {
            let upgrading = hyper::upgrade::on(&mut request);
            spawner.spawn(async move {
                let (mut from, mut to) = tokio::io::split(TokioIo::new(upgrading.await.unwrap()));
                tokio::io::copy(&mut from, &mut to).await
            });
            (StatusCode::SWITCHING_PROTOCOLS, [("connection", "upgrade"), ("upgrade", "echo")])
        });
        let (address, _tasks) = serving(Router::new().route("/echo", upgrade)).await;
        let mut echo = asked(address, "/echo", "connection: upgrade\r\nupgrade: echo\r\n").await;
        let head = read_to(&mut echo, "\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        let _crowd = crowd(address).await;
        echo.write_all(b"still here.").await.unwrap();
        assert_eq!(read_to(&mut echo, ".").await, "still here.");
    }

    #[tokio::test]
    async fn a_streamed_answer_survives_a_flood_of_new_connections() {
        let (pieces, waiting) = mpsc::channel::<&str>(1);
        let waiting = Arc::new(tokio::sync::Mutex::new(waiting));
        let streamed = get(async move || {
            let pieces = stream::unfold(waiting, async |waiting| {
                let piece = waiting.lock().await.recv().await?;
                Some((Ok::<_, Infallible>(piece), waiting))
            });
            Body::from_stream(pieces)
        });
        let (address, _tasks) = serving(Router::new().route("/stream", streamed)).await;
        let mut answer = asked(address, "/stream", "").await;
        pieces.send("one.").await.unwrap();
        read_to(&mut answer, "one.").await;
        let _crowd = crowd(address).await;
        pieces.send("two.").await.unwrap();
        read_to(&mut answer, "two.").await;
    }
}
