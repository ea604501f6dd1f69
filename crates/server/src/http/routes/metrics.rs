//! `GET /metrics`: the metrics of the process for a scraper. The route exists only if a token is configured, or on
//! a separate address.

use axum::Router;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use linekeeper_model::secret::Secret;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use crate::http::answer::error::ApiError;
use crate::telemetry::metrics::Exposition;

/// The metrics, and who may read them.
#[derive(Debug, Clone)]
pub struct Scrape {
    exposition: Exposition,
    /// The hash of the token. The server compares hashes, so that the comparison does not reveal the length of the
    /// token.
    digest: Option<[u8; 32]>,
}

impl Scrape {
    /// Shows the metrics to callers with the token. If no token is configured, it shows them to everybody.
    pub fn new(exposition: Exposition, token: Option<&Secret<String>>) -> Self {
        let digest = token.map(|token| Sha256::digest(token.expose().as_bytes()).into());
        Self { exposition, digest }
    }

    fn answer(&self, headers: &HeaderMap) -> Result<Response, ApiError> {
        if let Some(digest) = &self.digest {
            let header = headers.get(AUTHORIZATION).ok_or(ApiError::MetricsTokenRequired)?;
            let given = header.to_str().ok().and_then(|value| value.split_once(' '));
            let (scheme, token) = given.ok_or(ApiError::InvalidCredential)?;
            let matches = Sha256::digest(token.trim().as_bytes()).ct_eq(digest);
            if !(scheme.eq_ignore_ascii_case("bearer") && bool::from(matches)) {
                return Err(ApiError::InvalidCredential);
            }
        }
        Ok(([(CONTENT_TYPE, Exposition::MEDIA_TYPE)], self.exposition.text()).into_response())
    }
}

/// The handler of `GET /metrics`, without its path.
pub(in crate::http) fn route<S: Clone + Send + Sync + 'static>(scrape: Scrape) -> MethodRouter<S> {
    get(async move |headers: HeaderMap| scrape.answer(&headers))
}

/// A router with only `/metrics`, for a separate address.
pub fn metrics_router(scrape: Scrape) -> Router {
    Router::new().route("/metrics", route(scrape))
}
