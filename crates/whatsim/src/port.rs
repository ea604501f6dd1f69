//! The port that the simulator listens on, and how it vanishes and comes back: a period in the light after another,
//! each with its own guests. Knows nothing of what is said there.

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

/// How long connections may take to notice that they are cut off.
const FAREWELL: Duration = Duration::from_secs(5);
/// Between two tries to get the port back after an outage.
const AGAIN: Duration = Duration::from_millis(200);

/// Everybody who came during one period in the light.
#[derive(Clone, Default)]
pub struct Guests {
    /// Breaks off their connections.
    pub dark: CancellationToken,
    /// Their connections.
    pub tasks: TaskTracker,
}

struct Light {
    guests: Guests,
    serving: JoinHandle<()>,
}

/// Makes what is served to the guests of one period.
type Routes = Box<dyn Fn(Arc<Port>, &Guests) -> Router + Send + Sync>;

/// The port of one server.
pub struct Port {
    addr: SocketAddr,
    routes: Routes,
    world: Arc<World>,
    light: Mutex<Option<Light>>,
}

impl Port {
    /// Serves `routes` on a listener that is bound to `addr`.
    pub async fn open(
        addr: SocketAddr,
        world: Arc<World>,
        listener: TcpListener,
        routes: impl Fn(Arc<Self>, &Guests) -> Router + Send + Sync + 'static,
    ) -> Arc<Self> {
        let port = Arc::new(Self { addr, routes: Box::new(routes), world, light: Mutex::default() });
        *port.light.lock().await = Some(port.serve(listener));
        port
    }

    /// Where it is, in the light and in the dark.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Closes the port and cuts everybody off. Returns when that is done.
    pub async fn go_dark(&self) {
        let mut light = self.light.lock().await;
        let Some(Light { guests, serving }) = light.take() else { return };
        guests.dark.cancel();
        guests.tasks.close();
        let gone = async {
            guests.tasks.wait().await;
            // A listener that failed has said so.
            let _ = serving.await;
        };
        if tokio::time::timeout(FAREWELL, gone).await.is_err() {
            tracing::warn!(left = guests.tasks.len(), "some connections outlive the light");
        }
    }

    /// Listens again.
    ///
    /// # Errors
    /// When the port was taken meanwhile.
    pub async fn return_from_dark(self: &Arc<Self>) -> io::Result<()> {
        let mut light = self.light.lock().await;
        if light.is_none() {
            *light = Some(self.serve(TcpListener::bind(self.addr).await?));
        }
        Ok(())
    }

    /// Vanishes for this long, from as soon as this returns.
    pub fn outage(self: &Arc<Self>, length: Duration) {
        let port = self.clone();
        self.world.tasks.spawn(async move {
            let stop = port.world.stop.clone();
            port.go_dark().await;
            let mut dark = length;
            while stop.run_until_cancelled(tokio::time::sleep(dark)).await.is_some() {
                match port.return_from_dark().await {
                    Ok(()) => return,
                    Err(error) => tracing::warn!(%error, addr = %port.addr, "the port is taken"),
                }
                dark = AGAIN;
            }
        });
    }

    fn serve(self: &Arc<Self>, listener: TcpListener) -> Light {
        let guests = Guests::default();
        // Without it the first delivery takes 40 ms more.
        let listener = listener.tap_io(|socket| {
            if let Err(error) = socket.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY refused");
            }
        });
        let app = (self.routes)(self.clone(), &guests);
        let (dark, stop) = (guests.dark.clone(), self.world.stop.clone());
        let over = async move {
            tokio::select! {
                () = dark.cancelled() => {}
                () = stop.cancelled() => {}
            }
        };
        let serving = axum::serve(listener, app).with_graceful_shutdown(over);
        let serving = self.world.tasks.spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the listener failed");
            }
        });
        Light { guests, serving }
    }
}
