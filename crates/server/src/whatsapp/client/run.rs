//! Runs one connection of an account from beginning to end, in a separate task. Watches for conditions that the library
//! does not report, and decides what the end of the connection means.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use linekeeper_model::clock::Clock;
use linekeeper_model::connection::{End, Epoch, Failure, Loss};
use linekeeper_storage::{Fault, SessionStore};
use tokio_util::sync::CancellationToken;
use whatsapp_rust::{Client, NodeFilter};

use super::observer::{Observer, identity};
use super::signal::Signal;
use super::watch;
use crate::whatsapp::messages::Listener;
use crate::whatsapp::network::connector::Connector;
use crate::whatsapp::network::route::Route;
use crate::whatsapp::network::transport::WebSockets;
use crate::whatsapp::network::version::Version;

/// How long to wait for the library's report of a link. Normally it comes right after the library's answer to the
/// phone.
const TELL_LINK_WITHIN: Duration = Duration::from_secs(5);

/// One connection, with its client and everything that is needed to run and watch the connection.
pub(in crate::whatsapp) struct Run {
    pub(in crate::whatsapp) epoch: Epoch,
    pub(in crate::whatsapp) client: Arc<Client>,
    pub(in crate::whatsapp) session: Arc<SessionStore>,
    pub(in crate::whatsapp) observer: Arc<Observer>,
    pub(in crate::whatsapp) listener: Option<Arc<Listener>>,
    pub(in crate::whatsapp) transports: Arc<WebSockets>,
    pub(in crate::whatsapp) connector: Arc<Connector>,
    pub(in crate::whatsapp) route: Arc<Route>,
    pub(in crate::whatsapp) version: Version,
    pub(in crate::whatsapp) spent: CancellationToken,
    pub(in crate::whatsapp) clock: Arc<dyn Clock>,
}

impl Run {
    /// Runs the connection until it ends, and reports how it ended.
    pub(in crate::whatsapp) async fn play_out(self) {
        let Self { epoch, client, session, observer, .. } = &self;
        let mut stream_error = client.wait_for_node(NodeFilter::tag("stream:error"));
        let was_linked = client.pn().is_some();
        let finished = tokio::select! {
            // All four futures are boxed. The library's futures are large, and each future that contains them would be
            // as large.
            finished = AssertUnwindSafe(Box::pin(client.run())).catch_unwind() => finished,
            never = Box::pin(leave_when_unusable(client, session)) => match never {},
            never = Box::pin(leave_when_silent(client, observer, &self.spent)) => match never {},
            never = Box::pin(self.tell_of_a_late_login()) => match never {},
        };
        if !was_linked && client.pn().is_some() {
            Box::pin(await_link(*epoch, client, observer)).await;
        }
        let end = match finished {
            Ok(()) if self.spent.is_cancelled() => End::Lost(Loss::KeepaliveTimeout),
            Ok(()) => {
                let node = stream_error.try_recv().ok().flatten();
                let code = node
                    .and_then(|node| node.get().get_attr("code").and_then(|code| code.as_str().parse().ok()));
                let end = observer.notes().end(code, session.fault(), self.clock.now());
                let end = if was_linked && !has_logged_in(client) { end.of_unproven_link() } else { end };
                Box::pin(self.try_a_newer_version(self.blame_the_proxy(end))).await
            }
            Err(_) => {
                tracing::error!(account = %session.account(), "the protocol library panicked");
                End::Lost(Loss::Network)
            }
        };
        observer.say(Signal::Ended(*epoch, end));
    }

    /// The library reports a login only after it has read the account's settings. If it has not read them in time, the
    /// login is reported here. The first login after a link is not reported here. Until the library reports that
    /// login, nothing is known about the account, not even its name.
    async fn tell_of_a_late_login(&self) -> Infallible {
        if has_logged_in(&self.client) {
            watch::login_without_settings(&self.observer).await;
            tracing::warn!(account = %self.session.account(), "connected without the account's settings, which could not be read");
            self.observer.say(Signal::LoggedIn(self.epoch));
            if let Some(listener) = &self.listener {
                listener.online();
            }
        }
        std::future::pending().await
    }

    /// WhatsApp accepts each version of WhatsApp Web for some weeks. If WhatsApp refuses the version and the server knows
    /// another one, the account does not fail: a new client is built with the other version.
    async fn try_a_newer_version(&self, end: End) -> End {
        if end == End::Refused(Failure::ClientOutdated)
            && self.connector.versions.is_there_after(self.version, &self.route.http()).await
        {
            self.spent.cancel();
            return End::Restart;
        }
        end
    }

    /// If connecting failed, decides whether the proxy is to blame. The library does not report why connecting failed,
    /// but the account's sockets remember the last proxy error.
    fn blame_the_proxy(&self, end: End) -> End {
        let End::Lost(Loss::Network) = end else { return end };
        let Some(trouble) = self.transports.take_trouble() else { return end };
        tracing::warn!(account = %self.session.account(), %trouble, "the proxy let nothing through");
        match () {
            () if trouble.is_final() => End::Refused(Failure::ProxyFailed),
            // The proxy works, but WhatsApp behind it does not answer.
            () if trouble.lies_behind() => end,
            () => End::Lost(Loss::Proxy),
        }
    }
}

/// Makes sure that a link is reported before the end of its connection. The library answers the phone in a separate
/// task, and WhatsApp's code 515 may end the run before that task has reported the link. If the report does not come in
/// time, it is unknown whether the answer reached the phone. Only the next login can show this. So a link without a
/// report is reported here as a link, too.
async fn await_link(epoch: Epoch, client: &Client, observer: &Observer) {
    if tokio::time::timeout(TELL_LINK_WITHIN, observer.told_of_link()).await.is_err() {
        observer.say(Signal::Paired(epoch, identity(client.pn().as_ref(), client.lid().as_ref())));
    }
}

/// Ends the connection when its session can no longer be used, because continuing would damage the session.
async fn leave_when_unusable(client: &Arc<Client>, session: &SessionStore) -> Infallible {
    let mut fault = session.watch_fault();
    let unusable = |fault: &Option<Fault>| matches!(fault, Some(Fault::Unreadable | Fault::Fenced));
    if fault.wait_for(unusable).await.is_ok() {
        client.disconnect().await;
    }
    std::future::pending().await
}

/// Whether this session has ever logged in.
fn has_logged_in(client: &Client) -> bool {
    client.persistence_manager().get_device_snapshot().login_counter > 0
}

/// Closes a connection that is open but silent. The next connection uses a new client.
async fn leave_when_silent(
    client: &Arc<Client>,
    observer: &Observer,
    spent: &CancellationToken,
) -> Infallible {
    watch::silence(client, observer).await;
    spent.cancel();
    client.disconnect().await;
    std::future::pending().await
}
