//! TLS in front of a TCP listener. Handshakes run beside each other, so that a slow client keeps nobody waiting.

use axum::serve::Listener;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::TlsStream;

/// How long a client may take for its handshake.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two tries after the system refused a connection.
const AGAIN: Duration = Duration::from_millis(100);
/// How many finished handshakes may wait.
const WAITING: usize = 64;

type Ready = (TlsStream<TcpStream>, SocketAddr);

/// A listener whose connections are encrypted.
pub struct TlsListener {
    addr: SocketAddr,
    ready: mpsc::Receiver<Ready>,
    accepting: AbortHandle,
}

impl TlsListener {
    /// Starts to accept.
    ///
    /// # Errors
    /// When the listener has no address.
    pub fn new(listener: TcpListener, tls: Arc<ServerConfig>) -> io::Result<Self> {
        let addr = listener.local_addr()?;
        let (finished, ready) = mpsc::channel(WAITING);
        let accepting = tokio::spawn(accept_all(listener, TlsAcceptor::from(tls), finished)).abort_handle();
        Ok(Self { addr, ready, accepting })
    }
}

impl Drop for TlsListener {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept_all(listener: TcpListener, tls: TlsAcceptor, finished: mpsc::Sender<Ready>) {
    loop {
        let Ok((socket, from)) = listener.accept().await else {
            tokio::time::sleep(AGAIN).await;
            continue;
        };
        let (tls, finished) = (tls.clone(), finished.clone());
        tokio::spawn(async move {
            match tokio::time::timeout(PATIENCE, tls.accept(socket)).await {
                // The server may have stopped.
                Ok(Ok(stream)) => _ = finished.send((stream, from)).await,
                Ok(Err(error)) => tracing::debug!(%error, %from, "TLS handshake failed"),
                Err(_) => tracing::debug!(%from, "TLS handshake took too long"),
            }
        });
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Ready {
        match self.ready.recv().await {
            Some(ready) => ready,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.addr)
    }
}
