//! Content negotiation (RFC 9110, 12.5.1): which of the media types on offer a caller prefers.

/// Returns the media type of `offered` with the highest weight in the header `Accept`, or the first of several with the
/// same weight. If the header is absent or cannot be read, returns the first media type. Returns `None` if the caller
/// accepts none of them.
pub(in crate::http) fn choose(accept: Option<&str>, offered: &[&'static str]) -> Option<&'static str> {
    let ranges: Vec<Range> = accept.unwrap_or("*/*").split(',').filter_map(Range::read).collect();
    if ranges.is_empty() {
        return offered.first().copied();
    }
    let weighed = offered.iter().map(|media| (*media, weight(media, &ranges)));
    weighed
        .filter(|(_, q)| *q > 0)
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
        .map(|(m, _)| m)
}

/// Returns the weight of `media`: the weight of the most specific range that matches.
fn weight(media: &str, ranges: &[Range]) -> u16 {
    let matching = ranges.iter().filter_map(|range| range.specificity(media).map(|s| (s, range.q)));
    matching.max_by_key(|(specificity, _)| *specificity).map_or(0, |(_, q)| q)
}

struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    /// The weight, in thousandths.
    q: u16,
}

impl<'a> Range<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let q = parts.find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim().eq_ignore_ascii_case("q").then(|| thousandths(value.trim()))
        });
        Some(Self { kind, subtype, q: q.unwrap_or(1_000) })
    }

    fn specificity(&self, media: &str) -> Option<u8> {
        let (kind, subtype) = media.split_once('/')?;
        match (self.kind, self.subtype) {
            ("*", "*") => Some(0),
            (k, "*") if k.eq_ignore_ascii_case(kind) => Some(1),
            (k, s) if k.eq_ignore_ascii_case(kind) && s.eq_ignore_ascii_case(subtype) => Some(2),
            _ => None,
        }
    }
}

/// Reads a weight in thousandths. A weight that cannot be read counts as 0, so that its media type is not chosen.
fn thousandths(text: &str) -> u16 {
    match text.parse::<f32>() {
        Ok(q) if (0.0..=1.0).contains(&q) => (q * 1_000.0).round() as u16,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFERED: [&str; 3] = ["application/json", "image/png", "image/svg+xml"];

    #[test]
    fn the_accept_header_selects_the_media_type_of_the_answer() {
        for (accept, chosen) in [
            (None, Some("application/json")),
            (Some(""), Some("application/json")),
            (Some("*/*"), Some("application/json")),
            (Some("image/*"), Some("image/png")),
            (Some("IMAGE/PNG"), Some("image/png")),
            (Some("image/svg+xml, image/png;q=0.9"), Some("image/svg+xml")),
            (Some("image/png;q=0.2, application/json;q=0.1"), Some("image/png")),
            (Some("image/*, image/png;q=0"), Some("image/svg+xml")),
            (Some("*/*;q=0.1, application/json;q=0"), Some("image/png")),
            (Some("image/avif,image/webp,image/png,image/*;q=0.8,*/*;q=0.5"), Some("image/png")),
            (Some("text/html,application/xhtml+xml,*/*;q=0.8"), Some("application/json")),
            (Some("text/html"), None),
            (Some("image/png;q=rubbish"), None),
        ] {
            assert_eq!(choose(accept, &OFFERED), chosen, "{accept:?}");
        }
    }
}
