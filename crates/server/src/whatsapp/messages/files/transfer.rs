//! Transfers files: uploads them from a reader, downloads them into a sink, and asks the phone to upload a file
//! again. Transfers use constant memory. Code that reads or writes a file may block, so it runs on threads that
//! may block.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Arc;
use std::time::Duration;

use linekeeper_model::message::{Address, ChatType, MessageType};
use tokio::time::timeout;
use whatsapp_rust::anyhow;
use whatsapp_rust::features::{MediaReuploadError, MediaReuploadRequest};
use whatsapp_rust::wacore::download::{DownloadWriter, MediaType};
use whatsapp_rust::wacore::media_retry::MediaRetryResult;
use whatsapp_rust::wacore::upload::{UploadSource, encrypt_media_streaming_with_key, encrypted_len};

use super::media_type;
use super::place::Place;
use crate::whatsapp::messages::outlet::{Outlet, jid};

/// How long to wait for the phone's answer. The phone may have to upload a large file first. The library itself would
/// wait for 30 s.
const PHONE_WITHIN: Duration = Duration::from_secs(40);

/// The library's error texts for bytes that cannot be decrypted (wacore 0.7.0, `decrypt_stream_to_writer`). The
/// library has no error type for these cases.
const FALSE_BYTES: [&str; 4] = ["MAC mismatch", "Invalid final media size", "Empty plaintext", "PKCS7"];

/// A function that opens a file for reading from the file's beginning. The function may be called several times.
pub type Plain = Arc<dyn Fn() -> io::Result<Box<dyn Read + Send>> + Send + Sync>;

/// Receives a file piece by piece. The received bytes are verified only when the download has succeeded.
pub trait Sink: Write + Send + 'static {
    /// Discards everything that was received. The file then comes again from its beginning.
    fn start_over(&mut self) -> io::Result<()>;
}

/// Why a transfer failed.
#[derive(Debug, thiserror::Error)]
pub enum FileTrouble {
    /// The connection has ended. The transfer can be repeated over the next connection.
    #[error("the connection is gone")]
    Disconnected,
    /// WhatsApp's servers no longer have the file. The phone may have it.
    #[error("WhatsApp does not have the file any more")]
    Expired,
    /// The file does not match its message, or WhatsApp does not accept such a file.
    #[error("the file was refused: {0}")]
    Refused(String),
    /// The server's own disk or store of files failed.
    #[error("the file could not be read or written")]
    Disk(#[source] io::Error),
    /// The transfer failed for another reason. A later try may succeed.
    #[error("the file did not come through: {0}")]
    Failed(String),
}

/// The message whose file the phone must upload again.
#[derive(Debug, Clone)]
pub struct WhereAsked {
    /// The WhatsApp id of the message.
    pub wa_message_id: String,
    /// The chat of the message.
    pub chat: Address,
    /// The author of the message. Needed only in a group.
    pub sender: Option<Address>,
    /// Whether the account wrote the message.
    pub from_me: bool,
}

/// The phone's answer to the request to upload a file again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Again {
    /// The phone uploaded the file again, to this path.
    At(String),
    /// The phone no longer has the file.
    Lost,
    /// The phone did not answer. It may be switched off.
    Silent,
}

impl Outlet {
    /// Uploads a file of `size` bytes to WhatsApp's servers. The same file and the same key always give the same
    /// encrypted bytes.
    pub async fn upload(
        &self,
        kind: MessageType,
        media_key: [u8; 32],
        size: u64,
        plain: Plain,
    ) -> Result<Place, FileTrouble> {
        let kind = media_type(kind).ok_or_else(|| FileTrouble::Refused("it is no file".to_owned()))?;
        let source = Encrypted { plain: plain.clone(), media_key, kind, length: encrypted(size) };
        // The file's name on WhatsApp's servers depends on all its encrypted bytes. So the file is encrypted twice,
        // piece by piece: once to compute the name, and once to upload the bytes.
        let hashed = tokio::task::spawn_blocking(move || {
            encrypt_media_streaming_with_key(plain()?, io::sink(), kind, Some(&media_key), None)
        });
        let hashed = hashed.await.map_err(|error| FileTrouble::Disk(io::Error::other(error)))?;
        let hashed = hashed.map_err(|error| trouble(&error, self))?;
        let uploading = Box::pin(self.client.upload_stream(source, hashed, kind));
        let uploaded = uploading.await.map_err(|error| match status(&error) {
            Some(401 | 403 | 408 | 429) | None => trouble(&error, self),
            Some(400..=499) => FileTrouble::Refused(error.to_string()),
            Some(_) => trouble(&error, self),
        })?;
        Ok(Place::of_upload(uploaded, kind))
    }

    /// Downloads a file and decrypts it. When this returns, the sink has the whole file, and the file is verified.
    pub async fn download<S: Sink>(&self, place: &Place, sink: S) -> Result<S, FileTrouble> {
        let fetching = Box::pin(self.client.download_to_writer(place, Writer(sink)));
        match fetching.await {
            Ok(Writer(sink)) => Ok(sink),
            Err(error) => Err(match status(&error) {
                // WhatsApp's servers return these codes for expired files, even if the client has a new token.
                Some(403 | 404 | 410) => FileTrouble::Expired,
                _ => trouble(&error, self),
            }),
        }
    }

