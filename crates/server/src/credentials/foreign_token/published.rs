//! The issuer's keys, fetched over HTTP: kept for a while, fetched again when an unknown one is named, and never more often
//! than once a minute. One task fetches; whoever checks a token waits for it at most as long as a fetch may take.

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

/// Between two fetches, however many tokens name unknown keys.
const PAUSE: Duration = Duration::from_secs(60);
/// Older keys are fetched anew, so that one that was taken back goes.
const FRESH: Duration = Duration::from_secs(15 * 60);
/// Older keys are not used any more, where none could be fetched since.
const LONGEST_USE: Duration = Duration::from_secs(60 * 60);
/// For the whole fetch.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Most bytes of a set: several keys with their certificates.
const LARGEST: usize = 256 * 1024;

/// Cheap to clone.
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
    /// The last set that came, and when.
    set: Option<(KeySet, Timestamp)>,
    /// When a fetch ended last, well or not.
    tried_at: Option<Timestamp>,
}

/// Where a look at what is known leads.
enum Look {
    /// The key; `true` where it should be fetched anew meanwhile.
    Found(Arc<Key>, bool),
    /// There may be an answer after a fetch.
    Fetch,
    Refused(ForeignTokenError),
}

/// The keys were not fetched.
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
            // Whoever could redirect us could give us keys.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ANSWER_WITHIN)
            .build()?;
        let (known, _) = watch::channel(Known::default());
        Ok(Self { url, client, clock, wanted: Arc::default(), known })
    }

    /// The key that a token names.
    pub async fn find(&self, id: Option<&str>, now: Timestamp) -> Result<Arc<Key>, ForeignTokenError> {
        // Before the first look, so that nothing can come between.
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

    /// Fetches once now, and then whenever that is wanted.
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
            // What came with the last try does not have it; where that try failed, nobody knows.
            Some((None, at)) if self.tried_at == Some(at) => Look::Refused(ForeignTokenError::Invalid),
            _ => Look::Refused(ForeignTokenError::NoKeys),
        }
    }

    fn may_try(&self, now: Timestamp) -> bool {
        self.tried_at.is_none_or(|last| since(last, now) >= PAUSE)
    }
}

/// Time that went by; a clock that was set back counts as well, so that nothing is kept for ever.
fn since(then: Timestamp, now: Timestamp) -> Duration {
    now.duration_since(then).unsigned_abs()
}
