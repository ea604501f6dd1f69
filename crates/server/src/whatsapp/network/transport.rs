//! Opens WebSockets to WhatsApp: a TCP connection over the account's route, TLS with the shared configuration, and
//! the WebSocket.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;
use whatsapp_rust::transport::{Transport, TransportEvent, TransportFactory, from_websocket};
use whatsapp_rust::wacore::net::WHATSAPP_WEB_ORIGIN;
use whatsapp_rust::{anyhow, async_channel};

use super::proxy::{self, ProxyTrouble, Socket, TUNNEL_WITHIN, Target};
use super::route::Route;

/// The time limit for opening a WebSocket. A healthy attempt never takes so long. The library allows 20 s.
const DIAL_WITHIN: Duration = Duration::from_secs(18);

/// If the limit for the proxy were longer, a hanging proxy would look like a hanging WhatsApp.
const _: () = assert!(TUNNEL_WITHIN.as_secs() < DIAL_WITHIN.as_secs());

/// Opens the sockets of one account. The library does not report why connecting failed. So the last proxy error is
/// kept here until it is read after the run.
pub struct WebSockets {
    route: Arc<Route>,
    trouble: Mutex<Option<ProxyTrouble>>,
    given_up: CancellationToken,
}

#[async_trait]
impl TransportFactory for WebSockets {
    async fn create_transport(
        &self,
    ) -> anyhow::Result<(Arc<dyn Transport>, async_channel::Receiver<TransportEvent>)> {
        self.dial().await
    }
}

impl WebSockets {
    /// Creates the sockets for this route. They remember the last proxy error.
    pub fn new(route: Arc<Route>) -> Self {
        Self { route, trouble: Mutex::new(None), given_up: CancellationToken::new() }
    }

    /// Opens a new socket to WhatsApp.
    pub async fn dial(
        &self,
    ) -> anyhow::Result<(Arc<dyn Transport>, async_channel::Receiver<TransportEvent>)> {
        *self.trouble() = None;
        tokio::select! {
            () = self.given_up.cancelled() => Err(anyhow::anyhow!("the dial was given up")),
            dialled = tokio::time::timeout(DIAL_WITHIN, self.socket()) => dialled?,
        }
    }

    /// Ends the current attempt to connect, and makes every later attempt fail. Otherwise the library would complete
    /// the attempt.
    pub(in crate::whatsapp) fn give_up(&self) {
        self.given_up.cancel();
    }

    /// Takes the proxy error of the last attempt to connect. Returns `None` if the attempt had no proxy error, if
    /// the error was already taken, or if there is no proxy.
    pub fn take_trouble(&self) -> Option<ProxyTrouble> {
        self.trouble().take()
    }

    fn trouble(&self) -> MutexGuard<'_, Option<ProxyTrouble>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn socket(&self) -> anyhow::Result<(Arc<dyn Transport>, async_channel::Receiver<TransportEvent>)> {
        let endpoint = &self.route.endpoint;
        let host = endpoint.host_str().ok_or_else(|| anyhow::anyhow!("the endpoint has no host"))?;
        let port =
            endpoint.port_or_known_default().ok_or_else(|| anyhow::anyhow!("the endpoint has no port"))?;
        // In a URL, an IPv6 address has brackets. Elsewhere it has none.
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let socket = self.connect(Target { host, port }).await?;
        let uri: http::Uri = endpoint.as_str().parse()?;
        let upgrade = tokio_websockets::ClientBuilder::from_uri(uri)
            .add_header(http::header::ORIGIN, http::HeaderValue::from_static(WHATSAPP_WEB_ORIGIN))?;
        if endpoint.scheme() == "ws" {
            let (socket, _) = upgrade.connect_on(socket).await?;
            return Ok(from_websocket(socket));
        }
        let name = ServerName::try_from(host.to_owned())?;
        let socket = TlsConnector::from(self.route.tls.clone()).connect(name, socket).await?;
        let (socket, _) = upgrade.connect_on(socket).await?;
        Ok(from_websocket(socket))
    }

    async fn connect(&self, target: Target<'_>) -> anyhow::Result<Socket> {
        let Some(proxy) = &self.route.proxy else {
            let socket = TcpStream::connect((target.host, target.port)).await?;
            socket.set_nodelay(true)?;
            return Ok(Box::new(socket));
        };
        match proxy::tunnel(proxy, &self.route.tls, target).await {
            Ok(socket) => Ok(socket),
            Err(trouble) => {
                *self.trouble() = Some(trouble.clone());
                Err(trouble.into())
            }
        }
    }
}
