//! A certificate authority for tests. Each start of the simulator creates a new authority, which signs the certificate
//! of the media server.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use std::sync::Arc;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// The names in the media server's certificate: names of this machine, and WhatsApp's own hosts. Some clients connect
/// only to WhatsApp's hosts. They work if their resolver returns this machine's address for these hosts.
const NAMES: [&str; 6] =
    ["localhost", "127.0.0.1", "::1", "whatsim", "mmg.whatsapp.net", "mmg-fallback.whatsapp.net"];

/// A certificate authority that has issued one certificate.
pub struct Authority {
    certificate: CertificateDer<'static>,
    tls: Arc<ServerConfig>,
}

impl Authority {
    /// Generates a new authority.
    ///
    /// # Errors
    /// When no key can be generated.
    pub fn generate() -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(DnType::CommonName, "whatsim test CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;

        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(NAMES.map(str::to_owned).to_vec())?;
        params.distinguished_name.push(DnType::CommonName, "whatsim media");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let leaf = params.signed_by(&key, &issuer)?;
        let certificate = issuer.der().clone();
        let chain = vec![leaf.der().clone(), certificate.clone()];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| rcgen::Error::RemoteKeyError)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|_| rcgen::Error::RemoteKeyError)?;
        Ok(Self { certificate, tls: Arc::new(tls) })
    }

    /// The TLS configuration of the media server, with its certificate.
    pub fn tls(&self) -> Arc<ServerConfig> {
        self.tls.clone()
    }

    /// The certificate that clients must trust, as PEM.
    pub fn pem(&self) -> String {
        let base64 = BASE64_STANDARD.encode(&self.certificate);
        let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
        for line in base64.as_bytes().chunks(64) {
            pem.push_str(&String::from_utf8_lossy(line));
            pem.push('\n');
        }
        pem.push_str("-----END CERTIFICATE-----\n");
        pem
    }
}
