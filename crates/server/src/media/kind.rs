//! Recognises the type of a file by its first bytes. The type that the sender claims is used only if the bytes do not
//! determine the type.

/// The file does not have the type that the sender claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the file is not of the type that was said")]
pub struct WrongType;

/// The type of a file about which nothing else is known.
const ANYTHING: &str = "application/octet-stream";
const LONGEST: usize = 100;

/// The type of a file with these first bytes. If the claimed type is a picture, a video or audio, the bytes must
/// confirm this. Otherwise the file is refused.
pub fn type_of(head: &[u8], said: Option<&str>) -> Result<String, WrongType> {
    let said = said.and_then(essence);
    let claimed = said.as_deref().and_then(class).map(str::to_owned);
    let Some(found) = infer::get(head).map(|kind| container(kind.mime_type())) else {
        return if claimed.is_some() {
            Err(WrongType)
        } else {
            Ok(said.unwrap_or_else(|| ANYTHING.to_owned()))
        };
    };
    match (claimed.as_deref(), class(found)) {
        (None, _) => Ok(found.to_owned()),
        (Some(claimed), Some(class)) if claimed == class => Ok(found.to_owned()),
        // Audio and video use the same containers, so the bytes may not distinguish them. Then the claimed type is
        // used.
        (Some("audio" | "video"), Some("audio" | "video")) => Ok(said.unwrap_or_else(|| found.to_owned())),
        _ => Err(WrongType),
    }
}

/// Corrects a type that was recognised from the first bytes of a file. A file that is recognised as `audio/opus` is an
/// OGG file (RFC 7845, section 9). The type `audio/opus` would mean audio without a container (RFC 7587).
fn container(found: &str) -> &str {
    if found == "audio/opus" { "audio/ogg" } else { found }
}

/// The class `image`, `video` or `audio` of a type, or `None` for other types. SVG counts as a document, because
/// it is text and may run scripts.
fn class(mime: &str) -> Option<&str> {
    let class = mime.split('/').next().filter(|class| matches!(*class, "image" | "video" | "audio"));
    class.filter(|_| mime != "image/svg+xml")
}

/// The type and subtype in lower case, if the text has the format of a media type.
fn essence(said: &str) -> Option<String> {
    let essence = said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let token = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    let (kind, sub) = essence.split_once('/')?;
    (token(kind) && token(sub) && essence.len() <= LONGEST).then_some(essence)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    #[test]
    fn the_type_comes_from_the_first_bytes_or_else_from_the_declared_type() {
        assert_eq!(type_of(PNG, None).unwrap(), "image/png");
        assert_eq!(type_of(PNG, Some("image/jpeg")).unwrap(), "image/png");
        assert_eq!(type_of(PNG, Some("application/octet-stream")).unwrap(), "image/png");
        assert_eq!(type_of(b"%PDF-1.7", Some("text/plain")).unwrap(), "application/pdf");
        assert_eq!(type_of(b"a,b\n1,2\n", Some("Text/CSV; charset=utf-8")).unwrap(), "text/csv");
        assert_eq!(type_of(b"OggS", Some("audio/ogg")).unwrap(), "audio/ogg");
        let mut opus = b"OggS\0\x02".to_vec();
        opus.extend([0; 22]);
        opus.extend(b"OpusHead");
        for said in [None, Some("audio/ogg; codecs=opus"), Some("audio/opus")] {
            assert_eq!(type_of(&opus, said).unwrap(), "audio/ogg", "{said:?}");
        }
    }

    #[test]
    fn a_wrong_declared_type_is_refused_and_an_invalid_declared_type_is_ignored() {
        assert_eq!(type_of(b"hello", Some("image/png")), Err(WrongType));
        assert_eq!(type_of(b"%PDF-1.7", Some("image/png")), Err(WrongType));
        assert_eq!(type_of(PNG, Some("video/mp4")), Err(WrongType));
        for said in ["", "text", "text/", "a/b\r\nX: y", "text/<b>"] {
            assert_eq!(type_of(b"hello", Some(said)).unwrap(), ANYTHING, "{said}");
        }
        assert_eq!(type_of(b"<svg/>", Some("image/svg+xml")).unwrap(), "image/svg+xml");
    }
}
