//! Files in a bucket of an S3-compatible store. They have the same names as in a folder. Most calls wait for the
//! network, so they need a thread that may block.

use std::collections::HashSet;
use std::future::ready;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use linekeeper_model::id::{AccountId, MediaId};
use object_store::path::Path as Key;
use object_store::{Error, ObjectMeta, ObjectStore, ObjectStoreExt as _};
use rustls::ClientConfig;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::parts::{Parts, Unfinished, Uploads};
use super::store::{AWAY, ORPHAN_AFTER};
use crate::config::S3;
use crate::s3::{self, CannotOpen, Patience};

/// How long to wait for the store. The times are short, because people wait for files. A slow request is given up
/// and tried again later.
const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(5),
    // The maximum time without a byte of the answer. No byte arrives while a part is being sent, so sending a part must
    // also fit into this time.
    silence: Duration::from_secs(60),
    retries: 2,
    overall: Duration::from_secs(20),
};
/// The maximum number of objects that are removed at the same time.
const REMOVED_AT_ONCE: usize = 16;

/// A bucket. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Bucket {
    store: Arc<dyn ObjectStore>,
    prefix: Key,
    runtime: Handle,
    uploads: Uploads,
}

impl Bucket {
    /// Opens a bucket, without contacting the store. Call this only inside the async runtime. The second value receives
    /// unfinished uploads. Their parts must be removed from the store.
    pub fn open(
        bucket: &str,
        prefix: &str,
        s3: &S3,
        tls: &Arc<ClientConfig>,
    ) -> Result<(Self, Unfinished), CannotOpen> {
        let store = Arc::new(s3::open(bucket, s3, tls, PATIENCE)?);
        let (uploads, unfinished) = mpsc::unbounded_channel();
        let bucket = Self { store, prefix: Key::from(prefix), runtime: Handle::current(), uploads };
        Ok((bucket, Unfinished::new(unfinished)))
    }

    /// Checks that the server may write, read, list and remove objects. For this, it writes, reads and removes one
    /// object.
    pub async fn probe(&self) -> io::Result<()> {
        let key = self.prefix.clone().join(format!("probe-{:016x}", rand::random::<u64>()));
        self.store.put(&key, Bytes::from_static(b"linekeeper").into()).await.map_err(away)?;
        self.store.get_range(&key, 0..4).await.map_err(away)?;
        self.store.list_with_delimiter(self.root()).await.map_err(away)?;
        self.store.delete(&key).await.map_err(away)
    }

    pub(super) fn create(&self, account: AccountId, id: MediaId) -> Parts {
        Parts::new(self.store.clone(), self.key(account, id), self.runtime.clone(), self.uploads.clone())
    }

    pub(super) fn object(&self, account: AccountId, id: MediaId) -> Object {
        Object { bucket: self.clone(), key: self.key(account, id), begin: 0, window: Bytes::new() }
    }

    pub(super) fn remove(&self, account: AccountId, ids: Vec<MediaId>) -> io::Result<()> {
        let keys = ids.into_iter().map(|id| Ok(self.key(account, id)));
        self.runtime.block_on(self.remove_each(stream::iter(keys)))?;
        Ok(())
    }

    pub(super) fn remove_all(&self, account: AccountId) -> io::Result<()> {
        let objects = self.store.list(Some(&self.folder(account)));
        self.runtime.block_on(self.remove_each(objects.map_ok(|object| object.location)))?;
        Ok(())
    }

    pub(super) fn accounts(&self) -> io::Result<Vec<AccountId>> {
        let listed = self.runtime.block_on(self.store.list_with_delimiter(self.root())).map_err(away)?;
        Ok(listed.common_prefixes.iter().filter_map(|folder| folder.filename()?.parse().ok()).collect())
    }

    pub(super) fn sweep(&self, account: AccountId, rows: &HashSet<MediaId>) -> io::Result<usize> {
        let is_orphan = |object: &ObjectMeta| {
            let id = object.location.filename().and_then(|name| name.parse::<MediaId>().ok());
            let age = SystemTime::from(object.last_modified).elapsed();
            id.is_none_or(|id| !rows.contains(&id)) && age.is_ok_and(|age| age > ORPHAN_AFTER)
        };
        let objects = self.store.list(Some(&self.folder(account)));
        let orphans = objects.try_filter(|object| ready(is_orphan(object)));
        self.runtime.block_on(self.remove_each(orphans.map_ok(|object| object.location)))
    }

    pub(super) fn bytes(&self) -> io::Result<u64> {
        let objects = self.store.list(self.root());
        let total = objects.try_fold(0, |total, object| ready(Ok(total + object.size)));
        self.runtime.block_on(total).map_err(away)
    }

    async fn remove_each(
        &self,
        keys: impl stream::Stream<Item = Result<Key, Error>> + Send,
    ) -> io::Result<usize> {
        let removing = keys.map(|key| async move {
            match self.store.delete(&key?).await {
                Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
                Err(error) => Err(error),
            }
        });
        let removed = removing.buffer_unordered(REMOVED_AT_ONCE);
        removed.try_fold(0, |removed, ()| ready(Ok(removed + 1))).await.map_err(away)
    }

    fn root(&self) -> Option<&Key> {
        Some(&self.prefix).filter(|prefix| !prefix.is_root())
    }

    fn folder(&self, account: AccountId) -> Key {
        self.prefix.clone().join(account.to_string())
    }

    fn key(&self, account: AccountId, id: MediaId) -> Key {
        self.folder(account).join(id.to_string())
    }
}

/// An object that is read in windows. A window is the range of its bytes that is in memory.
#[derive(Debug)]
pub(super) struct Object {
    bucket: Bucket,
    key: Key,
    /// Where the window begins.
    begin: u64,
    window: Bytes,
}

impl Object {
    /// Loads the range `ahead` into memory, which begins with the range `wanted`. Does nothing if `wanted` is already
    /// in memory.
    pub(super) async fn prepare(&mut self, wanted: &Range<u64>, ahead: Range<u64>) -> io::Result<()> {
        if self.held(wanted).is_some() {
            return Ok(());
        }
        let fetched = self.bucket.store.get_range(&self.key, ahead.clone()).await;
        (self.begin, self.window) = (ahead.start, fetched.map_err(missing_or_away)?);
        Ok(())
    }

    /// Reads the range `wanted`. If it is not in memory yet, this blocks until the range `ahead` is loaded.
    pub(super) fn read(&mut self, wanted: &Range<u64>, ahead: Range<u64>) -> io::Result<Vec<u8>> {
        let runtime = self.bucket.runtime.clone();
        if self.held(wanted).is_none() {
            runtime.block_on(self.prepare(wanted, ahead))?;
        }
        self.held(wanted).map(<[u8]>::to_vec).ok_or_else(|| ErrorKind::UnexpectedEof.into())
    }

    fn held(&self, wanted: &Range<u64>) -> Option<&[u8]> {
        let from = usize::try_from(wanted.start.checked_sub(self.begin)?).ok()?;
        let to = usize::try_from(wanted.end.checked_sub(self.begin)?).ok()?;
        self.window.get(from..to)
    }
}

/// Converts an error of the store to an error of the kind [`AWAY`], which means that the same call may succeed later. A
/// wrong access key or bucket name is such an error too, because an operator will correct it.
pub(super) fn away(error: Error) -> io::Error {
    io::Error::new(AWAY, error)
}

fn missing_or_away(error: Error) -> io::Error {
    match error {
        Error::NotFound { .. } => io::Error::new(ErrorKind::NotFound, error),
        error => away(error),
    }
}
