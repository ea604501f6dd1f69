//! Which version of WhatsApp Web we say that we are. Asked for once a day for all accounts, and kept
//! over restarts, so that an outage of that page keeps nobody offline.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use linekeeper_model::clock::Clock;
use linekeeper_storage::Storage;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use whatsapp_rust::http::HttpClient;
use whatsapp_rust::version::fetch_latest_app_version;

/// The version that whatsapp-rust 0.7.0 was released with: good enough where none can be fetched.
const BUILT_IN: Version = Version(2, 3000, 1_042_742_319);

/// WhatsApp accepts a version for weeks; a day keeps us well inside that.
const FRESH_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Name of the stored setting.
const SETTING: &str = "whatsapp_web_version";

/// A version in WhatsApp's three parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Version(pub u32, pub u32, pub u32);

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Known {
    version: Version,
    fetched_at: Timestamp,
}

/// Where the current version comes from.
pub(super) enum Versions {
    /// A simulator plays WhatsApp: nobody outside is asked.
    BuiltIn,
    /// WhatsApp's own page.
    Fetched(Box<Fetcher>),
}

/// Asks WhatsApp's page, one caller at a time.
pub(super) struct Fetcher {
    pub(super) http: Arc<dyn HttpClient>,
    pub(super) storage: Storage,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) known: Mutex<Option<(Version, Timestamp)>>,
}

impl Versions {
    /// The version to use now. Never fails: an old version beats none.
    pub(super) async fn current(&self) -> Version {
        match self {
            Self::BuiltIn => BUILT_IN,
            Self::Fetched(fetcher) => fetcher.current().await,
        }
    }
}

impl Fetcher {
    async fn current(&self) -> Version {
        let mut known = self.known.lock().await;
        if known.is_none() {
            *known = self.stored().await.map(|stored| (stored.version, stored.fetched_at));
        }
        let now = self.clock.now();
        if let Some((version, fetched_at)) = *known
            && now.duration_since(fetched_at) < FRESH_FOR
        {
            return version;
        }
        match fetch_latest_app_version(&self.http).await {
            Ok((primary, secondary, tertiary)) => {
                let version = Version(primary, secondary, tertiary);
                *known = Some((version, now));
                self.store(Known { version, fetched_at: now }).await;
                version
            }
            Err(error) => {
                tracing::warn!(%error, "could not ask for the current version of WhatsApp Web; using an older one");
                known.map_or(BUILT_IN, |(version, _)| version)
            }
        }
    }

    async fn stored(&self) -> Option<Known> {
        let mut tx = self.storage.read().await.ok()?;
        let text = tx.settings().get(SETTING).await.ok()??;
        serde_json::from_str(&text).ok()
    }

    /// Best effort: a restart that finds nothing asks again.
    async fn store(&self, known: Known) {
        let Ok(text) = serde_json::to_string(&known) else {
            return;
        };
        let stored = async {
            let mut tx = self.storage.begin().await?;
            tx.settings().put(SETTING, &text).await?;
            tx.commit().await
        };
        if let Err(error) = stored.await {
            tracing::warn!(%error, "could not store the version of WhatsApp Web");
        }
    }
}
