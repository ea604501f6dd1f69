//! Media, stored as WhatsApp's media servers store it: encrypted files in a temporary folder, served over HTTPS
//! with a certificate of the simulator's own authority. Nothing here can decrypt a file.

mod auth;
mod authority;
mod listener;
mod routes;
mod store;

pub use auth::MediaAuth;
pub use authority::Authority;
pub use listener::TlsListener;
pub use routes::router;
pub use store::{Lookup, MediaStore, PutError};

use std::net::SocketAddr;

/// The media server of one simulator.
pub struct Media {
    /// The files.
    pub store: MediaStore,
    /// The authority that signed the server's certificate.
    pub authority: Authority,
    /// The host and the port that clients connect to.
    pub host: String,
}

/// Why the media server could not start.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The folder for the files could not be created.
    #[error("no temporary folder for media: {0}")]
    Folder(#[from] std::io::Error),
    /// No certificate could be generated.
    #[error("no certificate for media: {0}")]
    Certificate(#[from] rcgen::Error),
}

impl Media {
    /// A media server that clients find at `addr`.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub fn new(addr: SocketAddr) -> Result<Self, MediaError> {
        let ip = addr.ip();
        let host = if ip.is_unspecified() { "localhost".to_owned() } else { ip.to_string() };
        let host = if ip.is_ipv6() && !ip.is_unspecified() { format!("[{host}]") } else { host };
        Ok(Self {
            store: MediaStore::new()?,
            authority: Authority::generate()?,
            host: format!("{host}:{}", addr.port()),
        })
    }

    /// The complete URL of a file.
    pub fn url(&self, direct_path: &str) -> String {
        format!("https://{}{direct_path}", self.host)
    }
}
