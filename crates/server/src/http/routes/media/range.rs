//! `Range` (RFC 9110, 14.2): one range of bytes. If a request asks for several ranges, the answer is the whole
//! file, which the standard allows.

use axum::http::{HeaderMap, HeaderValue, header};

/// The part of a file that a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Whole,
    /// The bytes from the first position to the second position. The byte at the second position is not included.
    Part(u64, u64),
    /// A range outside the file.
    Beyond,
}

/// Returns which part of a file `headers` ask for. The file has `size` bytes and the entity tag `tag`.
pub(super) fn asked(headers: &HeaderMap, size: u64, tag: &HeaderValue) -> Asked {
    let other_file = headers.get(header::IF_RANGE).is_some_and(|known| known != tag);
    let text = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    match text.and_then(|text| text.strip_prefix("bytes=")) {
        Some(range) if !other_file => part(range.trim(), size).unwrap_or(Asked::Whole),
        _ => Asked::Whole,
    }
}

/// Parses one range, such as `0-499`. Returns `None` if the text is not a range.
fn part(range: &str, size: u64) -> Option<Asked> {
    let (from, to) = range.split_once('-')?;
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().ok())?;
    let (from, end) = match (from, to) {
        ("", last) => (size.saturating_sub(number(last).filter(|last| *last > 0)?), size),
        (from, "") => (number(from)?, size),
        (from, to) => (number(from)?, number(to)?.saturating_add(1).min(size)),
    };
    let is_backwards = !to.is_empty() && !range.starts_with('-') && number(to)? < from;
    match from {
        _ if is_backwards => None,
        from if from >= size => Some(Asked::Beyond),
        from => Some(Asked::Part(from, end)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn range_headers_select_a_part_or_the_whole_file() {
        let tag = HeaderValue::from_static("\"a\"");
        let ask = |text: &str| {
            let headers = HeaderMap::from_iter([(header::RANGE, HeaderValue::from_str(text).unwrap())]);
            asked(&headers, 100, &tag)
        };
        for (text, expected) in [
            ("bytes=0-9", Asked::Part(0, 10)),
            ("bytes=90-", Asked::Part(90, 100)),
            ("bytes=-5", Asked::Part(95, 100)),
            ("bytes=-500", Asked::Part(0, 100)),
            ("bytes=50-500", Asked::Part(50, 100)),
            ("bytes=100-", Asked::Beyond),
            ("bytes=9-0", Asked::Whole),
            ("bytes=a-b", Asked::Whole),
            ("bytes=-", Asked::Whole),
            ("bytes=-0", Asked::Whole),
            ("bytes=0-1,5-6", Asked::Whole),
            ("lines=0-1", Asked::Whole),
        ] {
            assert_eq!(ask(text), expected, "{text}");
        }
        let changed = HeaderMap::from_iter([
            (header::RANGE, HeaderValue::from_static("bytes=0-9")),
            (header::IF_RANGE, HeaderValue::from_static("\"b\"")),
        ]);
        assert_eq!(asked(&changed, 100, &tag), Asked::Whole);
    }
}
