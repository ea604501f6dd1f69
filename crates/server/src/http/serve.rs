//! Takes connections and serves them with HTTP/1.1: a bounded number, each bounded in how long its headers,
//! its idleness and its life may last, so that slow or silent peers cannot hold sockets for ever.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::request::client_address::Peer;

/// Connections at the same time; more wait in the kernel's queue.
const MOST_CONNECTIONS: usize = 1024;
/// How long a request's headers may take, and how long a connection may idle before the next request.
const HEADER_PATIENCE: Duration = Duration::from_secs(15);
/// A connection that has lived this long is closed after the request under way: whoever never reads their
/// answers must not stay either.
const LONGEST_LIFE: Duration = Duration::from_secs(10 * 60);
/// Before a connection that lived too long is told so for good: longer than any request waits for something to happen.
const LONGEST_REQUEST: Duration = Duration::from_secs(65);
/// How long a request under way may take once its connection is to close.
const GRACE: Duration = Duration::from_secs(20);
/// Pause after the kernel refused to hand out a connection, most likely for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stopping`, then lets requests under way finish. Dropping the future aborts them.
pub async fn serve(listener: TcpListener, router: Router, stopping: CancellationToken) {
    let slots = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let accepting = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            () = stopping.cancelled() => break,
            Some(_ended) = connections.join_next() => continue,
            next = accepting => next,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (router, stopping) = (router.clone(), stopping.clone());
                connections.spawn(async move {
                    let _slot = slot;
                    connection(stream, peer, router, stopping).await;
                });
            }
            Err(error) if is_of_the_peer(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection could be accepted");
                stopping.run_until_cancelled(sleep(PAUSE)).await;
            }
        }
    }
    // Nobody new comes in while the others finish.
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// The peer gave up before we came to it: nothing is wrong with us.
fn is_of_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, stopping: CancellationToken) {
    // Answers are written whole: waiting for more to send only delays them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "could not switch off Nagle's algorithm");
    }
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        router.clone().oneshot(request.map(axum::body::Body::new) as Request)
    });
    let mut serving = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_PATIENCE)
            .max_buf_size(64 * 1024)
            .serve_connection(TokioIo::new(stream), service)
    );
    let over = tokio::select! {
        over = serving.as_mut() => Some(over),
        () = stopping.cancelled() => None,
        () = sleep(LONGEST_LIFE) => {
            serving.as_mut().graceful_shutdown();
            tokio::select! {
                over = serving.as_mut() => Some(over),
                () = stopping.cancelled() => None,
                () = sleep(LONGEST_REQUEST) => None,
            }
        }
    };
    let over = match over {
        Some(over) => Ok(over),
        None => {
            serving.as_mut().graceful_shutdown();
            timeout(GRACE, serving).await
        }
    };
    match over {
        Ok(Ok(())) => {}
        // Peers hang up in the middle of things all the time.
        Ok(Err(error)) => tracing::debug!(%peer, %error, "a connection ended early"),
        Err(_) => tracing::debug!(%peer, "a connection had to be cut"),
    }
}
