//! The sole user of the protocol library. It opens connections and tells what became of them;
//! it decides nothing, and reaches storage only through the session that it is handed.

mod certificate;
mod connector;
mod http_client;
mod line;
mod outcome;
mod probe;
mod tls;
mod transport;
mod version;

pub use certificate::{CertificateCheckMissing, require_certificate_check};
pub use connector::Connector;
pub use line::{Line, LineError};
pub use probe::Signal;
pub use tls::{client_config, install_crypto_provider};
