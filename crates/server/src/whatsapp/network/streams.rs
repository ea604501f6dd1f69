//! Streams files of any size to and from WhatsApp's servers, piece by piece. The library calls this from threads
//! that may block. The total time is not limited, but the time for each piece is. Redirects are not followed: a
//! file must be at the URL that WhatsApp's servers give.

use std::io::{self, ErrorKind, Read};
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::timeout;
use whatsapp_rust::anyhow::{self, Context as _};
use whatsapp_rust::wacore::net::{HttpRequest, HttpResponse, StreamingHttpResponse, UploadBody};

/// How long the other side may take for the next piece and for its answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// The size of a piece in bytes.
const PIECE: usize = 64 * 1024;
/// The maximum size of an answer to an upload.
const LARGEST_ANSWER: usize = 64 * 1024;

type Pieces = Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>;

/// Streams files to and from WhatsApp's servers, piece by piece.
pub(super) struct Streams(pub(super) reqwest::Client);

impl Streams {
    /// Starts a download. This blocks until the answer begins.
    pub(super) fn download(&self, request: HttpRequest) -> anyhow::Result<StreamingHttpResponse> {
        let runtime = Handle::try_current()?;
        let asking = self.request(request)?.send();
        let answer = runtime.block_on(timeout(PATIENCE, asking)).context("no answer in time")?;
        let answer = answer.map_err(reqwest::Error::without_url)?;
        let status_code = answer.status().as_u16();
        let pieces = Box::pin(answer.bytes_stream());
        Ok(StreamingHttpResponse {
            status_code,
            body: Box::new(Download { runtime, pieces, piece: Bytes::new() }),
        })
    }

    /// Uploads a file. This blocks until the answer has arrived.
    pub(super) fn upload(
        &self,
        request: HttpRequest,
        mut body: UploadBody,
        length: u64,
    ) -> anyhow::Result<HttpResponse> {
        let runtime = Handle::try_current()?;
        let (feed, pieces) = mpsc::channel::<io::Result<Bytes>>(1);
        let pieces =
            stream::unfold(
                pieces,
                |mut pieces| async move { pieces.recv().await.map(|piece| (piece, pieces)) },
            );
        let asking = self
            .request(HttpRequest { body: None, ..request })?
            .header(http::header::CONTENT_LENGTH, length)
            .body(reqwest::Body::wrap_stream(pieces))
            .send();
        let mut asking = Box::pin(asking);
        while let Some(piece) = next(body.as_mut())? {
            let fed = async {
                tokio::select! {
                    // The answer arrived before the end of the file, so WhatsApp has refused the upload.
                    answer = &mut asking => Ok::<_, anyhow::Error>(Some(answer)),
                    taken = timeout(PATIENCE, feed.send(Ok(piece))) => match taken.context("the upload stands still")? {
                        Ok(()) => Ok(None),
                        // The connection has ended. The answer or the error of the request says why.
                        Err(_) => Ok(Some(timeout(PATIENCE, &mut asking).await.context("no answer in time")?)),
                    },
                }
            };
            if let Some(answer) = runtime.block_on(fed)? {
                return runtime.block_on(read(answer));
            }
        }
        drop(feed);
        runtime.block_on(async { read(timeout(PATIENCE, asking).await.context("no answer in time")?).await })
    }

    fn request(&self, request: HttpRequest) -> anyhow::Result<reqwest::RequestBuilder> {
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).context("unknown method")?;
        let mut outgoing = self.0.request(method, request.url);
        for (name, value) in request.headers {
            outgoing = outgoing.header(name, value);
        }
        Ok(outgoing)
    }
}

/// Reads the next piece of a body. This runs outside the runtime, because a body may itself wait for the network
/// and block this thread.
fn next(body: &mut (dyn Read + Send)) -> io::Result<Option<Bytes>> {
    let mut piece = vec![0; PIECE];
    let read = body.read(&mut piece)?;
    piece.truncate(read);
    Ok(Some(piece).filter(|piece| !piece.is_empty()).map(Bytes::from))
}

async fn read(answer: reqwest::Result<reqwest::Response>) -> anyhow::Result<HttpResponse> {
    let answer = answer.map_err(reqwest::Error::without_url)?;
    let status_code = answer.status().as_u16();
    let (mut body, mut pieces) = (Vec::new(), answer.bytes_stream());
    while let Some(piece) = timeout(PATIENCE, pieces.next()).await.context("the answer stands still")? {
        let piece = piece.map_err(reqwest::Error::without_url)?;
        anyhow::ensure!(
            body.len() + piece.len() <= LARGEST_ANSWER,
            "answer larger than {LARGEST_ANSWER} bytes"
        );
        body.extend_from_slice(&piece);
    }
    Ok(HttpResponse { status_code, body })
}

struct Download {
    runtime: Handle,
    pieces: Pieces,
    piece: Bytes,
}

impl Read for Download {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            let next = self.runtime.block_on(timeout(PATIENCE, self.pieces.next()));
            match next.map_err(|_| ErrorKind::TimedOut)? {
                Some(piece) => {
                    self.piece = piece.map_err(|error| io::Error::other(error.without_url()))?;
                }
                None => return Ok(0),
            }
        }
        let taken = self.piece.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&self.piece.split_to(taken));
        Ok(taken)
    }
}
