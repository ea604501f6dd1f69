//! Dials WhatsApp: TCP, TLS with the shared configuration, WebSocket.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;
use whatsapp_rust::transport::{Transport, TransportEvent, TransportFactory, from_websocket};
use whatsapp_rust::wacore::net::WHATSAPP_WEB_ORIGIN;
use whatsapp_rust::{anyhow, async_channel};

/// Longer than a healthy dial takes anywhere; the library allows 20 s for all of connecting.
const DIAL_WITHIN: Duration = Duration::from_secs(15);

/// Makes the sockets of all accounts.
pub(super) struct WebSockets {
    pub(super) endpoint: Url,
    pub(super) tls: Arc<ClientConfig>,
}

#[async_trait]
impl TransportFactory for WebSockets {
    async fn create_transport(
        &self,
    ) -> anyhow::Result<(Arc<dyn Transport>, async_channel::Receiver<TransportEvent>)> {
        tokio::time::timeout(DIAL_WITHIN, self.dial()).await?
    }
}

impl WebSockets {
    async fn dial(&self) -> anyhow::Result<(Arc<dyn Transport>, async_channel::Receiver<TransportEvent>)> {
        let host = self.endpoint.host_str().ok_or_else(|| anyhow::anyhow!("the endpoint has no host"))?;
        let port = self
            .endpoint
            .port_or_known_default()
            .ok_or_else(|| anyhow::anyhow!("the endpoint has no port"))?;
        // An IPv6 literal stands in brackets in a URL and nowhere else.
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let socket = TcpStream::connect((host, port)).await?;
        socket.set_nodelay(true)?;
        let uri: http::Uri = self.endpoint.as_str().parse()?;
        let upgrade = tokio_websockets::ClientBuilder::from_uri(uri)
            .add_header(http::header::ORIGIN, http::HeaderValue::from_static(WHATSAPP_WEB_ORIGIN))?;
        if self.endpoint.scheme() == "ws" {
            let (socket, _) = upgrade.connect_on(socket).await?;
            return Ok(from_websocket(socket));
        }
        let name = ServerName::try_from(host.to_owned())?;
        let socket = TlsConnector::from(self.tls.clone()).connect(name, socket).await?;
        let (socket, _) = upgrade.connect_on(socket).await?;
        Ok(from_websocket(socket))
    }
}
