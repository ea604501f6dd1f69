//! The targets behind the proxies: a WebSocket server that echoes, and a web page. Each records the addresses of
//! its clients.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_websockets::ServerBuilder;
use url::Url;

/// The content of the web page.
pub const PAGE: &[u8] = b"a picture";

/// A server on its own port. It ends when this value is dropped.
pub struct Target {
    pub url: Url,
    callers: Arc<Mutex<Vec<IpAddr>>>,
    _serving: JoinSet<()>,
}

#[derive(Clone, Copy)]
enum Service {
    Echo,
    Page,
}

impl Target {
    /// A server that echoes, at `ws://`, or at `wss://` if there is a certificate.
    pub async fn echo(tls: Option<TlsAcceptor>) -> Self {
        let scheme = if tls.is_some() { "wss" } else { "ws" };
        Self::start(scheme, Service::Echo, tls).await
    }

    pub async fn page(tls: TlsAcceptor) -> Self {
        Self::start("https", Service::Page, Some(tls)).await
    }

    /// The addresses of the clients, one for each connection.
    pub fn callers(&self) -> Vec<IpAddr> {
        self.callers.lock().unwrap().clone()
    }

    async fn start(scheme: &str, service: Service, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = url(scheme, listener.local_addr().unwrap());
        let callers = Arc::new(Mutex::new(Vec::new()));
        let mut serving = JoinSet::new();
        serving.spawn(accept(listener, service, tls, callers.clone()));
        Self { url, callers, _serving: serving }
    }
}

/// A URL at which nothing listens.
pub async fn nobody(scheme: &str) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    url(scheme, listener.local_addr().unwrap())
}

fn url(scheme: &str, address: SocketAddr) -> Url {
    Url::parse(&format!("{scheme}://{address}/")).unwrap()
}

async fn accept(
    listener: TcpListener,
    service: Service,
    tls: Option<TlsAcceptor>,
    callers: Arc<Mutex<Vec<IpAddr>>>,
) {
    let mut connections = JoinSet::new();
    loop {
        let (socket, caller) = listener.accept().await.unwrap();
        callers.lock().unwrap().push(caller.ip());
        let tls = tls.clone();
        connections.spawn(async move {
            match tls {
                None => service.serve(socket).await,
                Some(tls) => {
                    if let Ok(socket) = tls.accept(socket).await {
                        service.serve(socket).await;
                    }
                }
            }
        });
    }
}

impl Service {
    /// Serves one connection until the client closes it or it breaks.
    async fn serve<S: AsyncRead + AsyncWrite + Unpin>(self, mut socket: S) {
        match self {
            Self::Echo => {
                let Ok((_, mut socket)) = ServerBuilder::new().accept(socket).await else { return };
                while let Some(Ok(message)) = socket.next().await {
                    if message.is_binary() && socket.send(message).await.is_err() {
                        return;
                    }
                }
            }
            Self::Page => {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let Ok(byte) = socket.read_u8().await else { return };
                    head.push(byte);
                }
                let answer =
                    format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", PAGE.len());
                let _caller_may_be_gone = socket.write_all(&[answer.as_bytes(), PAGE].concat()).await;
                let _caller_may_be_gone = socket.shutdown().await;
            }
        }
    }
}
