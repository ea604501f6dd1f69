//! Files of messages: what callers upload, and what people send, which is fetched from WhatsApp. Each has a row that says
//! whether it is here; the bytes are `crate::media`'s.

mod link;
mod retention;
mod show;
mod upload;

use std::io;
use std::time::Duration;

use url::Url;

pub use link::MediaLink;
pub use retention::MediaTrouble;
pub use show::OpenMedia;
pub use upload::{Upload, UploadRefused};

use crate::media::Store;

/// Where files lie, how large they may be, and for how long they stay.
#[derive(Debug, Clone)]
pub struct MediaSettings {
    /// Where they lie.
    pub store: Store,
    /// Most bytes of one.
    pub most: u64,
    /// For how long they stay; none for ever.
    pub keep: Option<Duration>,
    /// The address that callers reach this server under.
    pub base: Url,
}

/// Does something with files where waiting harms nobody.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
