//! How the actor reacts to changed settings. The settings are in the database. The actor reads changed settings
//! before it opens a connection, so that no connection uses an outdated route.

use linekeeper_model::connection::Input;
use linekeeper_storage::StorageError;
use tokio::time::Instant;

use super::{Actor, SAVE_EVERY, links};
use crate::accounts::settings;
use crate::whatsapp::Way;

impl Actor {
    /// Applies changed settings, and reconnects if the route changed.
    pub(super) async fn follow_settings(&mut self) {
        match self.read_settings().await {
            // If no phone is linked and the account is not pairing, there is no connection to reroute.
            Ok(true) if self.has_session || links(self.connection.state()) => {
                self.decide(Input::Reroute).await;
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(account = %self.record.account.id, %error, "could not read its settings");
            }
        }
    }

    /// The route and the device profile of the next connection.
    pub(super) async fn way(&mut self) -> Result<Way, StorageError> {
        if self.read_settings().await? {
            // A client cannot change its route. So the client with the old route is closed.
            self.line.close().await;
        }
        let account = &self.record.account;
        Ok(Way { device: account.device.clone(), proxy: account.proxy.clone() })
    }

    /// Reads the settings if they were changed. Returns whether the route to WhatsApp changed.
    async fn read_settings(&mut self) -> Result<bool, StorageError> {
        self.settings_due = None;
        if !self.settings.is_due() {
            return Ok(false);
        }
        self.settings.begin();
        let read = async {
            let mut tx = self.dependencies.storage.read().await?;
            tx.accounts().get_any(self.record.account.id, "").await
        };
        let stored = match read.await {
            Ok(stored) => stored,
            Err(error) => {
                self.settings.put_off();
                self.settings_due = Some(Instant::now() + SAVE_EVERY);
                return Err(error);
            }
        };
        let Some(stored) = stored else { return Ok(false) };
        let rerouted = stored.proxy != self.record.account.proxy;
        settings::take_over(stored, &mut self.record.account);
        self.note_health();
        self.publish();
        if rerouted {
            self.reroute_logouts().await;
        }
        Ok(rerouted)
    }

    /// The account's pending logouts also get the new route, because the old route may be the reason why they
    /// failed.
    async fn reroute_logouts(&mut self) {
        let (id, proxy) = (self.record.account.id, self.record.account.proxy.clone());
        if let Err(error) = self.logouts.reroute(id, proxy.as_ref()).await {
            tracing::warn!(account = %id, %error, "its pending logouts keep their way");
        }
    }
}
