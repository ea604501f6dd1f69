//! How a client reaches WhatsApp. This includes the route (direct or through a proxy), the WebSocket, HTTP, TLS,
//! the verification of WhatsApp's certificate, and the version of WhatsApp Web that the client reports.

pub(super) mod certificate;
pub(super) mod check;
pub(super) mod connector;
pub(super) mod http_client;
pub(super) mod proxy;
pub(super) mod route;
mod streams;
pub(super) mod tls;
pub(super) mod transport;
pub(super) mod version;
