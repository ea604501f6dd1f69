//! The file of a message that a caller sends. An uploaded file is checked before the message is accepted. A file by URL
//! is fetched right after the message was accepted.

use jiff::Timestamp;
use linekeeper_model::id::{MediaId, MessageId};
use linekeeper_model::message::{Content, Media, MediaState, Misfit, Schedule};
use linekeeper_storage::{MediaDetail, MediaRow, MediaSource, StorageError};
use url::Url;

use super::prepare::Author;
use super::{SendRefused, WrongFile};
use crate::messages::media::{VOICE, not_installed, would_convert};
use crate::messages::people::Desk;

/// The maximum number of characters of a file name that is taken from a URL.
const LONGEST_NAME: usize = 255;

/// The file that a message should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Where the file comes from.
    pub from: FileFrom,
    /// The type that the caller claims.
    pub mime_type: Option<String>,
}

/// Where a file comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileFrom {
    /// The file was uploaded.
    Uploaded(MediaId),
    /// The file is at this URL. The server will fetch it.
    Url(Url),
}

/// The file that is stored together with a message.
pub(super) enum Attached {
    /// The file was uploaded.
    Uploaded(MediaId),
    /// The file will be fetched from a URL.
    Url(Box<MediaRow>),
    /// The file will be converted from the uploaded file `from`.
    Converted { from: MediaId, file: Box<MediaRow> },
}

/// Checks the file, and adds to `content` what is known about it.
pub(super) async fn attached(
    desk: &mut Desk<'_>,
    author: &Author<'_>,
    message: MessageId,
    content: &mut Content,
    new: &NewFile,
    schedule: &Schedule,
    index: usize,
) -> Result<Attached, SendRefused> {
    let kind = content.kind();
    let wrong = |field, code, message: &str| {
        let message = message.to_owned();
        SendRefused::WrongFile(Box::new(WrongFile { index, kind: kind.code(), field, code, message }))
    };
    let Some(media) = content.media_mut() else {
        return Err(wrong("mediaId", "unsupported", "takes no file"));
    };
    let id = match &new.from {
        FileFrom::Url(url) => {
            let row = by_url(desk, message, media, url, new.mime_type.clone());
            return Ok(Attached::Url(Box::new(row)));
        }
        FileFrom::Uploaded(id) => *id,
    };
    let key = desk.scope.key.clone();
    let row = desk.tx.media(&key).hold(id).await?;
    let row = row.ok_or_else(|| wrong("mediaId", "not_found", "must be a file of this account"))?;
    match row.state {
        MediaState::Ready => {}
        MediaState::Gone => {
            return Err(wrong("mediaId", "expired", "was removed for its age; upload the file again"));
        }
        MediaState::Pending | MediaState::Failed => {
            return Err(wrong("mediaId", "unsupported", "must be a file that is here"));
        }
    }
    let detail = &row.detail;
    let mime_type = detail.mime_type.clone().unwrap_or_default();
    if let Some(said) = &new.mime_type
        && class(said) != class(&mime_type)
        && (class(said).is_some() || kind.code() != "document")
    {
        return Err(wrong("mimeType", "invalid", "must be the type that the file's bytes show"));
    }
    let size = detail.size.unwrap_or_default();
    match kind.admits(&mime_type, detail.codec.as_deref(), size, author.largest_file) {
        Ok(()) => {}
        Err(misfit) if would_convert(kind, &mime_type, misfit) => {
            if !author.converts {
                return Err(wrong("mediaId", "unsupported", &not_installed()));
            }
            let file = Box::new(converted(desk, message, media, &row));
            keep_until(desk, row, schedule.expires_at).await?;
            return Ok(Attached::Converted { from: id, file });
        }
        Err(misfit @ Misfit::TooLarge(_)) => {
            return Err(wrong("mediaId", "out_of_range", &misfit.to_string()));
        }
        Err(misfit @ Misfit::WrongType(_)) => {
            return Err(wrong("mediaId", "unsupported", &misfit.to_string()));
        }
    }
    media.media_id = Some(id);
    media.mime_type = Some(mime_type);
    media.size = detail.size;
    media.sha256.clone_from(&detail.sha256);
    media.file_name = media.file_name.take().or_else(|| detail.file_name.clone());
    (media.width, media.height) = (detail.width, detail.height);
    media.duration_seconds = detail.duration_seconds;
    media.state = MediaState::Ready;
    keep_until(desk, row, schedule.expires_at).await?;
    Ok(Attached::Uploaded(id))
}

