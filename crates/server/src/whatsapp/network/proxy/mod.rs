//! Opens a connection to WhatsApp through an account's proxy. Every error is reported as a [`ProxyTrouble`]. No
//! code in this module ever connects to WhatsApp without the proxy.

mod connect;
mod socks;
mod trouble;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use linekeeper_model::proxy::{ProxyKind, ProxyUrl};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

pub use trouble::{Answer, ProxyTrouble};

/// The time limit for resolving the proxy's name and connecting to the proxy.
const REACH_WITHIN: Duration = Duration::from_secs(6);

/// The time limit for TLS with the proxy, the login to the proxy, and the proxy's own connection to WhatsApp.
const OPEN_WITHIN: Duration = Duration::from_secs(8);

/// The maximum duration of [`tunnel`].
pub(in crate::whatsapp) const TUNNEL_WITHIN: Duration = REACH_WITHIN.saturating_add(OPEN_WITHIN);

/// A stream of bytes in both directions.
pub(in crate::whatsapp) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection of any kind.
pub(in crate::whatsapp) type Socket = Box<dyn Stream>;

/// What the proxy is asked to connect to.
#[derive(Debug, Clone, Copy)]
pub(in crate::whatsapp) struct Target<'a> {
    /// A host name or an IP address without brackets. A host name is sent to the proxy unchanged, and the proxy
    /// resolves it.
    pub(in crate::whatsapp) host: &'a str,
    pub(in crate::whatsapp) port: u16,
}

/// Opens a socket to `target` through `proxy`.
pub(in crate::whatsapp) async fn tunnel(
    proxy: &ProxyUrl,
    tls: &Arc<ClientConfig>,
    target: Target<'_>,
) -> Result<Socket, ProxyTrouble> {
    let reached = timeout(REACH_WITHIN, reach(proxy)).await;
    let socket = reached.unwrap_or(Err(ProxyTrouble::Unreachable(io::ErrorKind::TimedOut)))?;
    timeout(OPEN_WITHIN, open(proxy, tls, socket, target)).await.unwrap_or(Err(ProxyTrouble::Silent))
}

async fn reach(proxy: &ProxyUrl) -> Result<TcpStream, ProxyTrouble> {
    let addresses = lookup_host((proxy.host(), proxy.port())).await.map_err(|_| ProxyTrouble::Unresolved)?;
    let addresses: Vec<_> = addresses.collect();
    let unreachable = |error: io::Error| ProxyTrouble::Unreachable(error.kind());
    let socket = TcpStream::connect(addresses.as_slice()).await.map_err(unreachable)?;
    socket.set_nodelay(true).map_err(unreachable)?;
    Ok(socket)
}

async fn open(
    proxy: &ProxyUrl,
    tls: &Arc<ClientConfig>,
    socket: TcpStream,
    target: Target<'_>,
) -> Result<Socket, ProxyTrouble> {
    let login = proxy.login();
    Ok(match proxy.kind() {
        ProxyKind::Socks5 => Box::new(socks::connect(socket, target, login).await?),
        ProxyKind::Http => Box::new(connect::connect(socket, target, login).await?),
        ProxyKind::Https => {
            let failed = |error: String| ProxyTrouble::Tls(error);
            let name =
                ServerName::try_from(proxy.host().to_owned()).map_err(|error| failed(error.to_string()))?;
            let socket = TlsConnector::from(tls.clone()).connect(name, socket).await;
            let socket = socket.map_err(|error| failed(error.to_string()))?;
            Box::new(connect::connect(socket, target, login).await?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::whatsapp;
    use tokio::net::TcpListener;

    const TARGET: Target<'_> = Target { host: "web.whatsapp.com", port: 443 };

    #[tokio::test]
    async fn a_proxy_that_does_not_answer_times_out() {
        for scheme in ["socks5", "http", "https"] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let proxy: ProxyUrl = format!("{scheme}://{}", listener.local_addr().unwrap()).parse().unwrap();
            let tls = whatsapp::client_config();
            let (told, _open) = tokio::join!(tunnel(&proxy, &tls, TARGET), async {
                let open = listener.accept().await.unwrap();
                // From this point all tasks wait, so the paused clock jumps to the end of the time limit.
                tokio::time::pause();
                open
            });
            tokio::time::resume();
            assert_eq!(told.err(), Some(ProxyTrouble::Silent), "{scheme}");
        }
    }

    #[tokio::test]
    async fn a_host_name_without_an_address_is_reported() {
        let proxy: ProxyUrl = "socks5://proxy.invalid".parse().unwrap();
        let told = tunnel(&proxy, &whatsapp::client_config(), TARGET).await.err();
        // Without a network, a resolver may take longer than the time limit.
        let expected = [ProxyTrouble::Unresolved, ProxyTrouble::Unreachable(io::ErrorKind::TimedOut)];
        assert!(told.as_ref().is_some_and(|told| expected.contains(told)), "{told:?}");
    }
}
