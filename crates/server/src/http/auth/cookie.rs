//! The cookie with a refresh token. Scripts cannot read the cookie, and browsers do not send it with requests of
//! other sites.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};

use crate::credentials::token::RefreshToken;

const NAME: &str = "lk_refresh";
/// Browsers send the cookie only to these routes.
const PATH: &str = "/api/v1/auth";

/// The cookie to set for `token`.
pub(in crate::http) fn holding(token: &RefreshToken, lifetime: Duration, https: bool) -> HeaderValue {
    header_value(token.text().expose(), lifetime.as_secs(), https)
}

/// The cookie that removes the refresh token from the browser.
pub(in crate::http) fn removing(https: bool) -> HeaderValue {
    header_value("", 0, https)
}

fn header_value(content: &str, seconds: u64, https: bool) -> HeaderValue {
    let secure = if https { "; Secure" } else { "" };
    let text = format!("{NAME}={content}; Path={PATH}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    let mut value = HeaderValue::from_str(&text).expect("base64url and attributes are header text");
    value.set_sensitive(true);
    value
}

/// Returns the refresh token in the request's cookies, or `None` if there is no cookie with the format of a refresh
/// token.
pub(in crate::http) fn read(headers: &HeaderMap) -> Option<RefreshToken> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == NAME).then(|| value.parse().ok()).flatten())
}
