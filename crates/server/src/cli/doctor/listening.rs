//! Checks that the server's address is free, or that linekeeper already answers there.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;

use super::finding::Finding;
use crate::whatsapp;

const SUBJECT: &str = "address";
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn check(address: SocketAddr) -> Finding {
    match TcpListener::bind(address).await {
        Ok(_) => Finding::ok(SUBJECT, format!("{address} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => match is_linekeeper(address).await {
            true => Finding::ok(SUBJECT, format!("linekeeper answers on {address}")),
            false => Finding::fail(
                SUBJECT,
                format!("another program listens on {address}"),
                "Stop it, or choose another address with --listen or LINEKEEPER_LISTEN.",
            ),
        },
        Err(error) => Finding::fail(
            SUBJECT,
            format!("{address} cannot be listened on: {error}"),
            "Choose another with --listen or LINEKEEPER_LISTEN; ports below 1024 need a privilege.",
        ),
    }
}

async fn is_linekeeper(mut address: SocketAddr) -> bool {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() {
            [127, 0, 0, 1].into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        });
    }
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(rustls::ClientConfig::clone(&whatsapp::client_config()))
        .no_proxy()
        .timeout(PATIENCE)
        .build();
    let Ok(client) = client else { return false };
    let Ok(answer) = client.get(format!("http://{address}/healthz")).send().await else {
        return false;
    };
    matches!(answer.json::<serde_json::Value>().await, Ok(body) if body["status"] == "alive")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn another_program_on_the_port_is_reported() {
        whatsapp::install_crypto_provider();
        let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = other.local_addr().unwrap();
        let answering = async {
            // The other program closes each connection at once.
            while other.accept().await.is_ok() {}
        };
        let finding = tokio::select! {
            finding = check(address) => finding,
            () = answering => unreachable!("it accepts for ever"),
        };
        assert!(finding.is_failure(), "{finding}");
        drop(other);
        assert!(!check(address).await.is_failure());
    }
}
