//! Checks at the start that the library verifies WhatsApp's certificate. A cargo feature can switch off this
//! verification for the whole build. Such a server would reveal its sessions to anybody on the network path to
//! WhatsApp.

use whatsapp_rust::buffa::{Message as _, MessageField};
use whatsapp_rust::wacore::handshake::HandshakeUtils;
use whatsapp_rust::waproto::whatsapp::CertChain;
use whatsapp_rust::waproto::whatsapp::cert_chain::NoiseCertificate;
use whatsapp_rust::waproto::whatsapp::cert_chain::noise_certificate::Details;

/// This build does not check WhatsApp's certificate.
#[derive(Debug, thiserror::Error)]
#[error("this build does not check WhatsApp's certificate: it was compiled for tests and must not be used")]
pub struct CertificateCheckMissing;

/// Gives the library a certificate chain with forged signatures. Returns an error unless the library refuses the chain
/// because of the signatures.
pub fn require_certificate_check() -> Result<(), CertificateCheckMissing> {
    let server_key = [0xAA; 32];
    // If the library refused the chain for another reason, this would not show that it verifies signatures.
    match HandshakeUtils::verify_server_cert(&forged_chain(&server_key), &server_key) {
        Err(error) if error.to_string().contains("signature") => Ok(()),
        _ => Err(CertificateCheckMissing),
    }
}

/// A certificate chain that is valid except for its signatures, which consist of zeros.
fn forged_chain(server_key: &[u8; 32]) -> Vec<u8> {
    let certificate = |serial: u32, issuer: u32, key: Vec<u8>| {
        let details = Details {
            serial: Some(serial),
            issuer_serial: Some(issuer),
            key: Some(key),
            not_before: Some(1_700_000_000),
            not_after: Some(4_000_000_000),
        };
        MessageField::some(NoiseCertificate {
            details: Some(details.encode_to_vec()),
            signature: Some(vec![0; 64]),
        })
    };
    let chain = CertChain {
        intermediate: certificate(1, 0, vec![0xCC; 32]),
        leaf: certificate(2, 1, server_key.to_vec()),
    };
    chain.encode_to_vec()
}
