//! The files of the built dashboard. The binary of a release contains the files. A debug build reads them from the
//! source tree. If the dashboard was not built, there are no files. Each text file is also stored compressed, and is
//! sent in the form that the caller accepts.

use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::http::request::encoding;

#[derive(RustEmbed)]
#[folder = "../../dashboard/dist/app"]
#[allow_missing = true]
struct Built;

/// The compressed forms, smallest first, with their file extensions.
const PACKED: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// Returns the file with this name, or `None` if there is none or if its type is unknown.
pub(super) fn answer(name: &str, headers: &HeaderMap) -> Option<Response> {
    let kind = [(CONTENT_TYPE, HeaderValue::from_static(media_type(name)?))];
    let vary = [(VARY, HeaderValue::from_static("accept-encoding"))];
    for (coding, end) in PACKED {
        if encoding::takes(headers, coding)
            && let Some(packed) = Built::get(&format!("{name}{end}"))
        {
            let coding = [(CONTENT_ENCODING, HeaderValue::from_static(coding))];
            return Some((kind, vary, coding, packed.data).into_response());
        }
    }
    Some((kind, vary, Built::get(name)?.data).into_response())
}

/// Returns the media type of a file of the dashboard, or `None` for other names. The compressed files are not served
/// under their own names.
fn media_type(name: &str) -> Option<&'static str> {
    if name.contains("..") {
        return None;
    }
    Some(match name.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_dashboard_build_are_found() {
        for name in
            ["assets/nothing.js", "../package.json", "index.html.gz", "assets/../../../Cargo.toml", ""]
        {
            assert!(answer(name, &HeaderMap::new()).is_none(), "{name}");
        }
    }
}
