//! The version of WhatsApp Web that linekeeper reports to WhatsApp. It is fetched from WhatsApp's page once a day
//! for all accounts. It is stored in the database, so that no account stays offline because that page is
//! unavailable after a restart.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use linekeeper_model::clock::Clock;
use linekeeper_storage::Storage;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use whatsapp_rust::http::HttpClient;
use whatsapp_rust::version::fetch_latest_app_version;

/// The version that whatsapp-rust 0.7.0 was released with. It is used if no version is known and none can be
/// fetched.
const BUILT_IN: Version = Version(2, 3000, 1_042_742_319);

/// How long a fetched version counts as new. WhatsApp accepts a version for weeks, so a day is safe.
const FRESH_FOR: SignedDuration = SignedDuration::from_hours(24);

/// How long a caller waits for another caller's request if no version is known yet.
const WAIT_WITHIN: Duration = Duration::from_secs(10);

/// The name of the setting that stores the version.
const SETTING: &str = "whatsapp_web_version";

/// A version. It has three parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::whatsapp) struct Version(pub u32, pub u32, pub u32);

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Known {
    version: Version,
    fetched_at: Timestamp,
}

/// Where the current version comes from.
pub(in crate::whatsapp) enum Versions {
    /// The built-in version. It is used with a simulator, so that nothing is fetched from WhatsApp's page.
    BuiltIn,
    /// The version on WhatsApp's own page.
    Fetched(Box<Fetcher>),
}

/// Fetches the version from WhatsApp's page, for one caller at a time.
pub(in crate::whatsapp) struct Fetcher {
    storage: Storage,
    clock: Arc<dyn Clock>,
    known: Mutex<Option<Known>>,
    asking: tokio::sync::Mutex<()>,
}

impl Versions {
    /// Returns the version to use now. If the known version is old, fetches the version through `http`, so that an
    /// account with a proxy uses that proxy. This never fails: if no version can be fetched, an older one is used.
    pub(in crate::whatsapp) async fn current(&self, http: &Arc<dyn HttpClient>) -> Version {
        match self {
            Self::BuiltIn => BUILT_IN,
            Self::Fetched(fetcher) => fetcher.current(http).await,
        }
    }

    /// Whether another version than `refused` can be used. WhatsApp no longer accepts the version `refused`. Unless
    /// another version is already known, the version is fetched now, even if the last fetch was recent. Usually many
    /// accounts need a new version at the same moment. Then one of them fetches it, and the others use the result.
    pub(in crate::whatsapp) async fn is_there_after(
        &self,
        refused: Version,
        http: &Arc<dyn HttpClient>,
    ) -> bool {
        let Self::Fetched(fetcher) = self else { return false };
        let _one_at_a_time = fetcher.asking.lock().await;
        if fetcher.known().is_some_and(|known| known.version != refused) {
            return true;
        }
        fetcher.ask(http).await != refused
    }
}

impl Fetcher {
    /// Creates a fetcher. It begins with the stored version, if there is one.
    pub(in crate::whatsapp) fn new(storage: Storage, clock: Arc<dyn Clock>) -> Self {
        Self { storage, clock, known: Mutex::new(None), asking: tokio::sync::Mutex::new(()) }
    }

    async fn current(&self, http: &Arc<dyn HttpClient>) -> Version {
        if let Some(version) = self.fresh() {
            return version;
        }
        // Another caller may be fetching through a proxy that hangs. So this caller uses an older version if one is
        // known.
        let asking = match self.asking.try_lock() {
            Ok(asking) => asking,
            Err(_) => match self.known() {
                Some(older) => return older.version,
                None => match timeout(WAIT_WITHIN, self.asking.lock()).await {
                    Ok(asking) => asking,
                    Err(_) => return BUILT_IN,
                },
            },
        };
        if self.known().is_none()
            && let Some(stored) = self.stored().await
        {
            self.learn(stored);
        }
        let version = match self.fresh() {
            Some(version) => version,
            None => self.ask(http).await,
        };
        drop(asking);
        version
    }

    async fn ask(&self, http: &Arc<dyn HttpClient>) -> Version {
        match fetch_latest_app_version(http).await {
            Ok((primary, secondary, tertiary)) => {
                let version = Version(primary, secondary, tertiary);
                let known = Known { version, fetched_at: self.clock.now() };
                self.learn(known);
                self.store(known).await;
                version
            }
            Err(error) => {
                tracing::warn!(%error, "could not ask for the current version of WhatsApp Web; using an older one");
                self.known().map_or(BUILT_IN, |known| known.version)
            }
        }
    }

    fn fresh(&self) -> Option<Version> {
        let known = self.known()?;
        let age = self.clock.now().duration_since(known.fetched_at);
        (age < FRESH_FOR).then_some(known.version)
    }

    fn known(&self) -> Option<Known> {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, known: Known) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }

    async fn stored(&self) -> Option<Known> {
        let mut tx = self.storage.read().await.ok()?;
        let text = tx.settings().get(SETTING).await.ok()??;
        serde_json::from_str(&text).ok()
    }

    /// Stores the version. An error is ignored: the next process then fetches the version again.
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

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use linekeeper_storage::testing::Databases;
    use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
    use whatsapp_rust::anyhow;
    use whatsapp_rust::http::{HttpRequest, HttpResponse};

    #[derive(Default)]
    struct Hours(AtomicI64);

    impl Clock for Hours {
        fn now(&self) -> Timestamp {
            Timestamp::from_second(self.0.load(Ordering::SeqCst) * 3600).unwrap()
        }
    }

    /// A page that returns a higher version at each request.
    #[derive(Default)]
    struct Page(AtomicU32);

    #[async_trait]
    impl HttpClient for Page {
        async fn execute(&self, _: HttpRequest) -> anyhow::Result<HttpResponse> {
            let asked = self.0.fetch_add(1, Ordering::SeqCst);
            Ok(HttpResponse {
                status_code: 200,
                body: format!(r#"{{\"client_revision\":{asked}}}"#).into_bytes(),
            })
        }
    }

    /// A page behind a proxy that hangs. It never answers.
    struct Silence;

    #[async_trait]
    impl HttpClient for Silence {
        async fn execute(&self, _: HttpRequest) -> anyhow::Result<HttpResponse> {
            std::future::pending().await
        }
    }

    #[tokio::test]
    async fn the_version_is_fetched_daily_and_a_hanging_request_blocks_no_other_caller() {
        let clock = Arc::new(Hours::default());
        let database = Databases::sqlite();
        let storage = Storage::open(database.options("test"), clock.clone()).await.unwrap();
        let fetcher = Fetcher::new(storage.clone(), clock.clone());
        let page: Arc<dyn HttpClient> = Arc::new(Page::default());
        let silence: Arc<dyn HttpClient> = Arc::new(Silence);
        let first = Version(2, 3000, 0);
        assert_eq!(fetcher.current(&page).await, first);
        clock.0.store(23, Ordering::SeqCst);
        assert_eq!(fetcher.current(&silence).await, first);

        clock.0.store(25, Ordering::SeqCst);
        tokio::select! {
            biased;
            _ = fetcher.current(&silence) => panic!("silence answered"),
            version = fetcher.current(&page) => assert_eq!(version, first),
        }
        // The request that hangs was dropped, so the next caller can fetch.
        assert_eq!(fetcher.current(&page).await, Version(2, 3000, 1));
        let restarted = Fetcher::new(storage, clock);
        assert_eq!(restarted.current(&silence).await, Version(2, 3000, 1));
    }
}
