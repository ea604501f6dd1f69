//! Real proxies as processes: microsocks for SOCKS5, Tinyproxy for HTTP, and Tinyproxy behind TLS for HTTPS. Each
//! proxy connects from its own address, so a target can tell which proxy was used.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::time::Duration;

use linekeeper_model::proxy::{ProxyKind, ProxyUrl};
use tempfile::NamedTempFile;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

pub const USER: &str = "linekeeper";

/// The password for microsocks, with characters that have a meaning in URLs.
const HARD_PASSWORD: &str = "s3:cr%t";
/// The password for Tinyproxy, which accepts only these characters.
const EASY_PASSWORD: &str = "s3.cret";

/// How many ports to try: another process may take a port that was free a moment ago.
const PORTS: usize = 5;

const START_WITHIN: Duration = Duration::from_secs(10);
const ASK_AGAIN: Duration = Duration::from_millis(10);

/// A proxy that requires [`USER`] and a password. It ends when this value is dropped.
pub struct Proxy {
    pub kind: ProxyKind,
    /// The address that targets see as their client.
    pub exit: IpAddr,
    address: SocketAddr,
    process: Child,
    tls: JoinSet<()>,
    _config: Option<NamedTempFile>,
}

impl Proxy {
    /// Starts a proxy of this kind. `tls` has the certificate for an HTTPS proxy.
    pub async fn start(kind: ProxyKind, tls: &TlsAcceptor) -> Self {
        match kind {
            ProxyKind::Socks5 => Self::socks().await,
            ProxyKind::Http => Self::http("").await,
            ProxyKind::Https => {
                let mut proxy = Self::http("").await;
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let behind = std::mem::replace(&mut proxy.address, listener.local_addr().unwrap());
                proxy.tls.spawn(unwrap_tls(listener, tls.clone(), behind));
                Self { kind, ..proxy }
            }
        }
    }

    /// An HTTP proxy with additional `rules` in Tinyproxy's configuration language.
    pub async fn http(rules: &str) -> Self {
        let exit = Ipv4Addr::new(127, 0, 0, 3);
        for _ in 0..PORTS {
            let address = free_address().await;
            let mut config = NamedTempFile::new().unwrap();
            let port = address.port();
            write!(
                config,
                "Listen 127.0.0.1\nPort {port}\nBind {exit}\nBasicAuth {USER} {EASY_PASSWORD}\nTimeout 60\n{rules}\n"
            )
            .unwrap();
            let mut command = Command::new("tinyproxy");
            command.arg("-d").arg("-c").arg(config.path());
            if let Some(process) = begin(command, address).await {
                let (kind, exit) = (ProxyKind::Http, exit.into());
                return Self { kind, exit, address, process, tls: JoinSet::new(), _config: Some(config) };
            }
        }
        panic!("tinyproxy ends when started");
    }

    async fn socks() -> Self {
        let exit = Ipv4Addr::new(127, 0, 0, 2);
        for _ in 0..PORTS {
            let address = free_address().await;
            let mut command = Command::new("microsocks");
            command.args(["-i", "127.0.0.1", "-p", &address.port().to_string(), "-b", &exit.to_string()]);
            command.args(["-u", USER, "-P", HARD_PASSWORD]);
            if let Some(process) = begin(command, address).await {
                let (kind, exit) = (ProxyKind::Socks5, exit.into());
                return Self { kind, exit, address, process, tls: JoinSet::new(), _config: None };
            }
        }
        panic!("microsocks ends when started");
    }

    /// The proxy address for an account, with the right password.
    pub fn url(&self) -> ProxyUrl {
        self.url_with(match self.kind {
            ProxyKind::Socks5 => "linekeeper:s3%3Acr%25t@",
            ProxyKind::Http | ProxyKind::Https => "linekeeper:s3.cret@",
        })
    }

    /// The proxy address with `login` before the host.
    pub fn url_with(&self, login: &str) -> ProxyUrl {
        let scheme = match self.kind {
            ProxyKind::Socks5 => "socks5",
            ProxyKind::Http => "http",
            ProxyKind::Https => "https",
        };
        format!("{scheme}://{login}{}", self.address).parse().unwrap()
    }

    /// Ends the process and every connection through it.
    pub async fn stop(&mut self) {
        self.tls.shutdown().await;
        self.process.kill().await.unwrap();
    }
}

/// A free address. If another process takes it first, the proxy ends at once.
async fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// Starts the process and waits until it listens. `None` if it ended.
async fn begin(mut command: Command, address: SocketAddr) -> Option<Child> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let mut process = command.spawn().expect("it is installed by scripts/install-debian-packages.sh");
    let listening = tokio::time::timeout(START_WITHIN, async {
        let mut again = tokio::time::interval(ASK_AGAIN);
        loop {
            again.tick().await;
            if process.try_wait().unwrap().is_some() {
                return false;
            }
            if TcpStream::connect(address).await.is_ok() {
                return true;
            }
        }
    });
    listening.await.expect("a proxy listens soon").then_some(process)
}

async fn unwrap_tls(listener: TcpListener, tls: TlsAcceptor, behind: SocketAddr) {
    let mut connections = JoinSet::new();
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        let tls = tls.clone();
        connections.spawn(async move {
            let Ok(mut socket) = tls.accept(socket).await else { return };
            let Ok(mut proxy) = TcpStream::connect(behind).await else { return };
            let _either_may_hang_up = copy_bidirectional(&mut socket, &mut proxy).await;
        });
    }
}
