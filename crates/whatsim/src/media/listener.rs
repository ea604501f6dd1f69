//! A TCP listener with TLS. Handshakes run concurrently, so a slow client does not delay other clients.

use axum::serve::Listener;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::TlsStream;

/// How long a client may take for its TLS handshake.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause before the next attempt if the operating system could not accept a connection.
const AGAIN: Duration = Duration::from_millis(100);

type Ready = (TlsStream<TcpStream>, SocketAddr);

/// A listener whose connections are encrypted. Dropping it closes the port.
pub struct TlsListener {
    listener: TcpListener,
    tls: TlsAcceptor,
    handshakes: JoinSet<Option<Ready>>,
}

impl TlsListener {
    /// Puts TLS in front of a listener.
    pub fn new(listener: TcpListener, tls: Arc<ServerConfig>) -> Self {
        Self { listener, tls: tls.into(), handshakes: JoinSet::new() }
    }
}

async fn greet(tls: TlsAcceptor, socket: TcpStream, from: SocketAddr) -> Option<Ready> {
    match tokio::time::timeout(PATIENCE, tls.accept(socket)).await {
        Ok(Ok(stream)) => return Some((stream, from)),
        Ok(Err(error)) => tracing::debug!(%error, %from, "TLS handshake failed"),
        Err(_) => tracing::debug!(%from, "TLS handshake took too long"),
    }
    None
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Ready {
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((socket, from)) => _ = self.handshakes.spawn(greet(self.tls.clone(), socket, from)),
                    Err(_) => tokio::time::sleep(AGAIN).await,
                },
                done = self.handshakes.join_next(), if !self.handshakes.is_empty() => {
                    if let Some(Ok(Some(ready))) = done {
                        return ready;
                    }
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}
