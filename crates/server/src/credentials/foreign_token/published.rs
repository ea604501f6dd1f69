//! Fetches the issuer's public keys over HTTP and keeps them for a while. If a token names an unknown key, the
//! keys are fetched again, but at most once a minute. Only one task fetches. The check of a token waits for that
//! task, but not longer than a fetch may take.

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

/// The minimum pause between two fetches, even if many tokens name unknown keys.
const PAUSE: Duration = Duration::from_secs(60);
/// If the keys are older than this, they are fetched again, so that a key that the issuer withdrew is no longer
/// accepted.
const FRESH: Duration = Duration::from_secs(15 * 60);
/// If the keys are older than this, they are no longer used, even if no newer keys could be fetched.
const LONGEST_USE: Duration = Duration::from_secs(60 * 60);
/// The time limit for the whole fetch.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// The maximum size of a key set in bytes. It is enough for several keys with their certificates.
const LARGEST: usize = 256 * 1024;

/// The published keys of an issuer. Cloning it is cheap.
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
    /// The last key set that was fetched, and when it was fetched.
    set: Option<(KeySet, Timestamp)>,
    /// When the last fetch ended, whether it succeeded or failed.
    tried_at: Option<Timestamp>,
}

/// The result of looking up a key in the key set that was fetched last.
enum Look {
    /// The key was found. If the flag is true, the set is old: the caller may use the key, but the set should be
    /// fetched again.
    Found(Arc<Key>, bool),
    /// There is no usable set with this key. If the set is fetched again, it may contain the key.
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
            // Redirects are refused, because whoever can redirect this request could supply their own keys.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ANSWER_WITHIN)
            .build()?;
        let (known, _) = watch::channel(Known::default());
        Ok(Self { url, client, clock, wanted: Arc::default(), known })
    }

    /// Returns the key that a token names.
    pub async fn find(&self, id: Option<&str>, now: Timestamp) -> Result<Arc<Key>, ForeignTokenError> {
        // Subscribes before the lookup, so that no change is missed in between.
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

    /// Fetches the keys now, and then each time a check of a token asks for it. Ends when `stopping` is cancelled.
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
            // The last fetch succeeded, and its set does not contain this key, so the token is invalid. If the last
            // fetch failed, the server does not know whether the key exists.
            Some((None, at)) if self.tried_at == Some(at) => Look::Refused(ForeignTokenError::Invalid),
            _ => Look::Refused(ForeignTokenError::NoKeys),
        }
    }

    fn may_try(&self, now: Timestamp) -> bool {
        self.tried_at.is_none_or(|last| since(last, now) >= PAUSE)
    }
}

/// Returns the time between `then` and `now`. If the clock was set back, `now` may be before `then`. The result is not
/// negative even then, so that no key is kept for ever.
fn since(then: Timestamp, now: Timestamp) -> Duration {
    now.duration_since(then).unsigned_abs()
}