/// Makes sure that a file is kept until its message is sent or given up.
async fn keep_until(desk: &mut Desk<'_>, row: MediaRow, end: Timestamp) -> Result<(), StorageError> {
    if row.expires_at.is_some_and(|at| at < end) {
        let key = desk.scope.key.clone();
        desk.tx.media(&key).update(&MediaRow { expires_at: Some(end), ..row }).await?;
    }
    Ok(())
}

/// Creates the database row of a voice note that is converted from another file.
fn converted(desk: &Desk<'_>, message: MessageId, media: &mut Media, from: &MediaRow) -> MediaRow {
    media.mime_type = Some(VOICE.to_owned());
    let detail = MediaDetail {
        converted_from: Some(from.id),
        mime_type: media.mime_type.clone(),
        ..MediaDetail::default()
    };
    awaited(desk, message, media, MediaSource::Conversion, detail)
}

fn by_url(
    desk: &Desk<'_>,
    message: MessageId,
    media: &mut Media,
    url: &Url,
    said: Option<String>,
) -> MediaRow {
    media.mime_type.clone_from(&said);
    media.file_name = media.file_name.take().or_else(|| name_in(url));
    let detail = MediaDetail {
        url: Some(url.to_string()),
        mime_type: said,
        file_name: media.file_name.clone(),
        ..MediaDetail::default()
    };
    awaited(desk, message, media, MediaSource::Url, detail)
}

/// Creates the database row of a file that does not exist yet. The file's message waits for it.
fn awaited(
    desk: &Desk<'_>,
    message: MessageId,
    media: &mut Media,
    source: MediaSource,
    detail: MediaDetail,
) -> MediaRow {
    let id = MediaId::generate(desk.now, &mut rand::rng());
    media.media_id = Some(id);
    media.state = MediaState::Pending;
    MediaRow {
        id,
        message_id: Some(message),
        source,
        state: MediaState::Pending,
        attempts: 0,
        fetch_at: Some(desk.now),
        expires_at: None,
        created_at: desk.now,
        detail,
    }
}

/// Returns the last part of a URL's path if it looks like a file name.
fn name_in(url: &Url) -> Option<String> {
    let last = url.path_segments()?.next_back()?;
    let bytes = percent_decoded(last)?;
    let is_name = bytes.contains('.')
        && bytes.chars().count() <= LONGEST_NAME
        && !bytes.chars().any(|c| c.is_control() || matches!(c, '/' | '\\'));
    is_name.then_some(bytes)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let pair = [rest.next()?, rest.next()?];
            bytes.extend(hex::decode(pair).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Returns the class of a type: `image`, `video` or `audio`. Returns `None` for other types and for SVG. If a caller
/// claims such a type, the bytes of the file cannot show that the claim is wrong.
fn class(mime_type: &str) -> Option<&str> {
    let class = mime_type.split('/').next().unwrap_or_default();
    Some(class).filter(|class| matches!(*class, "image" | "video" | "audio") && mime_type != "image/svg+xml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_name_is_taken_from_a_url() {
        let name = |url: &str| name_in(&url.parse().unwrap());
        assert_eq!(name("https://example.org/a/price%20list.pdf?x=1").as_deref(), Some("price list.pdf"));
        for url in [
            "https://example.org/",
            "https://example.org/files/17",
            "https://example.org/a%2Fb.pdf",
            "https://example.org/%ff.pdf",
            "https://example.org/a%0Ab.pdf",
        ] {
            assert_eq!(name(url), None, "{url}");
        }
    }
}
