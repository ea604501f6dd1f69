//! One TLS configuration for all connections: building it per connection costs memory and time.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

/// Makes ring the process's only provider. Two in one process make rustls panic at first use.
pub fn install_crypto_provider() {
    // An error means that it is installed already, which is what we want.
    let _already_installed = ring::default_provider().install_default();
}

/// Trusts Mozilla's roots.
pub fn client_config() -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring supports rustls's default versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}
