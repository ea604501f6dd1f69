//! A file that is being uploaded to a bucket. A small file is uploaded in one request. A larger one is uploaded in
//! parts while it is written, and becomes visible when its last part is stored.

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

/// The size of one part in bytes. An S3 store refuses smaller parts, except for the last one, and accepts at most
/// 10,000 parts.
const PART: usize = 5 * 1024 * 1024;
/// The number of parts that are being uploaded while the next part is being filled.
const PARTS_AT_ONCE: usize = 1;

/// Where unfinished uploads are sent, so that somebody removes their parts from the store.
pub(super) type Uploads = mpsc::UnboundedSender<WriteMultipart>;

/// A file that is being uploaded. All methods block.
pub(super) struct Parts {
    store: Arc<dyn ObjectStore>,
    key: Key,
    runtime: Handle,
    uploads: Uploads,
    sent: Sent,
}

/// Where the pieces that were written so far are: in memory, or in an upload.
enum Sent {
    /// Nothing is uploaded yet. The pieces are in memory. Together they are smaller than a part.
    Nothing(Vec<Bytes>, usize),
    /// The upload has begun. Only the last pieces may still be in memory.
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

    /// Gives up the upload. The parts that are already uploaded use space until the store removes them.
    fn abandon(&mut self) {
        if let Sent::Parts(upload) = std::mem::replace(&mut self.sent, Sent::Nothing(Vec::new(), 0)) {
            // If nobody receives the upload, the server is stopping. Then a lifecycle rule of the store removes
            // the parts.
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
            // If this fails, the upload itself removes its parts.
            Sent::Parts(upload) => runtime.block_on(upload.finish()).map(drop).map_err(away),
        }
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        self.abandon();
    }
}

/// Receives unfinished uploads, whose parts must be removed from the store.
#[derive(Debug)]
pub struct Unfinished(mpsc::UnboundedReceiver<WriteMultipart>);

impl Unfinished {
    pub(super) const fn new(uploads: mpsc::UnboundedReceiver<WriteMultipart>) -> Self {
        Self(uploads)
    }

    /// Removes the parts of each unfinished upload, until the server stops.
    pub async fn clear_up(mut self, stopping: CancellationToken) {
        while let Some(Some(upload)) = stopping.run_until_cancelled(self.0.recv()).await {
            if let Err(error) = upload.abort().await {
                tracing::warn!(%error, "parts of a file that nobody finished are left in the store");
            }
        }
    }
}