    /// Asks the account's phone to upload a file again.
    pub async fn ask_again(&self, place: &Place, message: &WhereAsked) -> Result<Again, FileTrouble> {
        let refused = |error: super::super::outlet::SendTrouble| FileTrouble::Refused(error.to_string());
        let chat = jid(&message.chat).map_err(refused)?;
        let sender = message.sender.as_ref().filter(|_| message.chat.chat_type() != ChatType::Direct);
        let sender = sender.map(jid).transpose().map_err(refused)?;
        let request = MediaReuploadRequest {
            msg_id: &message.wa_message_id,
            chat_jid: &chat,
            media_key: &place.media_key,
            is_from_me: message.from_me,
            participant: sender.as_ref(),
        };
        let reupload = self.client.media_reupload();
        match timeout(PHONE_WITHIN, reupload.request(&request)).await {
            Ok(Ok(MediaRetryResult::Success { direct_path })) => Ok(Again::At(direct_path)),
            Ok(Ok(MediaRetryResult::NotFound)) => Ok(Again::Lost),
            Ok(Ok(_)) | Err(_) | Ok(Err(MediaReuploadError::Timeout)) => Ok(Again::Silent),
            Ok(Err(_)) if !self.is_ready() => Err(FileTrouble::Disconnected),
            Ok(Err(error)) => Err(FileTrouble::Failed(error.to_string())),
        }
    }
}

/// The HTTP status of WhatsApp's answer, if there was an answer.
fn status(error: &anyhow::Error) -> Option<u16> {
    use whatsapp_rust::error::ErrorChainExt as _;
    error.http_status()
}

fn encrypted(size: u64) -> u64 {
    encrypted_len(usize::try_from(size).unwrap_or(usize::MAX / 2)) as u64
}

fn trouble(error: &anyhow::Error, outlet: &Outlet) -> FileTrouble {
    let disk = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
    if let Some(error) = disk.filter(|error| is_of_the_disk(error)) {
        return FileTrouble::Disk(error.kind().into());
    }
    if !outlet.is_ready() {
        return FileTrouble::Disconnected;
    }
    let text = format!("{error:#}");
    if FALSE_BYTES.iter().any(|sign| text.contains(sign)) {
        return FileTrouble::Refused(text);
    }
    FileTrouble::Failed(text)
}

fn is_of_the_disk(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, InvalidData, NotFound, QuotaExceeded, ResourceBusy, StorageFull};
    // A socket never returns `ResourceBusy`. This error means that the server's own store of files does not answer.
    matches!(error.kind(), FileTooLarge | InvalidData | NotFound | QuotaExceeded | ResourceBusy | StorageFull)
}

/// A file as it is stored on WhatsApp's servers, encrypted while it is read. It can be read from any offset, so
/// that an interrupted upload can continue.
struct Encrypted {
    plain: Plain,
    media_key: [u8; 32],
    kind: MediaType,
    length: u64,
}

impl UploadSource for Encrypted {
    fn len(&self) -> u64 {
        self.length
    }

    fn reader_from(&self, offset: u64) -> io::Result<Box<dyn Read + Send>> {
        let mut reader = Encrypting::new((self.plain)()?, self.media_key, self.kind)?;
        io::copy(&mut reader.by_ref().take(offset), &mut io::sink())?;
        Ok(Box::new(reader))
    }
}

struct Encrypting {
    plain: Box<dyn Read + Send>,
    encryptor: Option<whatsapp_rust::wacore::upload::MediaEncryptor>,
    ready: Vec<u8>,
    given: usize,
}

impl Encrypting {
    const PIECE: usize = 64 * 1024;

    fn new(plain: Box<dyn Read + Send>, media_key: [u8; 32], kind: MediaType) -> io::Result<Self> {
        let encryptor = whatsapp_rust::wacore::upload::MediaEncryptor::with_key(media_key, kind);
        let encryptor = encryptor.map_err(io::Error::other)?;
        Ok(Self { plain, encryptor: Some(encryptor), ready: Vec::new(), given: 0 })
    }
}

impl Read for Encrypting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready.len() {
            let Some(mut encryptor) = self.encryptor.take() else { return Ok(0) };
            self.ready.clear();
            self.given = 0;
            let mut piece = vec![0; Self::PIECE];
            match self.plain.read(&mut piece)? {
                0 => drop(encryptor.finalize(&mut self.ready).map_err(io::Error::other)?),
                read => {
                    encryptor.update(&piece[..read], &mut self.ready);
                    self.encryptor = Some(encryptor);
                }
            }
        }
        let taken = buffer.len().min(self.ready.len() - self.given);
        buffer[..taken].copy_from_slice(&self.ready[self.given..self.given + taken]);
        self.given += taken;
        Ok(taken)
    }
}

/// Makes a sink usable by the library. The library clears the sink before each attempt, and seeks to its beginning
/// at the end.
struct Writer<S>(S);

impl<S: Sink> Write for Writer<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<S: Sink> Seek for Writer<S> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match to {
            SeekFrom::Start(0) => Ok(0),
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

impl<S: Sink> DownloadWriter for Writer<S> {
    fn truncate(&mut self, length: u64) -> io::Result<()> {
        if length == 0 { self.0.start_over() } else { Err(io::ErrorKind::Unsupported.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encrypting_from_any_offset_gives_the_same_bytes_as_the_library() {
        let file: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
        let mut whole = Vec::new();
        encrypt_media_streaming_with_key(&file[..], &mut whole, MediaType::Document, Some(&[7; 32]), None)
            .unwrap();
        let shared = Arc::new(file);
        let length = encrypted(shared.len() as u64);
        let plain: Plain = Arc::new(move || Ok(Box::new(io::Cursor::new(shared.to_vec()))));
        let source = Encrypted { plain, media_key: [7; 32], kind: MediaType::Document, length };
        assert_eq!(source.len(), whole.len() as u64);
        for offset in [0, 1, 65_536, 131_073, whole.len() - 1] {
            let mut rest = Vec::new();
            source.reader_from(offset as u64).unwrap().read_to_end(&mut rest).unwrap();
            assert!(rest == whole[offset..], "{offset}");
        }
    }
}
