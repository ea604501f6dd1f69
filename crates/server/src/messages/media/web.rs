//! Files by URL. Each redirect is checked, so that no address leads into a private network.

use std::time::Duration;

use futures_util::StreamExt as _;
use http::{StatusCode, header};
use linekeeper_model::id::{AccountId, MediaId};
use linekeeper_storage::MediaDetail;
use rustls::ClientConfig;
use tokio::time::timeout;
use url::{Host, Url};

use super::UploadRefused;
use super::incoming::Incoming;
use crate::guard::{Guard, Refused};
use crate::messages::service::Messages;

/// Redirects that are followed.
const MOST_HOPS: usize = 5;
/// How long the other side may take for its answer, and for each next piece.
const PATIENCE: Duration = Duration::from_secs(30);

/// The client for files by URL. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Web {
    guard: Guard,
    client: reqwest::Client,
}

/// Why a file could not be fetched.
#[derive(Debug, thiserror::Error)]
pub(super) enum WebTrouble {
    /// The file does not exist, or may not be fetched.
    #[error("{0}")]
    Unavailable(String),
    /// The file may be available later.
    #[error("{0}")]
    Later(String),
    /// The file is available, but cannot be stored.
    #[error(transparent)]
    Refused(#[from] UploadRefused),
}

impl Web {
    /// A client that fetches only what `guard` allows.
    pub fn new(guard: Guard, tls: &ClientConfig) -> Result<Self, reqwest::Error> {
        // A new connection for each request: many servers close theirs after an answer, and this must not cost an
        // attempt.
        let client = guard.client(tls).connect_timeout(PATIENCE).pool_max_idle_per_host(0).build()?;
        Ok(Self { guard, client })
    }

    /// Whether a URL has a literal address that is never fetched. Host names are resolved when the file is fetched.
    pub(in crate::messages) async fn is_out_of_bounds(&self, url: &Url) -> bool {
        let is_known = match url.host() {
            None => return true,
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        };
        is_known && self.admit(url).await.is_err()
    }

    /// Fetches a file of at most `most` bytes. It is on disk when this returns, and needs a row.
    pub(super) async fn fetch(
        &self,
        messages: &Messages,
        (account, id): (AccountId, MediaId),
        url: Url,
        most: u64,
        said: Option<&str>,
    ) -> Result<MediaDetail, WebTrouble> {
        let answer = self.follow(url).await?;
        if answer.content_length().is_some_and(|length| length > most) {
            return Err(UploadRefused::TooLarge(most).into());
        }
        let told = answer.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let told = told.map(str::to_owned);
        let mut incoming = Incoming::begin(messages, account, id, most).await?;
        let mut pieces = answer.bytes_stream();
        while let Some(piece) = timeout(PATIENCE, pieces.next()).await.map_err(|_| silent())? {
            incoming.write(&piece.map_err(later)?).await?;
        }
        match said {
            Some(said) => Ok(incoming.finish(Some(said)).await?),
            // A wrong type from the server is no reason to refuse the file.
            None => Ok(incoming.finish_as(told.as_deref()).await?),
        }
    }

    async fn follow(&self, mut url: Url) -> Result<reqwest::Response, WebTrouble> {
        for _ in 0..=MOST_HOPS {
            self.admit(&url).await?;
            let asking = self.client.get(url.clone()).send();
            let answer = timeout(PATIENCE, asking).await.map_err(|_| silent())?.map_err(later)?;
            let status = answer.status();
            if !status.is_redirection() {
                return match status {
                    StatusCode::OK => Ok(answer),
                    StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
                        Err(WebTrouble::Later(format!("the server answered {}", status.as_u16())))
                    }
                    _ if status.is_server_error() => {
                        Err(WebTrouble::Later(format!("the server answered {}", status.as_u16())))
                    }
                    _ => Err(WebTrouble::Unavailable(format!("the server answered {}", status.as_u16()))),
                };
            }
            let next = answer.headers().get(header::LOCATION).and_then(|next| next.to_str().ok());
            let next = next.and_then(|next| url.join(next).ok());
            url = next.ok_or_else(|| WebTrouble::Unavailable("a redirect leads nowhere".to_owned()))?;
        }
        Err(WebTrouble::Unavailable(format!("there are more than {MOST_HOPS} redirects")))
    }

    async fn admit(&self, url: &Url) -> Result<(), WebTrouble> {
        match self.guard.resolve(url).await {
            Ok(found) if url.scheme() == "https" || found.is_named => Ok(()),
            Ok(_) => Err(WebTrouble::Unavailable("only https addresses are fetched".to_owned())),
            Err(error @ Refused::Unresolved(_)) => Err(WebTrouble::Later(error.to_string())),
            Err(error) => Err(WebTrouble::Unavailable(error.to_string())),
        }
    }
}

fn silent() -> WebTrouble {
    WebTrouble::Later("the server did not answer in time".to_owned())
}

fn later(error: reqwest::Error) -> WebTrouble {
    // The last cause is the most specific. The URL is removed from the error, because its query may be a secret.
    let error = error.without_url();
    let mut why = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(found) = cause {
        // The host name now resolves to other addresses than a moment ago.
        if let Some(Refused::Inside) = found.downcast_ref() {
            return WebTrouble::Unavailable(Refused::Inside.to_string());
        }
        why = found.to_string();
        cause = found.source();
    }
    WebTrouble::Later(why)
}
