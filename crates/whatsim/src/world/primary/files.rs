//! Files of messages: a phone uploads the files that it sends, and downloads and decrypts those that it receives.
//! If a linked device reports that a file has expired, the phone uploads the file again.

use super::Primary;
use crate::codec::{NodeRead, node};
use crate::content::{Content, FileReference, Invalid, Uploaded};
use crate::media::Lookup;
use buffa::Message as _;
use rand::RngExt;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Write};
use wacore::download::{DownloadUtils, MediaType};
use wacore::media_retry::decrypt_media_retry_notification;
use wacore_binary::Node;
use wacore_libsignal::crypto::aes_256_gcm_encrypt;
use waproto::whatsapp as wa;

/// The values of `<error>` in a `mediaretry` notification.
const NOT_FOUND: u16 = 2;
const DECRYPTION_ERROR: u16 = 3;
/// The HKDF info text for the key of a media retry.
const RETRY_INFO: &[u8] = b"WhatsApp Media Retry Notification";

impl Primary {
    /// Encrypts a file and uploads it to the media server.
    pub(super) fn upload(&self, data: &[u8], media_type: MediaType) -> Result<Uploaded, Invalid> {
        let failed = |error: &dyn std::fmt::Display| Invalid::new("data", format!("upload failed: {error}"));
        let encrypted = wacore::upload::encrypt_media(data, media_type).map_err(|e| failed(&e))?;
        let media = &self.world.media;
        let stored =
            media.store.put(&encrypted.data_to_upload, self.world.clock.now()).map_err(|e| failed(&e))?;
        Ok(Uploaded {
            url: media.url(&stored.direct_path),
            file: FileReference {
                direct_path: stored.direct_path,
                media_key: encrypted.media_key.to_vec(),
                sha256: encrypted.file_sha256.to_vec(),
                enc_sha256: encrypted.file_enc_sha256.to_vec(),
                size: data.len() as u64,
                media_type,
            },
            sidecar: encrypted.streaming_sidecar,
        })
    }

    /// Downloads and decrypts the file of a message, and records its size and hash in the content.
    pub(super) async fn fetch(&self, content: &mut Content, message: &wa::Message) {
        let Some(media) = content.media_mut() else { return };
        let Some(file) = FileReference::of(message) else {
            media.error = Some("the message names no file".to_owned());
            return;
        };
        let found = self.world.media.store.look_up(&file.direct_path, self.world.clock.now());
        let Lookup::Found { file: encrypted, .. } = found else {
            media.error = Some(format!("there is no file at {}", file.direct_path));
            return;
        };
        let opened = tokio::task::spawn_blocking(move || open(&file, File::open(encrypted)?)).await;
        match opened.unwrap_or_else(|error| Err(io::Error::other(error))) {
            Ok((size, sha256)) => {
                media.size = Some(size);
                media.sha256 = Some(hex::encode(sha256));
            }
            Err(error) => media.error = Some(error.to_string()),
        }
    }

    /// Handles a linked device that could not download a file: uploads the file again and sends the new path.
    pub(super) fn upload_again(&self, receipt: &Node) {
        let (Some(id), Some(from)) = (receipt.text("id"), receipt.jid("from")) else { return };
        let Some(rmr) = receipt.child("rmr") else { return };
        let answer = match self.renewed(&id, receipt) {
            Ok(answer) => answer,
            Err(code) => node("error").attr("code", code).build(),
        };
        let notification = node("notification")
            .attr("from", self.account.jid_on(from.server, 0))
            .attr("type", "mediaretry")
            .attr("id", &id)
            .attr("t", self.world.clock.seconds())
            .children([answer, rmr.clone()])
            .build();
        self.account.deliver(from.device, notification);
    }

    fn renewed(&self, id: &str, receipt: &Node) -> Result<Node, u16> {
        let files = self.log.with_id(id).filter_map(|known| FileReference::of(&known.message()));
        let encrypt = receipt.child("encrypt").ok_or(DECRYPTION_ERROR)?;
        let part = |tag: &str| encrypt.child(tag).map(NodeRead::payload).unwrap_or_default();
        let mut outcome = Err(NOT_FOUND);
        for file in files {
            if decrypt_media_retry_notification(&file.media_key, id, &part("enc_iv"), &part("enc_p")).is_err()
            {
                outcome = Err(DECRYPTION_ERROR);
                continue;
            }
            let stored = self.world.media.store.renew(&file.direct_path, self.world.clock.now());
            let direct_path = stored.ok_or(NOT_FOUND)?.direct_path;
            return seal(&file.media_key, id, direct_path).ok_or(DECRYPTION_ERROR);
        }
        outcome
    }
}

fn seal(media_key: &[u8], id: &str, direct_path: String) -> Option<Node> {
    let notification = wa::MediaRetryNotification {
        stanza_id: Some(id.to_owned()),
        direct_path: Some(direct_path),
        result: Some(wa::media_retry_notification::ResultType::SUCCESS),
        ..Default::default()
    };
    let mut key = [0; 32];
    wacore::crypto::hkdf_sha256_into(media_key, None, RETRY_INFO, &mut key).ok()?;
    let iv: [u8; 12] = rand::rng().random();
    let mut sealed = Vec::new();
    aes_256_gcm_encrypt(&key, &iv, id.as_bytes(), &notification.encode_to_vec(), &mut sealed).ok()?;
    let children = [node("enc_p").bytes(sealed).build(), node("enc_iv").bytes(iv.to_vec()).build()];
    Some(node("encrypt").children(children).build())
}

/// Decrypts a file and checks it against the message. Returns the size and the hash of the plain file.
fn open(file: &FileReference, encrypted: File) -> io::Result<(u64, [u8; 32])> {
    let mut reader = Hashing { inner: io::BufReader::new(encrypted), hash: Sha256::new(), bytes: 0 };
    let mut opened = Hashing { inner: io::sink(), hash: Sha256::new(), bytes: 0 };
    DownloadUtils::decrypt_stream_to_writer(&mut reader, &file.media_key, file.media_type, &mut opened)
        .map_err(io::Error::other)?;
    let wrong = |what: &str| Err(io::Error::other(format!("the file is not the one of the message: {what}")));
    if reader.hash.finalize()[..] != file.enc_sha256[..] {
        return wrong("hash of the encrypted file");
    }
    let sha256: [u8; 32] = opened.hash.finalize().into();
    if sha256[..] != file.sha256[..] {
        return wrong("hash");
    }
    if opened.bytes != file.size {
        return wrong("size");
    }
    Ok((opened.bytes, sha256))
}

/// A reader or writer that computes the hash of all bytes that pass through it.
struct Hashing<T> {
    inner: T,
    hash: Sha256,
    bytes: u64,
}

impl<T: Read> Read for Hashing<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

impl<T: Write> Write for Hashing<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
