//! A separate thread accepts the connections and answers `/healthz`, so that a probe never waits behind other
//! requests. A connection that begins with another request is passed to the runtime that serves the API.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Handle};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::admission::{Admission, Seat};
use super::pulse::Pulse;
use super::{Desk, HEADER_PATIENCE, PAUSE, connection, is_of_the_peer};

/// If a connection begins with one of these texts, the probe thread keeps the connection.
const KEPT: [&[u8]; 2] = [b"GET /healthz", b"HEAD /healthz"];
const LONGEST_BEGINNING: usize = 13;

/// A connection that is passed to the runtime that serves the API.
struct Arrival {
    stream: std::net::TcpStream,
    peer: SocketAddr,
    seat: Arc<Seat>,
}

/// What the probe thread needs.
struct ProbeThread {
    router: Router,
    admission: Arc<Admission>,
    stopping: CancellationToken,
    pulse: Pulse,
    /// This channel has no limit of its own, because the admission limits the number of connections.
    arrivals: UnboundedSender<Arrival>,
}

/// Serves like `serve`, with a separate thread for the port and for `/healthz`. The future serves everything else
/// on the runtime that it runs on. Dropping the future ends the thread.
pub fn serve_with_probe_thread(
    listener: TcpListener,
    router: Router,
    admission: Arc<Admission>,
    stopping: CancellationToken,
) -> io::Result<impl Future<Output = ()> + Send> {
    let listener = listener.into_std()?;
    let (arrivals, arrived) = unbounded_channel();
    let pulse = Pulse::of(Handle::current());
    let thread =
        ProbeThread { router: router.clone(), admission, stopping: stopping.clone(), pulse, arrivals };
    let runtime = Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("probes".to_owned()).spawn(move || {
        // When `run` returns, it drops its sender. Then the channel closes and the returned future ends.
        if let Err(error) = runtime.block_on(thread.run(listener)) {
            tracing::error!(%error, "the port cannot be served");
        }
    })?;
    Ok(serve_arrivals(arrived, router, stopping))
}

async fn serve_arrivals(
    mut arrived: UnboundedReceiver<Arrival>,
    router: Router,
    stopping: CancellationToken,
) {
    let mut connections = JoinSet::new();
    loop {
        let arrival = tokio::select! {
            Some(_ended) = connections.join_next() => continue,
            arrival = arrived.recv() => arrival,
        };
        let Some(Arrival { stream, peer, seat }) = arrival else { break };
        match TcpStream::from_std(stream) {
            Ok(stream) => {
                let desk = Desk::Here(router.clone());
                connections.spawn(connection(stream, peer, seat, desk, stopping.clone()));
            }
            Err(error) => tracing::warn!(%error, "a connection could not be taken over"),
        }
    }
    while connections.join_next().await.is_some() {}
}

impl ProbeThread {
    async fn run(self, listener: std::net::TcpListener) -> io::Result<()> {
        let listener = TcpListener::from_std(listener)?;
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = self.stopping.cancelled() => break,
                // The future that serves the other connections was dropped.
                () = self.arrivals.closed() => return Ok(()),
                Some(_ended) = connections.join_next() => continue,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                // If the connection is not admitted, dropping the stream closes it.
                Ok((stream, peer)) => {
                    if let Some(seat) = self.admission.enter(peer.ip()) {
                        connections.spawn(self.begin(stream, peer, seat));
                    }
                }
                Err(error) if is_of_the_peer(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "no connection could be accepted");
                    self.stopping.run_until_cancelled(sleep(PAUSE)).await;
                }
            }
        }
        drop(listener);
        tokio::select! {
            () = self.arrivals.closed() => {}
            () = async { while connections.join_next().await.is_some() {} } => {}
        }
        Ok(())
    }

    /// Waits for the first bytes of a connection, and keeps the connection or passes it on.
    fn begin(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        seat: Arc<Seat>,
    ) -> impl Future<Output = ()> + Send + use<> {
        let (stopping, arrivals) = (self.stopping.clone(), self.arrivals.clone());
        let desk = Desk::ProbeThread(self.router.clone(), self.pulse.clone());
        async move {
            let begins = tokio::select! {
                begins = timeout(HEADER_PATIENCE, beginning(&stream)) => begins,
                () = seat.evicted() => return,
                () = stopping.cancelled() => return,
            };
            match begins {
                Ok(Ok(Beginning::Probe)) => connection(stream, peer, seat, desk, stopping).await,
                Ok(Ok(Beginning::Other)) => match stream.into_std() {
                    // Sending fails only if the server is stopping. Then the connection is closed.
                    Ok(stream) => drop(arrivals.send(Arrival { stream, peer, seat })),
                    Err(error) => tracing::warn!(%error, "a connection could not be passed on"),
                },
                Ok(Ok(Beginning::Nothing) | Err(_)) | Err(_) => {}
            }
        }
    }
}

/// How a connection begins.
#[derive(Debug, PartialEq, Eq)]
enum Beginning {
    Probe,
    Other,
    /// The peer disconnected without a request.
    Nothing,
}

/// Reads the first bytes without removing them. A probe that arrives in pieces is served like any other request.
async fn beginning(stream: &TcpStream) -> io::Result<Beginning> {
    let mut begin = [0; LONGEST_BEGINNING];
    let length = stream.peek(&mut begin).await?;
    Ok(match &begin[..length] {
        [] => Beginning::Nothing,
        begin if KEPT.iter().any(|kept| begin.starts_with(kept)) => Beginning::Probe,
        _ => Beginning::Other,
    })
}
