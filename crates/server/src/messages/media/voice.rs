//! Converts audio in other formats to voice notes. An existing file is read and passed to ffmpeg piece by piece. The
//! output is stored sealed (encrypted). Neither the original nor the voice note is ever unencrypted on a disk.

use std::io::{self, ErrorKind, Seek as _, SeekFrom, Write as _};
use std::time::Duration;

use linekeeper_model::id::{AccountId, MediaId};
use linekeeper_model::message::{MessageType, Misfit};
use linekeeper_storage::MediaDetail;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::time::timeout;

use super::UploadRefused;
use super::incoming::Incoming;
use super::show::{OpenMedia, Unreadable};
use crate::media::{Form, in_memory};
use crate::messages::service::Messages;

/// The time limit for converting one file.
const WITHIN: Duration = Duration::from_secs(120);
/// The maximum size in bytes of a file that is loaded into memory for a conversion.
const LARGEST_IN_MEMORY: u64 = 16_000_000;
/// The maximum number of bytes that are read at once.
const PIECE: usize = 64 * 1024;
/// The media type of a voice note.
pub(in crate::messages) const VOICE: &str = "audio/ogg";

/// Why a file was not converted.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unconverted {
    /// The server is stopping.
    #[error("the server is stopping")]
    Stopping,
    /// The file has a type that cannot be converted, or ffmpeg cannot read the file.
    #[error("{0}")]
    Rejected(String),
    /// ffmpeg did not start.
    #[error("ffmpeg could not be started")]
    NotStarted(#[source] io::Error),
    /// The file cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The result cannot be stored.
    #[error(transparent)]
    Refused(#[from] UploadRefused),
}

impl Messages {
    /// Converts an existing file to a voice note, and stores it as `to`, which may be the same file.
    pub(super) async fn convert(
        &self,
        account: AccountId,
        (from, detail): (MediaId, &MediaDetail),
        to: MediaId,
    ) -> Result<MediaDetail, Unconverted> {
        let parts = self.parts();
        let rejected = |why: &str| Unconverted::Rejected(why.to_owned());
        let ffmpeg = parts.media.ffmpeg.as_ref().ok_or_else(|| rejected(&not_installed()))?;
        let form = detail.mime_type.as_deref().and_then(Form::of);
        let form = form.ok_or_else(|| rejected("it is no sound that can be converted"))?;
        let size = detail.size.unwrap_or_default();
        if matches!(form, Form::Whole(_)) && size > LARGEST_IN_MEMORY {
            return Err(rejected("it is too large to be converted: an MP4 may have 16 MB"));
        }
        let _turn = self.work().conversions.acquire().await;
        let work = async {
            let mut file = self.open_file(account, from, detail, 0, size).await?;
            let whole = match form {
                Form::Stream(_) => None,
                Form::Whole(_) => Some(held(&mut file).await?),
            };
            let incoming =
                Incoming::begin(self, account, to, MessageType::Voice.largest_file(parts.media.most));
            let incoming = incoming.await?;
            let mut child = ffmpeg.start(form, whole).map_err(Unconverted::NotStarted)?;
            let output = child.stdout.take().ok_or_else(|| rejected("ffmpeg has no output"))?;
            let (fed, taken) = tokio::join!(feed(child.stdin.take(), file), take(output, incoming));
            fed?;
            let incoming = taken?;
            let ended = child.wait().await.map_err(Unconverted::NotStarted)?;
            if !ended.success() {
                tracing::info!(%account, media = %from, %ended, "ffmpeg made no voice note of a file");
                return Err(rejected("ffmpeg cannot read it"));
            }
            Ok(incoming.finish(Some(VOICE)).await?)
        };
        match parts.lifecycle.stopping().run_until_cancelled(timeout(WITHIN, work)).await {
            None => Err(Unconverted::Stopping),
            Some(Err(_)) => Err(rejected("ffmpeg took too long for it")),
            Some(Ok(converted)) => converted,
        }
    }
}

/// Whether the file could be converted to a suitable one if ffmpeg were installed.
pub(in crate::messages) fn would_convert(kind: MessageType, mime_type: &str, misfit: Misfit) -> bool {
    kind == MessageType::Voice && matches!(misfit, Misfit::WrongType(_)) && Form::of(mime_type).is_some()
}

/// The error text about a file that could be converted if ffmpeg were installed.
pub(in crate::messages) fn not_installed() -> String {
    "must be an OGG file with Opus: ffmpeg, which converts other sound, is not installed on the server"
        .to_owned()
}

/// Loads the whole file into memory.
async fn held(file: &mut OpenMedia) -> Result<std::fs::File, Unconverted> {
    let mut whole = in_memory().map_err(Unconverted::NotStarted)?;
    while let Some(piece) = file.next().await.map_err(Unreadable::from)? {
        whole.write_all(&piece).map_err(Unconverted::NotStarted)?;
    }
    whole.seek(SeekFrom::Start(0)).map_err(Unconverted::NotStarted)?;
    Ok(whole)
}

/// Passes the file to ffmpeg. ffmpeg may end before it has read everything.
async fn feed(input: Option<ChildStdin>, mut file: OpenMedia) -> Result<(), Unconverted> {
    let Some(mut input) = input else { return Ok(()) };
    while let Some(piece) = file.next().await.map_err(Unreadable::from)? {
        match input.write_all(&piece).await {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => break,
            written => written.map_err(Unconverted::NotStarted)?,
        }
    }
    Ok(())
}

/// Stores what ffmpeg writes.
async fn take(mut output: ChildStdout, mut incoming: Incoming) -> Result<Incoming, Unconverted> {
    let mut piece = vec![0; PIECE];
    loop {
        let read = output.read(&mut piece).await.map_err(Unconverted::NotStarted)?;
        if read == 0 {
            return Ok(incoming);
        }
        incoming.write(&piece[..read]).await?;
    }
}
