//! Removes a linked device at WhatsApp. Only WhatsApp's answer counts. The library's own logout cannot be used,
//! because it does not report whether WhatsApp received it.

use std::sync::Arc;
use std::time::Duration;

use linekeeper_model::clock::Clock;
use linekeeper_model::connection::{End, Epoch};
use linekeeper_model::id::AccountId;
use linekeeper_storage::SessionStore;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use whatsapp_rust::Client;
use whatsapp_rust::wacore::iq::devices::RemoveCompanionDeviceSpec;

use super::line::{Line, Way};
use super::signal::Signal;
use crate::whatsapp::Connector;

/// The time limit for the whole logout: connecting, the handshake, the login and the answer. A login can take a minute
/// if many messages wait at WhatsApp.
const GOODBYE_WITHIN: Duration = Duration::from_secs(90);

/// How often to check whether WhatsApp has accepted the login. The library reports the login only after the first
/// exchange of settings, and a device that leaves does not need to wait for that.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The attempt is given up after this many requests without an answer.
const REQUESTS: u32 = 3;

/// The maximum number of planned restarts (code 515) in one logout. After each of them, the connection is opened again.
/// After one more restart, the logout is given up.
const RESTARTS: u64 = 3;

/// The result of a logout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goodbye {
    /// WhatsApp has removed the device, or does not know it any more.
    Gone,
    /// The device may still be linked, because WhatsApp did not confirm the removal.
    Untold,
}

/// Logs out the device of a session, over a connection of its own.
pub async fn say_goodbye(
    connector: Arc<Connector>,
    clock: Arc<dyn Clock>,
    way: &Way,
    session: SessionStore,
) -> Goodbye {
    let (sender, signals) = mpsc::unbounded_channel();
    let mut line = Line::new(session.account(), connector, clock, sender);
    // The future of a login is large and logouts are rare, so it is boxed.
    let told = Box::pin(log_in_and_out(&mut line, way, session, signals));
    let goodbye = tokio::time::timeout(GOODBYE_WITHIN, told).await.unwrap_or(Goodbye::Untold);
    line.close().await;
    goodbye
}

/// Asks WhatsApp to remove the device. Returns whether WhatsApp confirmed the removal.
pub(super) async fn remove(account: AccountId, client: &Client) -> bool {
    let Some(own) = client.pn() else { return false };
    match client.execute(RemoveCompanionDeviceSpec::new(&own)).await {
        Ok(()) => true,
        Err(error) => {
            tracing::info!(%account, %error, "WhatsApp did not confirm a logout");
            false
        }
    }
}

async fn log_in_and_out(
    line: &mut Line,
    way: &Way,
    session: SessionStore,
    mut signals: UnboundedReceiver<Signal>,
) -> Goodbye {
    let mut session = Some(session);
    let mut requests = 0;
    for restart in 0..=RESTARTS {
        let stored = session.take();
        // The session is needed only for the first connection. After a planned restart, the line (the connection to
        // WhatsApp) keeps its client.
        let stored = async { stored.ok_or(linekeeper_storage::VaultError::Fenced) };
        if let Err(error) = line.open(Epoch(restart), way, stored).await {
            tracing::warn!(account = %line.account, %error, "the session could not be opened to log out");
            return Goodbye::Untold;
        }
        let Some(client) = line.open.as_ref().map(|open| open.client.clone()) else {
            return Goodbye::Untold;
        };
        if client.pn().is_none() {
            return Goodbye::Gone;
        }
        let mut look = tokio::time::interval(LOOK_EVERY);
        let end = loop {
            tokio::select! {
                signal = signals.recv() => match signal {
                    Some(Signal::Ended(epoch, end)) if epoch == Epoch(restart) => break end,
                    Some(_) => {}
                    None => return Goodbye::Untold,
                },
                _ = look.tick() => {
                    if client.is_logged_in() && requests < REQUESTS {
                        requests += 1;
                        if remove(line.account, &client).await {
                            return Goodbye::Gone;
                        }
                    }
                }
            }
        };
        match end {
            End::Restart => {}
            end if end.is_unknown_device() => return Goodbye::Gone,
            _ => return Goodbye::Untold,
        }
    }
    Goodbye::Untold
}
