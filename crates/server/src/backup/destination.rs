//! Where backups are stored: a folder of this machine or an S3 store. Every backup that is listed there is complete,
//! because a backup gets its name only after its last byte was written.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::TryStreamExt as _;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _, WriteMultipart};
use rustls::ClientConfig;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{BackupError, Name, folder};
use crate::config::{Place, S3};
use crate::s3::{self, Patience};

/// The size of one part of an upload in bytes. An S3 store accepts at most 10,000 parts, and refuses parts under 5
/// MiB.
const PART: usize = 8 * 1024 * 1024;
/// The number of parts that are being uploaded while the next part is being filled.
const PARTS_AT_ONCE: usize = 1;
/// How long to wait for an S3 store. These times are short, because the backup schedule itself tries again after
/// longer pauses.
const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(10),
    silence: Duration::from_secs(60),
    retries: 3,
    overall: Duration::from_secs(60),
};

/// An open folder or S3 store for backups. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Destination {
    store: Arc<dyn ObjectStore>,
    prefix: Key,
    /// The path of the folder. `None` for an S3 store.
    folder: Option<PathBuf>,
    shown: String,
}

/// An existing backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The backup's name, which says when it was made.
    pub name: Name,
    /// The backup's size.
    pub bytes: u64,
}

impl Destination {
    /// Opens a folder or S3 store, and creates the folder if it is missing. An S3 store is not contacted yet.
    pub fn open(place: &Place, s3: &S3, tls: &Arc<ClientConfig>) -> Result<Self, BackupError> {
        let shown = place.to_string();
        let (store, prefix, folder): (Arc<dyn ObjectStore>, Key, Option<PathBuf>) = match place {
            Place::Folder(path) => {
                // Creates only the last folder of the path. If the disk is not mounted, or the path is misspelt,
                // this must fail.
                if !path.is_dir() {
                    DirBuilder::new().mode(0o700).create(path).map_err(BackupError::path(path))?;
                }
                let folder = LocalFileSystem::new_with_prefix(path)
                    .map_err(|cause| BackupError::Place { place: shown.clone(), cause })?;
                (Arc::new(folder), Key::default(), Some(path.clone()))
            }
            Place::S3 { bucket, prefix } => {
                (Arc::new(s3::open(bucket, s3, tls, PATIENCE)?), Key::from(prefix.as_str()), None)
            }
        };
        Ok(Self { store, prefix, folder, shown })
    }

    /// Cleans up a folder: see [`folder::sweep`]. Does nothing for an S3 store. Only the one process that makes backups
    /// there may call this.
    pub(super) fn sweep(&self) -> Result<(), BackupError> {
        let Some(path) = &self.folder else { return Ok(()) };
        folder::sweep(path).map_err(BackupError::path(path))
    }

    /// Uploads a file under `name`. If the upload fails, the folder or S3 store has no file with this name.
    pub async fn put(&self, name: &Name, file: &Path) -> Result<(), BackupError> {
        if let Some(path) = &self.folder {
            return folder::put(path, name, file).await;
        }
        let mut from = File::open(file).await.map_err(BackupError::path(file))?;
        let upload = self.store.put_multipart(&self.key(name)).await.map_err(self.failed())?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
        let sent = async {
            loop {
                let mut part = BytesMut::with_capacity(PART);
                while part.len() < PART
                    && from.read_buf(&mut part).await.map_err(BackupError::path(file))? > 0
                {}
                if part.is_empty() {
                    return Ok::<_, BackupError>(());
                }
                upload.wait_for_capacity(PARTS_AT_ONCE).await.map_err(self.failed())?;
                upload.put(part.freeze());
            }
        };
        match sent.await {
            Ok(()) => upload.finish().await.map(drop).map_err(self.failed()),
            Err(error) => {
                // The parts of an unfinished upload use space until a lifecycle rule of the store removes them.
                if let Err(left) = upload.abort().await {
                    tracing::warn!(error = %left, "parts of a failed upload are left behind");
                }
                Err(error)
            }
        }
    }

    /// The existing backups, oldest first.
    pub async fn list(&self) -> Result<Vec<Listed>, BackupError> {
        let prefix = Some(&self.prefix).filter(|prefix| **prefix != Key::default());
        let found = self.store.list_with_delimiter(prefix).await.map_err(self.failed())?;
        let backup = |object: object_store::ObjectMeta| {
            let name = Name::parse(object.location.filename()?)?;
            Some(Listed { name, bytes: object.size })
        };
        let mut backups: Vec<Listed> = found.objects.into_iter().filter_map(backup).collect();
        backups.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(backups)
    }

    /// The backup with this name. The name `latest` means the newest backup.
    pub async fn find(&self, name: &str) -> Result<Listed, BackupError> {
        let mut backups = self.list().await?;
        let found = match name {
            "latest" => backups.pop(),
            _ => backups.into_iter().find(|backup| backup.name.as_str() == name),
        };
        found.ok_or_else(|| BackupError::Missing { name: name.to_owned(), place: self.shown.clone() })
    }

    /// Downloads a backup into a new file.
    pub async fn fetch(&self, name: &Name, to: &Path) -> Result<(), BackupError> {
        let mut options = tokio::fs::OpenOptions::new();
        let options = options.write(true).create_new(true).mode(0o600);
        let mut file = options.open(to).await.map_err(BackupError::path(to))?;
        let mut bytes = self.store.get(&self.key(name)).await.map_err(self.failed())?.into_stream();
        while let Some(piece) = bytes.try_next().await.map_err(self.failed())? {
            file.write_all(&piece).await.map_err(BackupError::path(to))?;
        }
        file.flush().await.map_err(BackupError::path(to))
    }

    /// Removes a backup.
    pub async fn remove(&self, name: &Name) -> Result<(), BackupError> {
        self.store.delete(&self.key(name)).await.map_err(self.failed())
    }

    fn key(&self, name: &Name) -> Key {
        self.prefix.clone().join(name.as_str())
    }

    fn failed(&self) -> impl Fn(object_store::Error) -> BackupError + '_ {
        |cause| BackupError::Place { place: self.shown.clone(), cause }
    }
}

impl std::fmt::Display for Destination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}
