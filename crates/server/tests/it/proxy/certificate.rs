//! A self-signed certificate for servers on this machine, and a client configuration that trusts it.

use std::sync::Arc;

use linekeeper::whatsapp;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

/// The configurations for both ends of a TLS connection to 127.0.0.1.
pub struct Certificate {
    pub acceptor: TlsAcceptor,
    pub trusting: Arc<ClientConfig>,
}

impl Certificate {
    pub fn new() -> Self {
        whatsapp::install_crypto_provider();
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(cert.der().clone()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let trusting = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let serving = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        Self { acceptor: TlsAcceptor::from(Arc::new(serving)), trusting: Arc::new(trusting) }
    }
}
