//! Fetches files by URL. Each redirect is checked too, so that no URL leads into a private network.

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

/// The maximum number of redirects that are followed.
const MOST_HOPS: usize = 5;
/// How long the other server may take for its answer, and for each further piece of the file.
const PATIENCE: Duration = Duration::from_secs(30);

/// The client for files by URL. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Web {
    guard: Guard,
    client: reqwest::Client,
}

/// Why a file could not be fetched.
#[derive(Debug, thiserror::Error)]
pub(super) enum WebTrouble {
    /// The file does not exist, or may not be fetched. A later attempt would fail too.
    #[error("{0}")]
    Unavailable(String),
    /// The file could not be fetched now. A later attempt may succeed.
    #[error("{0}")]
    Later(String),
    /// The file is available, but cannot be stored.
    #[error(transparent)]
    Refused(#[from] UploadRefused),
}

impl Web {
    /// Creates a client that connects only where `guard` allows it.
    pub fn new(guard: Guard, tls: &ClientConfig) -> Result<Self, reqwest::Error> {
        // Each request opens a new connection. Many servers close a connection after an answer, and that must not
        // make an attempt fail.
        let client = guard.client(tls).connect_timeout(PATIENCE).pool_max_idle_per_host(0).build()?;
        Ok(Self { guard, client })
    }

    /// Whether it is already certain that this URL must never be fetched. A host name is resolved only when the file is
    /// fetched, so a URL with a host name may still be refused then.
    pub(in crate::messages) async fn is_out_of_bounds(&self, url: &Url) -> bool {
        let is_known = match url.host() {
            None => return true,
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        };
        is_known && self.admit(url).await.is_err()
    }

    /// Fetches a file of at most `most` bytes. When this returns, the file is stored, but has no database row yet.
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
            // A server may name a wrong type. The file is not refused for that.
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
    // An error has a chain of causes. The result is the last cause, which is the most specific one. The URL is removed,
    // because its query may contain a secret.
    let error = error.without_url();
    let mut why = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(found) = cause {
        // The host name now resolves to other addresses than when the server checked the URL.
        if let Some(Refused::Inside) = found.downcast_ref() {
            return WebTrouble::Unavailable(Refused::Inside.to_string());
        }
        why = found.to_string();
        cause = found.source();
    }
    WebTrouble::Later(why)
}
