//! Finds out why PostgreSQL gives no connection. While the server refuses connections, the pool retries until its time
//! limit, and its error does not tell why. So this module tries to connect to the server's address itself.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, timeout};

/// How long to wait before the first check. A pool that is only busy usually has a free connection by then.
const PATIENCE: Duration = Duration::from_millis(250);
/// The time limit for an address that does not react.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// For this long, the result of a check is used again. So callers that wait at the same time share one check.
const FRESH: Duration = Duration::from_secs(1);

/// The server's address, and the result of the last check.
pub(super) struct Presence {
    address: Address,
    last: Mutex<Option<Look>>,
}

#[derive(Debug)]
enum Address {
    Tcp(String, u16),
    Socket(PathBuf),
}

/// One check of the address. `refusal` is `None` if the address accepts connections.
struct Look {
    at: Instant,
    refusal: Option<(io::ErrorKind, String)>,
}

impl Presence {
    pub(super) fn of(options: &PgConnectOptions) -> Self {
        let address = match options.get_socket() {
            // The name of the server's socket file. libpq uses the same name.
            Some(folder) => Address::Socket(folder.join(format!(".s.PGSQL.{}", options.get_port()))),
            None => Address::Tcp(options.get_host().trim_matches(['[', ']']).to_owned(), options.get_port()),
        };
        Self { address, last: Mutex::default() }
    }

    /// Returns an error once the server's address refuses connections or does not react. Never returns while the
    /// address accepts connections.
    pub(super) async fn missed(&self) -> io::Error {
        sleep(PATIENCE).await;
        loop {
            if let Some((kind, text)) = self.look().await {
                return io::Error::new(kind, text);
            }
            sleep(FRESH).await;
        }
    }

    async fn look(&self) -> Option<(io::ErrorKind, String)> {
        let mut last = self.last.lock().await;
        if let Some(look) = last.as_ref().filter(|look| look.at.elapsed() < FRESH) {
            return look.refusal.clone();
        }
        let refusal = match timeout(ANSWER_WITHIN, self.address.connect()).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some((error.kind(), format!("{}: {error}", self.address))),
            Err(_) => {
                let text = format!("{}: no answer within {} s", self.address, ANSWER_WITHIN.as_secs());
                Some((io::ErrorKind::TimedOut, text))
            }
        };
        *last = Some(Look { at: Instant::now(), refusal: refusal.clone() });
        refusal
    }
}

impl Address {
    async fn connect(&self) -> io::Result<()> {
        match self {
            Self::Tcp(host, port) => TcpStream::connect((host.as_str(), *port)).await.map(drop),
            Self::Socket(path) => UnixStream::connect(path).await.map(drop),
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(host, port) => write!(f, "{host}:{port}"),
            Self::Socket(path) => path.display().fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::str::FromStr as _;

    fn presence(url: &str) -> Presence {
        Presence::of(&PgConnectOptions::from_str(url).unwrap())
    }

    #[test]
    fn the_check_for_postgresql_uses_the_same_address_as_the_database_driver() {
        for (url, address) in [
            ("postgres://u:p@db.example:6432/x", "db.example:6432"),
            ("postgres://u:p@[::1]/x", "::1:5432"),
            ("postgres:///x?host=/run/postgresql", "/run/postgresql/.s.PGSQL.5432"),
            ("postgres://%2Frun%2Fpostgresql/x", "/run/postgresql/.s.PGSQL.5432"),
        ] {
            assert_eq!(presence(url).address.to_string(), address, "{url}");
        }
    }

    #[tokio::test]
    async fn a_refused_connection_causes_an_error_and_an_open_port_does_not() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let presence = presence(&format!("postgres://u:secret@127.0.0.1:{port}/x"));
        assert!(presence.look().await.is_none());
        drop(listener);
        *presence.last.lock().await = None;
        let refusal = presence.missed().await;
        assert_eq!(refusal.kind(), io::ErrorKind::ConnectionRefused);
        let text = refusal.to_string();
        assert!(text.starts_with(&format!("127.0.0.1:{port}: ")) && !text.contains("secret"), "{text}");
    }
}
