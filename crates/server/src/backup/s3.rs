//! An S3-compatible store, over the same TLS as everything else, and past proxies of the environment that nobody chose.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{HttpClient, HttpConnector};
use object_store::{ClientOptions, RetryConfig};
use rustls::ClientConfig;

use super::BackupError;
use crate::config::S3;

const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Without a byte of the answer.
const SILENT_FOR: Duration = Duration::from_secs(60);
/// For one request with all its tries: the schedule has longer pauses of its own.
const TRIES: usize = 3;
const TRY_FOR: Duration = Duration::from_secs(60);

pub(super) fn open(bucket: &str, s3: &S3, tls: &Arc<ClientConfig>) -> Result<AmazonS3, BackupError> {
    let place = format!("s3://{bucket}");
    let (Some(id), Some(secret)) = (&s3.access_key_id, &s3.secret_access_key) else {
        return Err(BackupError::NoCredentials(place));
    };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(&s3.region)
        .with_access_key_id(id)
        .with_secret_access_key(secret.expose())
        .with_http_connector(OurTls(tls.clone()))
        .with_retry(RetryConfig { max_retries: TRIES, retry_timeout: TRY_FOR, ..RetryConfig::default() });
    if let Some(endpoint) = &s3.endpoint {
        // The configuration lets http:// pass for this machine alone.
        builder = builder
            .with_endpoint(endpoint.as_str().trim_end_matches('/'))
            .with_allow_http(endpoint.scheme() == "http");
    }
    builder.build().map_err(|cause| BackupError::Place { place, cause })
}

#[derive(Debug)]
struct OurTls(Arc<ClientConfig>);

impl HttpConnector for OurTls {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(ClientConfig::clone(&self.0))
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_WITHIN)
            .read_timeout(SILENT_FOR)
            .build()
            .map_err(|error| object_store::Error::Generic { store: "S3", source: error.into() })?;
        Ok(HttpClient::new(client))
    }
}
