//! Files of messages. There are files that callers upload, and files that other people send, which are fetched from
//! WhatsApp. Each file has a database row that says whether the store has the file. `crate::media` stores the bytes.

mod disk;
mod fetch;
mod incoming;
mod link;
mod place;
mod retention;
mod show;
mod upload;
mod voice;
mod web;

use std::collections::HashMap;
use std::io;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use linekeeper_model::id::{AccountId, MediaId};
use linekeeper_storage::MediaDetail;
use tokio::sync::{Notify, Semaphore};
use url::Url;

pub use link::MediaLink;
pub(super) use place::Unplaced;
pub use retention::MediaTrouble;
pub use show::{OpenMedia, Unreadable};
pub use upload::{Upload, UploadRefused};
pub use web::Web;

pub(super) use voice::{VOICE, not_installed, would_convert};

use super::service::Messages;
use crate::media::{Ffmpeg, Seen, Store, Written, look};

/// The maximum number of simultaneous transfers of all accounts.
const TRANSFERS: usize = 8;

/// The maximum number of simultaneous conversions of all accounts.
const CONVERSIONS: usize = 2;

/// The store for files, their maximum size, and how long they are kept.
#[derive(Debug, Clone)]
pub struct MediaSettings {
    /// Where the files are stored.
    pub store: Store,
    /// The maximum size of a file, in bytes.
    pub most: u64,
    /// How long files are kept. `None` means for ever.
    pub keep: Option<Duration>,
    /// The base URL at which callers reach this server.
    pub base: Url,
    /// The HTTP client that fetches files by URL.
    pub web: Web,
    /// The program that converts audio in other formats to voice notes, if it is installed.
    pub ffmpeg: Option<Ffmpeg>,
}

/// What all work on files shares: the fetchers, the limits and the locks.
pub(super) struct Work {
    /// Wakes the fetcher of each account.
    fetchers: Mutex<HashMap<AccountId, Arc<Notify>>>,
    /// Limits the simultaneous transfers to or from WhatsApp, or from a URL.
    transfers: Semaphore,
    /// Limits the number of thumbnails that are made at the same time, because each one needs memory.
    looks: Semaphore,
    /// Limits the simultaneous conversions, because each one needs processor time.
    conversions: Semaphore,
    /// One lock per file. It is held while the file is uploaded to WhatsApp's servers, so that many messages with
    /// the same file upload it only once.
    placing: Mutex<HashMap<MediaId, Arc<tokio::sync::Mutex<()>>>>,
    /// The size of all files in bytes, at the last computation.
    bytes: AtomicU64,
}

impl Default for Work {
    fn default() -> Self {
        Self {
            fetchers: Mutex::default(),
            transfers: Semaphore::new(TRANSFERS),
            looks: Semaphore::new(1),
            conversions: Semaphore::new(CONVERSIONS),
            placing: Mutex::default(),
            bytes: AtomicU64::default(),
        }
    }
}

/// Reads the preview of a file.
async fn seen(
    messages: &Messages,
    account: AccountId,
    id: MediaId,
    written: &Written,
    mime_type: &str,
) -> MediaDetail {
    let (store, key, size) = (messages.parts().media.store.clone(), written.key.clone(), written.size);
    let mime_type = mime_type.to_owned();
    let _turn = messages.work().looks.acquire().await;
    let looked = blocking(move || {
        let mut file = store.open(account, id, &key, size)?.into_reader();
        Ok(look(&mut file, &mime_type, size))
    });
    let Seen { width, height, duration_seconds, codec, thumbnail } = looked.await.unwrap_or_default();
    MediaDetail {
        width,
        height,
        duration_seconds,
        codec: codec.map(str::to_owned),
        thumbnail: thumbnail.map(|jpeg| BASE64_STANDARD.encode(jpeg)),
        ..MediaDetail::default()
    }
}

/// Runs work on files on a thread that may block.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
