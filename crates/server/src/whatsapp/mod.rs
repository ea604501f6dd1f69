//! The sole user of the protocol library. It opens connections and tells what became of them;
//! it decides nothing, and reaches storage only through the session that it is handed.

mod certificate;
mod connector;
mod devices;
mod http_client;
mod line;
mod outcome;
mod pairing;
mod probe;
mod profile;
mod proxy;
mod restrictions;
mod route;
mod run;
mod signal;
mod tls;
mod transport;
mod version;
mod watch;

pub use certificate::{CertificateCheckMissing, require_certificate_check};
pub use connector::Connector;
pub use devices::{DevicesQuestion, DevicesUntold, ListedDevice};
pub use http_client::RouteError;
pub use line::{Line, LineError, Way};
pub use pairing::{Assertion, InvalidAssertion, PasskeyRefused};
pub use proxy::{Answer, ProxyTrouble};
pub use restrictions::RestrictionNews;
pub use route::{FetchError, Route};
pub use signal::{Picture, Signal};
pub use tls::{client_config, install_crypto_provider};
pub use transport::WebSockets;
