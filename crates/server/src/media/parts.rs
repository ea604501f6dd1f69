//! A file on its way into a bucket. A small one is put there at once; a larger one goes in parts while it is written, and
//! can be seen when its last one is there.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload, WriteMultipart};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::bucket::away;
use super::draft::Target;

/// Bytes of one part. A store refuses smaller ones, but for the last, and takes 10,000 of them.
const PART: usize = 5 * 1024 * 1024;
/// Parts under way besides the one that is being filled.
const PARTS_AT_ONCE: usize = 1;

/// Takes uploads that nobody finishes.
pub(super) type Uploads = mpsc::UnboundedSender<WriteMultipart>;

/// See the module. Everything blocks.
pub(super) struct Parts {
    store: Arc<dyn ObjectStore>,
    key: Key,
    runtime: Handle,
    uploads: Uploads,
    sent: Sent,
}

/// What became of the pieces so far.
enum Sent {
    /// They are here, and make less than a part.
    Nothing(Vec<Bytes>, usize),
    /// All but the last ones are on their way.
    Parts(WriteMultipart),
}

impl Parts {
    pub(super) const fn new(
        store: Arc<dyn ObjectStore>,
        key: Key,
        runtime: Handle,
        uploads: Uploads,
    ) -> Self {
        Self { store, key, runtime, uploads, sent: Sent::Nothing(Vec::new(), 0) }
    }

    /// Parts that are there cost room until somebody says that they are not wanted.
    fn abandon(&mut self) {
        if let Sent::Parts(upload) = std::mem::replace(&mut self.sent, Sent::Nothing(Vec::new(), 0)) {
            // The server ends: the store's own rule removes them.
            let _nobody_listens = self.uploads.send(upload);
        }
    }
}

impl Target for Parts {
    fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        let piece = Bytes::copy_from_slice(piece);
        if let Sent::Nothing(pieces, size) = &mut self.sent {
            *size += piece.len();
            pieces.push(piece);
            if *size < PART {
                return Ok(());
            }
            let pieces = std::mem::take(pieces);
            let upload = self.runtime.block_on(self.store.put_multipart(&self.key)).map_err(away)?;
            let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
            let _runtime = self.runtime.enter();
            pieces.into_iter().for_each(|piece| upload.put(piece));
            self.sent = Sent::Parts(upload);
        } else if let Sent::Parts(upload) = &mut self.sent {
            self.runtime
                .block_on(async {
                    upload.wait_for_capacity(PARTS_AT_ONCE + 1).await?;
                    upload.put(piece);
                    Ok(())
                })
                .map_err(away)?;
        }
        Ok(())
    }

    fn start_over(&mut self) -> io::Result<()> {
        self.abandon();
        self.sent = Sent::Nothing(Vec::new(), 0);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        let runtime = self.runtime.clone();
        match std::mem::replace(&mut self.sent, Sent::Nothing(Vec::new(), 0)) {
            Sent::Nothing(pieces, _) => {
                let whole = PutPayload::from_iter(pieces);
                runtime.block_on(self.store.put(&self.key, whole)).map(drop).map_err(away)
            }
            // It takes its parts away itself where it fails.
            Sent::Parts(upload) => runtime.block_on(upload.finish()).map(drop).map_err(away),
        }
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        self.abandon();
    }
}

/// Uploads that nobody finishes: their parts are to be removed.
#[derive(Debug)]
pub struct Unfinished(mpsc::UnboundedReceiver<WriteMultipart>);

impl Unfinished {
    pub(super) const fn new(uploads: mpsc::UnboundedReceiver<WriteMultipart>) -> Self {
        Self(uploads)
    }

    /// Removes the parts of each until the server stops.
    pub async fn clear_up(mut self, stopping: CancellationToken) {
        while let Some(Some(upload)) = stopping.run_until_cancelled(self.0.recv()).await {
            if let Err(error) = upload.abort().await {
                tracing::warn!(%error, "parts of a file that nobody finished are left in the store");
            }
        }
    }
}
