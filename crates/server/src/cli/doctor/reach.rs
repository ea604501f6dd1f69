//! Checks that WhatsApp can be reached: its host name, its port, its certificate.

use std::net::SocketAddr;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Url;

use super::finding::Finding;
use crate::app::Trust;
use crate::config::{self, Config};
use crate::whatsapp;

const SUBJECT: &str = "WhatsApp";
const DEFAULT_ENDPOINT: &str = "wss://web.whatsapp.com/ws/chat";

/// The time limit for each of the three steps.
const PATIENCE: Duration = Duration::from_secs(5);

/// Which step failed, and why.
#[derive(Debug, thiserror::Error)]
enum Unreachable {
    #[error("the name {0} cannot be resolved: {1}")]
    Name(String, String),
    #[error("no connection to {0}: {1}")]
    Connection(SocketAddr, String),
    #[error("no TLS with {0}: {1}")]
    Tls(String, String),
}

pub(super) async fn check(config: &Config, trust: Trust) -> Finding {
    let default = || Url::parse(DEFAULT_ENDPOINT).expect("a constant that is a URL");
    let endpoint = config.whatsapp.endpoint.clone().unwrap_or_else(default);
    if trust == Trust::LoopbackOnly && !config::is_loopback(&endpoint) {
        let remedy = "Set WHATSAPP_ENDPOINT to a simulator, such as ws://127.0.0.1:7100/ws/chat.";
        return Finding::fail(SUBJECT, "this build only talks to a simulator on this machine", remedy);
    }
    match reach(&endpoint).await {
        Ok(address) => Finding::ok(SUBJECT, format!("{} answers ({address})", place(&endpoint))),
        Err(error) => {
            let remedy = match error {
                Unreachable::Name(..) => "Check this machine's DNS.",
                Unreachable::Connection(..) => {
                    "Check the network and its firewall: outgoing TCP to that port must pass."
                }
                Unreachable::Tls(..) => {
                    "Check the clock, and whether something on the way opens TLS connections."
                }
            };
            Finding::fail(SUBJECT, error, remedy)
        }
    }
}

async fn reach(endpoint: &Url) -> Result<SocketAddr, Unreachable> {
    let host = endpoint.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = endpoint.port_or_known_default().unwrap_or(443);
    let named = |error: String| Unreachable::Name(host.clone(), error);
    let mut addresses = within(lookup_host((host.as_str(), port))).await.map_err(named)?;
    let address = addresses.next().ok_or_else(|| named("it has no address".to_owned()))?;
    let stream =
        within(TcpStream::connect(address)).await.map_err(|error| Unreachable::Connection(address, error))?;
    if endpoint.scheme() == "wss" {
        let tls = |error: String| Unreachable::Tls(host.clone(), error);
        let name = ServerName::try_from(host.clone()).map_err(|error| tls(error.to_string()))?;
        within(TlsConnector::from(whatsapp::client_config()).connect(name, stream)).await.map_err(tls)?;
    }
    Ok(address)
}

async fn within<T>(step: impl Future<Output = std::io::Result<T>>) -> Result<T, String> {
    match timeout(PATIENCE, step).await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

fn place(endpoint: &Url) -> String {
    let host = endpoint.host_str().unwrap_or_default();
    endpoint.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn the_failed_connection_step_is_reported() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let url = |scheme: &str| Url::parse(&format!("{scheme}://{address}/ws/chat")).unwrap();
        assert_eq!(reach(&url("ws")).await.unwrap(), address);

        whatsapp::install_crypto_provider();
        let url_with_tls = url("wss");
        let (answer, _) = tokio::join!(reach(&url_with_tls), async {
            // The call of `reach` above made the first connection. The second connection is closed at once, so that no
            // TLS handshake happens.
            drop(listener.accept().await);
            drop(listener.accept().await);
            drop(listener);
        });
        assert!(matches!(answer, Err(Unreachable::Tls(..))), "{answer:?}");
        assert!(matches!(reach(&url("ws")).await, Err(Unreachable::Connection(..))));
    }
}
