//! A client for S3-compatible stores. It uses the same TLS configuration as the rest of the server, and ignores
//! proxies in the environment. It can reach a store, but does not know what is stored there.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{HttpClient, HttpConnector};
use object_store::{ClientOptions, RetryConfig};
use rustls::ClientConfig;

use crate::config::S3;

/// How long to wait for a store.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// The time limit for connecting.
    pub connect: Duration,
    /// The maximum time in which no byte of the answer arrives.
    pub silence: Duration,
    /// The maximum number of further attempts after the first one.
    pub retries: usize,
    /// After this time since the first attempt, no further attempt begins. An attempt that is in progress continues.
    pub overall: Duration,
}

/// Why a store cannot be opened. The store was not contacted.
#[derive(Debug, thiserror::Error)]
pub enum CannotOpen {
    /// There are no credentials for the store.
    #[error("S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY are needed for {0}")]
    NoCredentials(String),
    /// The store's settings are invalid.
    #[error("{place} cannot be used")]
    Settings {
        /// The bucket.
        place: String,
        /// What is wrong with the settings.
        #[source]
        cause: object_store::Error,
    },
}

/// Opens a bucket.
pub fn open(
    bucket: &str,
    s3: &S3,
    tls: &Arc<ClientConfig>,
    patience: Patience,
) -> Result<AmazonS3, CannotOpen> {
    let place = format!("s3://{bucket}");
    let (Some(id), Some(secret)) = (&s3.access_key_id, &s3.secret_access_key) else {
        return Err(CannotOpen::NoCredentials(place));
    };
    let retries = RetryConfig {
        max_retries: patience.retries,
        retry_timeout: patience.overall,
        ..RetryConfig::default()
    };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(&s3.region)
        .with_access_key_id(id)
        .with_secret_access_key(secret.expose())
        .with_http_connector(OurTls { tls: tls.clone(), patience })
        .with_retry(retries);
    if let Some(endpoint) = &s3.endpoint {
        // The configuration allows `http://` only for stores on this machine.
        builder = builder
            .with_endpoint(endpoint.as_str().trim_end_matches('/'))
            .with_allow_http(endpoint.scheme() == "http");
    }
    builder.build().map_err(|cause| CannotOpen::Settings { place, cause })
}

#[derive(Debug)]
struct OurTls {
    tls: Arc<ClientConfig>,
    patience: Patience,
}

impl HttpConnector for OurTls {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(ClientConfig::clone(&self.tls))
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(self.patience.connect)
            .read_timeout(self.patience.silence)
            .build()
            .map_err(|error| object_store::Error::Generic { store: "S3", source: error.into() })?;
        Ok(HttpClient::new(client))
    }
}
