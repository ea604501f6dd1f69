//! Files of messages: what callers upload, and what people send, which is fetched from WhatsApp. Each has a row that says
//! whether it is here; the bytes are `crate::media`'s.

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

/// Files on their way at one time, over all accounts.
const TRANSFERS: usize = 8;

/// Voice notes that are made at one time, over all accounts.
const CONVERSIONS: usize = 2;

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
    /// What fetches files by URL.
    pub web: Web,
    /// What makes voice notes of other sound, where it is installed.
    pub ffmpeg: Option<Ffmpeg>,
}

/// What the work on files shares.
pub(super) struct Work {
    /// Wakes the accounts' fetchers.
    fetchers: Mutex<HashMap<AccountId, Arc<Notify>>>,
    /// Files on their way to or from WhatsApp, or from a URL.
    transfers: Semaphore,
    /// Pictures that are being made small, which takes memory.
    looks: Semaphore,
    /// Voice notes that are being made, which takes a processor.
    conversions: Semaphore,
    /// Held while a file is put on WhatsApp's servers, so that many messages with one file put it there once.
    placing: Mutex<HashMap<MediaId, Arc<tokio::sync::Mutex<()>>>>,
    /// Bytes of all files, as they were counted last.
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

/// What people see of a file before they open it.
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

/// Does something with files where waiting harms nobody.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
