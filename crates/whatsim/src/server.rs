//! A running simulator: how it starts, what it offers to tests in the same process, and how it stops.

use crate::clock::Clock;
use crate::control::{FaultControl, Phones, State, http};
use crate::media::{Media, MediaError};
use crate::noise::{NoiseKeys, SeedError};
use crate::port::{Listeners, Port};
use crate::world::World;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// The default seed of the Noise keys. It is the same for all servers, so that no configuration is needed. A
/// server that other machines can reach should have its own seed.
const DEFAULT_SEED: &[u8] = b"whatsim";
/// How long connections may take to close.
const FAREWELL: Duration = Duration::from_secs(5);

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program uses the port, or this process has no permission to use it.
    #[error("cannot listen on {addr}: {source}")]
    Listen {
        /// The address that the server tried to listen on.
        addr: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The address is not a loopback address. The admin API has no sign-in, so everybody who can reach it can do
    /// anything.
    #[error("{0} is not a loopback address: the admin API has no sign-in, so allow remote access explicitly")]
    NotLoopback(SocketAddr),
    /// The media server's folder or certificate could not be created.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// No keys could be derived from the seed.
    #[error(transparent)]
    Seed(#[from] SeedError),
}

/// The settings of a server. Every setting has a default.
pub struct Builder {
    listen: SocketAddr,
    media_listen: Option<SocketAddr>,
    allow_remote: bool,
    seed: Vec<u8>,
    clock: Clock,
}

impl Builder {
    /// The address to listen on. By default, a free port of 127.0.0.1.
    #[must_use]
    pub fn listen(mut self, addr: impl Into<SocketAddr>) -> Self {
        self.listen = addr.into();
        self
    }

    /// The address that the media server listens on, with TLS. By default, a free port of the address on which the
    /// server listens for clients.
    #[must_use]
    pub fn media_listen(mut self, addr: impl Into<SocketAddr>) -> Self {
        self.media_listen = Some(addr.into());
        self
    }

    /// Whether the server may listen on an address that other machines can reach.
    #[must_use]
    pub fn allow_remote(mut self, allow: bool) -> Self {
        self.allow_remote = allow;
        self
    }

    /// The seed of the Noise keys. Clients that paired with a server can resume with any server that has the same
    /// seed.
    #[must_use]
    pub fn noise_seed(mut self, seed: impl Into<Vec<u8>>) -> Self {
        self.seed = seed.into();
        self
    }

    /// Uses this clock instead of the machine's.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Starts the server. When this returns, clients can connect.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(self) -> Result<Server, StartError> {
        let addr = self.listen;
        let media_addr = self.media_listen.unwrap_or_else(|| SocketAddr::new(addr.ip(), 0));
        for addr in [addr, media_addr] {
            if !addr.ip().is_loopback() && !self.allow_remote {
                return Err(StartError::NotLoopback(addr));
            }
        }
        let noise = NoiseKeys::from_seed(&self.seed, &mut rand::rng())?;
        let (listener, addr) = bind(addr).await?;
        let (media_listener, media_addr) = bind(media_addr).await?;
        let media = Media::new(media_addr)?;
        let world = Arc::new(World::new(noise, self.clock, base_url(addr), media));
        let inhabited = world.clone();
        let routes = move |port, guests: &_| http::router(inhabited.clone(), port, guests);
        let listeners = Listeners { main: listener, media: media_listener };
        let port = Port::open([addr, media_addr], world.clone(), listeners, routes).await;
        Ok(Server { port, world })
    }
}

async fn bind(addr: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { addr, source };
    let listener = TcpListener::bind(addr).await.map_err(failed)?;
    let addr = listener.local_addr().map_err(failed)?;
    Ok((listener, addr))
}

/// The URL by which clients on this machine reach a listener. If it listens on all addresses, the URL names the
/// loopback address.
fn base_url(addr: SocketAddr) -> String {
    let ip = match addr.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    format!("http://{}", SocketAddr::new(ip, addr.port()))
}

/// A running simulator. Dropping this value stops the simulator, but does not wait until it has stopped.
/// [`Server::shutdown`] waits.
pub struct Server {
    port: Arc<Port>,
    world: Arc<World>,
}

impl Server {
    /// The default settings of a server.
    pub fn builder() -> Builder {
        Builder {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            media_listen: None,
            allow_remote: false,
            seed: DEFAULT_SEED.to_vec(),
            clock: Clock::system(),
        }
    }

    /// The address that the simulator listens on.
    pub fn addr(&self) -> SocketAddr {
        self.port.addr()
    }

    /// The endpoint for WhatsApp clients.
    pub fn ws_url(&self) -> String {
        format!("ws://{}/ws/chat", self.addr())
    }

    /// The base URL of the admin API.
    pub fn http_url(&self) -> String {
        format!("http://{}", self.addr())
    }

    /// The host and the port of the media server, as the simulator tells them to clients. The media server uses
    /// HTTPS.
    pub fn media_host(&self) -> String {
        self.world.media.host.clone()
    }

    /// The certificate authority of the media server, as PEM. Clients must trust it.
    pub fn ca_pem(&self) -> String {
        self.world.media.authority.pem()
    }

    /// Makes all files on the media server expire. Returns their number.
    pub fn expire_media(&self) -> usize {
        self.world.media.store.expire_all(self.world.clock.now())
    }

    /// The Noise root key that clients must trust in place of WhatsApp's.
    pub fn noise_root(&self) -> [u8; 32] {
        self.world.noise.current().root()
    }

    /// Uses new Noise keys for new connections, as WhatsApp sometimes does. Connected clients stay connected. A
    /// client that reconnects with the old key falls back to XX.
    ///
    /// # Errors
    /// When no keys can be derived from the seed.
    pub fn change_noise_seed(&self, seed: impl AsRef<[u8]>) -> Result<(), SeedError> {
        self.world.noise.change(NoiseKeys::from_seed(seed.as_ref(), &mut rand::rng())?);
        Ok(())
    }

    /// A handle to the phones. Its methods do what the admin API does.
    pub fn phones(&self) -> Phones {
        Phones::new(self.world.clone())
    }

    /// A handle to the faults. Its methods do what the admin API does.
    pub fn faults(&self) -> FaultControl {
        FaultControl::new(self.world.clone())
    }

    /// The state of the simulation.
    pub fn state(&self) -> State {
        State::of(&self.world)
    }

    /// Sets the peaks of handshakes and connections to the current numbers.
    pub fn reset_peaks(&self) {
        self.world.reset_peaks();
    }

    /// Disappears from the network, as a machine without power does. The ports are closed, and every connection
    /// ends without a close message. The accounts and their state are kept. When this method returns, nobody is
    /// connected and nobody can connect.
    pub async fn go_dark(&self) {
        self.port.go_dark().await;
    }

    /// Listens on the same port again after [`Server::go_dark`]. Does nothing if the server is listening.
    ///
    /// # Errors
    /// When another program took the port in the meantime.
    pub async fn return_from_dark(&self) -> Result<(), StartError> {
        let addr = self.addr();
        self.port.return_from_dark().await.map_err(|source| StartError::Listen { addr, source })
    }

    /// Ends every connection and waits until all tasks have ended, at most some seconds.
    pub async fn shutdown(self) {
        self.world.stop.cancel();
        self.world.tasks.close();
        if tokio::time::timeout(FAREWELL, self.world.tasks.wait()).await.is_err() {
            tracing::warn!(tasks = self.world.tasks.len(), "some tasks did not end in time");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.world.stop.cancel();
    }
}
