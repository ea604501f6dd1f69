//! The issuer's keys, fetched over HTTP. They are kept for a while and fetched again when a token names an unknown
//! key, but at most once a minute. Only one task fetches; a check of a token waits for it, at most as long as a fetch
//! may take.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use linekeeper_model::Timestamp;
use linekeeper_model::clock::Clock;
use rustls::ClientConfig;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::ForeignTokenError;
use super::key_set::{InvalidKeySet, Key, KeySet};

/// The pause between two fetches, even if many tokens name unknown keys.
const PAUSE: Duration = Duration::from_secs(60);
/// Keys older than this are fetched again, so that withdrawn keys disappear.
const FRESH: Duration = Duration::from_secs(15 * 60);
/// Keys older than this are no longer used, even if no newer ones could be fetched.
const LONGEST_USE: Duration = Duration::from_secs(60 * 60);
/// For the whole fetch.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// The maximum size of a set in bytes: several keys with their certificates.
const LARGEST: usize = 256 * 1024;

/// A clone is cheap.
#[derive(Clone)]
pub(super) struct PublishedKeys {
    url: Url,
    client: reqwest::Client,
    clock: Arc<dyn Clock>,
    wanted: Arc<Notify>,
    known: watch::Sender<Known>,
}

#[derive(Default)]
struct Known {
    /// The last set that was fetched, and when.
    set: Option<(KeySet, Timestamp)>,
    /// When the last fetch ended, successful or not.
    tried_at: Option<Timestamp>,
}

/// The result of a lookup in the known keys.
enum Look {
    /// The key; `true` if the set should be fetched again meanwhile.
    Found(Arc<Key>, bool),
    /// The key is not known here; fetching the set may find it.
    Fetch,
    Refused(ForeignTokenError),
}

/// Why the keys could not be fetched.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("asking for them failed")]
    Http(#[from] reqwest::Error),
    #[error("the answer has more than {LARGEST} bytes")]
    TooLarge,
    #[error(transparent)]
    Invalid(#[from] InvalidKeySet),
}

impl PublishedKeys {
    pub fn new(url: Url, tls: &ClientConfig, clock: Arc<dyn Clock>) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls.clone())
            .no_proxy()
            // A host that could redirect us could give us its own keys.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ANSWER_WITHIN)
            .build()?;
        let (known, _) = watch::channel(Known::default());
        Ok(Self { url, client, clock, wanted: Arc::default(), known })
    }

    /// The key that a token names.
    pub async fn find(&self, id: Option<&str>, now: Timestamp) -> Result<Arc<Key>, ForeignTokenError> {
        // Subscribe before the lookup, so that no change is missed in between.
        let mut news = self.known.subscribe();
        let first = news.borrow_and_update().look(id, now);
        match first {
            Look::Found(key, aged) => {
                if aged {
                    self.wanted.notify_one();
                }
                return Ok(key);
            }
            Look::Refused(error) => return Err(error),
            Look::Fetch => self.wanted.notify_one(),
        }
        let fetched = tokio::time::timeout(ANSWER_WITHIN, news.changed()).await;
        if !matches!(fetched, Ok(Ok(()))) {
            return Err(ForeignTokenError::NoKeys);
        }
        match news.borrow().look(id, now) {
            Look::Found(key, _) => Ok(key),
            Look::Refused(error) => Err(error),
            Look::Fetch => Err(ForeignTokenError::NoKeys),
        }
    }

    /// Fetches once now, and then whenever a fetch is requested.
    pub async fn keep(self, stopping: CancellationToken) {
        loop {
            let now = self.clock.now();
            if self.known.borrow().may_try(now) {
                let Some(fetched) = stopping.run_until_cancelled(self.fetch()).await else { return };
                if let Err(error) = &fetched {
                    let cause = std::error::Error::source(error).map(ToString::to_string);
                    tracing::warn!(%error, cause, "the keys of the tokens' issuer could not be fetched");
                }
                self.known.send_modify(|known| {
                    known.tried_at = Some(now);
                    if let Ok(set) = fetched {
                        known.set = Some((set, now));
                    }
                });
            }
            if stopping.run_until_cancelled(self.wanted.notified()).await.is_none() {
                return;
            }
        }
    }

    async fn fetch(&self) -> Result<KeySet, FetchError> {
        let answer = self.client.get(self.url.clone()).send().await.map_err(reqwest::Error::without_url)?;
        let mut chunks = answer.error_for_status().map_err(reqwest::Error::without_url)?.bytes_stream();
        let mut text = Vec::new();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(reqwest::Error::without_url)?;
            if text.len() + chunk.len() > LARGEST {
                return Err(FetchError::TooLarge);
            }
            text.extend_from_slice(&chunk);
        }
        Ok(KeySet::parse(&text)?)
    }
}

impl Known {
    fn look(&self, id: Option<&str>, now: Timestamp) -> Look {
        let usable = self.set.as_ref().filter(|(_, at)| since(*at, now) < LONGEST_USE);
        match usable.map(|(set, at)| (set.find(id), *at)) {
            Some((Some(key), at)) => Look::Found(key, since(at, now) >= FRESH),
            _ if self.may_try(now) => Look::Fetch,
            // The last fetch did not contain this key. If that fetch failed, nobody knows whether the key exists.
            Some((None, at)) if self.tried_at == Some(at) => Look::Refused(ForeignTokenError::Invalid),
            _ => Look::Refused(ForeignTokenError::NoKeys),
        }
    }

    fn may_try(&self, now: Timestamp) -> bool {
        self.tried_at.is_none_or(|last| since(last, now) >= PAUSE)
    }
}

/// The time between the two. If a clock was set back, the difference still counts, so that nothing is kept for ever.
fn since(then: Timestamp, now: Timestamp) -> Duration {
    now.duration_since(then).unsigned_abs()
}
