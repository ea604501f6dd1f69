//! The only module that uses the protocol library. It opens connections and reports what happens on them. It makes
//! no decisions, and has access to the database only through the session that it gets. `client` runs one account's
//! client, `messages` translates messages, `network` transports the bytes, and `pairing` links an account to a
//! phone.

mod client;
mod messages;
mod network;
mod pairing;

pub use client::devices::{DevicesQuestion, DevicesUntold, ListedDevice};
pub use client::goodbye::{Goodbye, say_goodbye};
pub use client::line::{Line, LineError, Way};
pub use client::restrictions::RestrictionNews;
pub use client::signal::{ProfilePicture, Signal};
pub use messages::{
    Acknowledgement, Again, AskedFor, Carried, Compose, FileTrouble, Look, LookedUp, MessagePort, NotRead,
    NotStored, Note, Outlet, Place, Plain, QuotedWire, ReceiptNote, SendTrouble, Sent, Sink, Unstored,
    WhereAsked, attach, captioned, carried, compose, detach, edit, family, forward, reaction, revoke,
};
pub use network::certificate::{CertificateCheckMissing, require_certificate_check};
pub use network::check::{Checked, WayTrouble};
pub use network::connector::Connector;
pub use network::http_client::RouteError;
pub use network::proxy::{Answer, ProxyTrouble};
pub use network::route::{FetchError, Route};
pub use network::tls::{UnusableCertificates, client_config, client_config_with, install_crypto_provider};
pub use network::transport::WebSockets;
pub use pairing::{Assertion, InvalidAssertion, PasskeyRefused};
