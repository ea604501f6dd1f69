//! `If-None-Match` (RFC 9110, 13.1.2): whether the caller already has what the server would send.

use axum::http::header::IF_NONE_MATCH;
use axum::http::{HeaderMap, HeaderValue};

/// Whether the request's headers name `tag`. A weak tag counts like a strong one.
pub(in crate::http) fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    headers.get_all(IF_NONE_MATCH).iter().any(|sent| names(sent, tag))
}

fn names(sent: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(sent), Ok(tag)) = (sent.to_str(), tag.to_str()) else { return false };
    let strong = |tag: &str| tag.trim_start_matches("W/").to_owned();
    sent.split(',').map(str::trim).any(|one| one == "*" || strong(one) == strong(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_tag_is_found_in_the_if_none_match_header() {
        for (sent, found) in [
            ("\"1712\"", true),
            ("W/\"1712\"", true),
            ("\"1\", \"1712\"", true),
            ("*", true),
            ("\"171\"", false),
        ] {
            let headers = HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(sent))]);
            assert_eq!(is_known(&headers, &HeaderValue::from_static("\"1712\"")), found, "{sent}");
            assert_eq!(is_known(&headers, &HeaderValue::from_static("W/\"1712\"")), found, "{sent}");
        }
    }
}
