//! One TLS configuration for all connections. Building it again for each connection would cost memory and time.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// Makes ring the only crypto provider of this process. If a process has two providers, rustls panics when it is
/// first used.
pub fn install_crypto_provider() {
    // An error means that the provider is already installed, so it is ignored.
    let _already_installed = ring::default_provider().install_default();
}

/// Why the certificates in a file cannot be trusted.
#[derive(Debug, thiserror::Error)]
pub enum UnusableCertificates {
    /// The file is not a PEM file with certificates.
    #[error("it holds no certificates in PEM")]
    NotPem,
    /// A certificate cannot be used as a certificate authority.
    #[error("a certificate cannot be trusted: {0}")]
    Unfit(rustls::Error),
}

/// A TLS configuration that trusts Mozilla's root certificates.
pub fn client_config() -> Arc<ClientConfig> {
    trusting(public_roots())
}

/// A TLS configuration that trusts Mozilla's root certificates and the certificate authorities in a PEM file.
pub fn client_config_with(pem: &[u8]) -> Result<Arc<ClientConfig>, UnusableCertificates> {
    let mut roots = public_roots();
    let mut found = 0;
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| UnusableCertificates::NotPem)?;
        roots.add(certificate).map_err(UnusableCertificates::Unfit)?;
        found += 1;
    }
    if found == 0 { Err(UnusableCertificates::NotPem) } else { Ok(trusting(roots)) }
}

fn public_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    roots
}

fn trusting(roots: RootCertStore) -> Arc<ClientConfig> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring supports rustls's default versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}
