//! Tries a way to WhatsApp: the proxy, TLS and the WebSocket, and no further. No account takes part in it.

use std::time::{Duration, Instant};

use linekeeper_model::proxy::ProxyUrl;

use super::connector::Connector;
use super::proxy::ProxyTrouble;
use super::transport::WebSockets;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// From the first packet to the open WebSocket, or to the trouble.
    pub took: Duration,
    /// Nothing where WhatsApp answered.
    pub trouble: Option<WayTrouble>,
}

/// Why WhatsApp was not reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WayTrouble {
    /// The proxy did not let the connection through.
    #[error(transparent)]
    Proxy(#[from] ProxyTrouble),
    /// The proxy's address is none that the server could go through.
    #[error("the proxy's address cannot be used")]
    Address,
    /// The proxy, where there is one, did its part.
    #[error("WhatsApp does not answer")]
    Whatsapp,
}

impl WayTrouble {
    /// The text by which other programs know it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Proxy(trouble) => trouble.code(),
            Self::Address => "invalid_address",
            Self::Whatsapp => ProxyTrouble::NO_WAY_ON,
        }
    }
}

impl Connector {
    /// Opens a WebSocket to WhatsApp through that proxy, or directly, and closes it. `None` where as many ways are being
    /// tried as may be at a time.
    pub async fn check(&self, proxy: Option<&ProxyUrl>) -> Option<Checked> {
        let _one_of_few = self.checks.try_acquire().ok()?;
        let began = Instant::now();
        let Ok(route) = self.route(proxy) else {
            return Some(Checked { took: began.elapsed(), trouble: Some(WayTrouble::Address) });
        };
        let sockets = WebSockets::new(route);
        let dialled = sockets.dial().await;
        let took = began.elapsed();
        let trouble = match dialled {
            Ok((socket, _)) => {
                socket.disconnect().await;
                None
            }
            Err(error) => {
                tracing::debug!(%error, "a way to WhatsApp was tried in vain");
                Some(sockets.take_trouble().map_or(WayTrouble::Whatsapp, WayTrouble::Proxy))
            }
        };
        Some(Checked { took, trouble })
    }
}
