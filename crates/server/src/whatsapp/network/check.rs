//! Tests a route to WhatsApp. The test goes through the proxy and TLS until the WebSocket is open. No account logs
//! in.

use std::time::{Duration, Instant};

use linekeeper_model::proxy::ProxyUrl;

use super::connector::Connector;
use super::proxy::ProxyTrouble;
use super::transport::WebSockets;

/// The result of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// How long the test took until the WebSocket was open or the test failed.
    pub took: Duration,
    /// Why WhatsApp was not reached. `None` if it was reached.
    pub trouble: Option<WayTrouble>,
}

/// Why WhatsApp was not reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WayTrouble {
    /// The proxy did not let the connection through.
    #[error(transparent)]
    Proxy(#[from] ProxyTrouble),
    /// The proxy's address cannot be used.
    #[error("the proxy's address cannot be used")]
    Address,
    /// The proxy works, or there is none, but WhatsApp does not answer.
    #[error("WhatsApp does not answer")]
    Whatsapp,
}

impl WayTrouble {
    /// The code of this error in the API.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Proxy(trouble) => trouble.code(),
            Self::Address => "invalid_address",
            Self::Whatsapp => ProxyTrouble::NO_WAY_ON,
        }
    }
}

impl Connector {
    /// Opens a WebSocket to WhatsApp through `proxy`, or directly if there is none, and closes it. Returns `None`
    /// if the maximum number of tests is already running.
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
                tracing::debug!(%error, "a test did not reach WhatsApp");
                Some(sockets.take_trouble().map_or(WayTrouble::Whatsapp, WayTrouble::Proxy))
            }
        };
        Some(Checked { took, trouble })
    }
}
