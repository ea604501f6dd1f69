//! Where a file is on WhatsApp's servers (its URL and path), with the key that decrypts the file. These are the fields
//! that every type of message with a file has.

use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::upload::UploadResponse;
use whatsapp_rust::wacore::download::{Downloadable, MediaType};
use whatsapp_rust::waproto::codec;
use whatsapp_rust::waproto::whatsapp as wa;

/// Where a file is on WhatsApp's servers (its URL and path), with the key that decrypts the file.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    pub(super) url: Option<String>,
    pub(super) direct_path: String,
    pub(super) media_key: Vec<u8>,
    pub(super) sha256: Vec<u8>,
    pub(super) enc_sha256: Vec<u8>,
    pub(super) size: Option<u64>,
    /// When the file's key was created, in seconds since 1970.
    pub(super) made_at: Option<i64>,
    pub(super) sidecar: Option<Vec<u8>>,
    pub(super) kind: MediaType,
}

impl Place {
    pub(super) fn of_upload(upload: UploadResponse, kind: MediaType) -> Self {
        Self {
            url: Some(upload.url),
            direct_path: upload.direct_path,
            media_key: upload.media_key.to_vec(),
            sha256: upload.file_sha256.to_vec(),
            enc_sha256: upload.file_enc_sha256.to_vec(),
            size: Some(upload.file_length),
            made_at: Some(upload.media_key_timestamp),
            sidecar: upload.streaming_sidecar,
            kind,
        }
    }

    /// Returns the same file with a new path on WhatsApp's servers.
    #[must_use]
    pub fn moved(self, direct_path: Option<String>) -> Self {
        match direct_path {
            Some(direct_path) => Self { direct_path, url: None, ..self },
            None => self,
        }
    }

    /// The SHA-256 of the file, as given in the message.
    pub fn sha256(&self) -> &[u8] {
        &self.sha256
    }

    /// Encodes the fields as bytes to store. The bytes are a video message of the protocol, whatever `kind` the file
    /// has.
    pub fn to_bytes(&self) -> Vec<u8> {
        let video = wa::message::VideoMessage {
            url: self.url.clone(),
            direct_path: Some(self.direct_path.clone()),
            media_key: Some(self.media_key.clone()),
            file_sha256: Some(self.sha256.clone()),
            file_enc_sha256: Some(self.enc_sha256.clone()),
            file_length: self.size,
            media_key_timestamp: self.made_at,
            streaming_sidecar: self.sidecar.clone(),
            ..Default::default()
        };
        codec::message_to_vec(&wa::Message { video_message: MessageField::some(video), ..Default::default() })
    }

    /// Reads the fields from the bytes that [`Place::to_bytes`] returned.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let message = codec::message_decode(bytes).ok()?;
        let video = message.video_message.as_option()?;
        Some(Self {
            url: video.url.clone(),
            direct_path: video.direct_path.clone()?,
            media_key: video.media_key.clone()?,
            sha256: video.file_sha256.clone()?,
            enc_sha256: video.file_enc_sha256.clone()?,
            size: video.file_length,
            made_at: video.media_key_timestamp,
            sidecar: video.streaming_sidecar.clone(),
            kind: MediaType::Video,
        })
    }
}

/// The host always comes from WhatsApp's media connection. A sender chooses only the path, and cannot supply
/// another URL (`static_url`).
impl Downloadable for Place {
    fn direct_path(&self) -> Option<&str> {
        // A path without a slash at the beginning is refused, because it would extend the host name.
        Some(self.direct_path.as_str()).filter(|path| path.starts_with('/'))
    }

    fn media_key(&self) -> Option<&[u8]> {
        Some(&self.media_key)
    }

    fn file_enc_sha256(&self) -> Option<&[u8]> {
        Some(&self.enc_sha256)
    }

    fn file_sha256(&self) -> Option<&[u8]> {
        Some(&self.sha256)
    }

    fn file_length(&self) -> Option<u64> {
        self.size
    }

    fn app_info(&self) -> MediaType {
        self.kind
    }

    fn static_url(&self) -> Option<&str> {
        None
    }

    fn is_encrypted(&self) -> bool {
        true
    }
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Place").field("size", &self.size).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use whatsapp_rust::wacore::download::{DownloadUtils, MediaHost, MediaRoute};

    use super::*;

    fn place(direct_path: &str) -> Place {
        Place {
            url: Some("https://evil.example/file".to_owned()),
            direct_path: direct_path.to_owned(),
            media_key: vec![1; 32],
            sha256: vec![2; 32],
            enc_sha256: vec![3; 32],
            size: Some(7),
            made_at: Some(1_780_000_000),
            sidecar: Some(vec![4]),
            kind: MediaType::Video,
        }
    }

    #[test]
    fn all_parts_of_a_file_location_at_whatsapp_are_stored_and_read_back() {
        let place = place("/v/file.enc");
        assert_eq!(Place::from_bytes(&place.to_bytes()), Some(place));
    }

    #[test]
    fn a_sender_cannot_choose_the_download_host() {
        let route = MediaRoute::authenticated(vec![MediaHost::new("mmg.whatsapp.net")], "a".to_owned());
        let hosts = |path: &str| -> Vec<String> {
            let requests = DownloadUtils::prepare_download_requests(&place(path), &route).unwrap_or_default();
            let host = |url: String| url::Url::parse(&url).unwrap().host_str().unwrap().to_owned();
            requests.into_iter().map(|request| host(request.url)).collect()
        };
        for path in ["/v/file.enc", "//evil.example/x", "/@evil.example/x", "/\\evil.example"] {
            assert_eq!(hosts(path), ["mmg.whatsapp.net"], "{path}");
        }
        for path in
            [".evil.example/x", "@evil.example/x", ":8080@evil.example/", "", "https://evil.example/x"]
        {
            assert_eq!(hosts(path), [] as [&str; 0], "{path}");
        }
    }
}
