//! The ports that the simulator listens on, and how it closes and opens them in an outage. The clients that connect
//! while the ports are open are called guests. This module does not know what the guests and the server send to each
//! other.

use crate::media::{self, TlsListener};
use crate::world::World;
use axum::Router;
use axum::serve::ListenerExt as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long connections may take to end when the port closes.
const FAREWELL: Duration = Duration::from_secs(5);
/// The pause before the next attempt to get the port back after an outage.
const AGAIN: Duration = Duration::from_millis(200);

/// All clients that connected during one period in which the ports were open.
#[derive(Clone, Default)]
pub struct Guests {
    /// When this is cancelled, the connections of the guests are cut off.
    pub dark: CancellationToken,
    /// The tasks of the guests' connections.
    pub tasks: TaskTracker,
}

struct Light {
    guests: Guests,
    serving: [JoinHandle<()>; 2],
}

/// The two listeners that serve one period.
pub struct Listeners {
    /// The listener for WhatsApp clients and the admin API.
    pub main: TcpListener,
    /// The listener of the media server.
    pub media: TcpListener,
}

impl Listeners {
    async fn bind([main, media]: [SocketAddr; 2]) -> io::Result<Self> {
        Ok(Self { main: TcpListener::bind(main).await?, media: TcpListener::bind(media).await? })
    }
}

/// Makes the routes for the guests of one period.
type Routes = Box<dyn Fn(Arc<Port>, &Guests) -> Router + Send + Sync>;

/// The two ports of one server: one for WhatsApp clients and the admin API, one for media.
pub struct Port {
    addrs: [SocketAddr; 2],
    routes: Routes,
    world: Arc<World>,
    light: Mutex<Option<Light>>,
}

impl Port {
    /// Opens the ports: serves `routes` and the media server on `listeners`, which are bound to `addrs`.
    pub async fn open(
        addrs: [SocketAddr; 2],
        world: Arc<World>,
        listeners: Listeners,
        routes: impl Fn(Arc<Self>, &Guests) -> Router + Send + Sync + 'static,
    ) -> Arc<Self> {
        let port = Arc::new(Self { addrs, routes: Box::new(routes), world, light: Mutex::default() });
        *port.light.lock().await = Some(port.serve(listeners));
        port
    }

    /// The address of the main port, which stays the same during an outage.
    pub fn addr(&self) -> SocketAddr {
        self.addrs[0]
    }

    /// Closes the ports and cuts off all clients. Returns when all their connections have ended.
    pub async fn go_dark(&self) {
        let mut light = self.light.lock().await;
        let Some(Light { guests, serving }) = light.take() else { return };
        guests.dark.cancel();
        guests.tasks.close();
        let gone = async {
            guests.tasks.wait().await;
            for listener in serving {
                // Ignore the result: if a listener failed, it has already logged its error.
                let _ = listener.await;
            }
        };
        if tokio::time::timeout(FAREWELL, gone).await.is_err() {
            tracing::warn!(left = guests.tasks.len(), "some connections outlive the light");
        }
    }

    /// Opens the ports again.
    ///
    /// # Errors
    /// When another program took a port in the meantime.
    pub async fn return_from_dark(self: &Arc<Self>) -> io::Result<()> {
        let mut light = self.light.lock().await;
        if light.is_none() {
            *light = Some(self.serve(Listeners::bind(self.addrs).await?));
        }
        Ok(())
    }

    /// Starts an outage of this length and returns at once, so that the caller can still send its answer.
    pub fn outage(self: &Arc<Self>, length: Duration) {
        let port = self.clone();
        self.world.tasks.spawn(async move {
            let stop = port.world.stop.clone();
            port.go_dark().await;
            let mut dark = length;
            while stop.run_until_cancelled(tokio::time::sleep(dark)).await.is_some() {
                match port.return_from_dark().await {
                    Ok(()) => return,
                    Err(error) => tracing::warn!(%error, addr = %port.addr(), "the port is taken"),
                }
                dark = AGAIN;
            }
        });
    }

    fn serve(self: &Arc<Self>, Listeners { main, media }: Listeners) -> Light {
        let guests = Guests::default();
        // Set TCP_NODELAY, because without it the first delivery takes 40 ms longer.
        let main = main.tap_io(|socket| {
            if let Err(error) = socket.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY refused");
            }
        });
        let app = (self.routes)(self.clone(), &guests);
        let serving = axum::serve(main, app).with_graceful_shutdown(self.over(&guests));
        let main = self.world.tasks.spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the listener failed");
            }
        });
        let (world, over) = (self.world.clone(), self.over(&guests));
        let dark = guests.dark.clone();
        let media = self.world.tasks.spawn(async move {
            let served = async {
                let listener = TlsListener::new(media, world.media.authority.tls());
                axum::serve(listener, media::router(world.clone())).with_graceful_shutdown(over).await
            };
            // An outage ends the media server at once, together with downloads that are in progress.
            if let Some(Err(error)) = dark.run_until_cancelled(served).await {
                tracing::error!(%error, "the media listener failed");
            }
        });
        Light { guests, serving: [main, media] }
    }

    /// Returns a future that completes when this period or the server ends.
    fn over(&self, guests: &Guests) -> impl Future<Output = ()> + Send + 'static {
        let (dark, stop) = (guests.dark.clone(), self.world.stop.clone());
        async move {
            tokio::select! {
                () = dark.cancelled() => {}
                () = stop.cancelled() => {}
            }
        }
    }
}
