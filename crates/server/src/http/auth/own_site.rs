//! Requests that a browser sends with the server's cookie must come from the server's own pages. `SameSite=Strict`
//! alone is not enough: pages of other hosts on the same site can still send requests with the cookie, and old
//! browsers ignore the attribute. <https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site>

use axum::extract::FromRequestParts;
use axum::http::header::{HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use url::Url;

use crate::http::answer::error::ApiError;
use crate::http::state::Shared;

/// A request from a page of this server, or from no page.
pub(in crate::http) struct OwnSite;

impl FromRequestParts<Shared> for OwnSite {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, http: &Shared) -> Result<Self, ApiError> {
        let own = is_own(&parts.headers, &parts.uri, http.config.public_url.as_ref());
        if own { Ok(Self) } else { Err(ApiError::CrossSite) }
    }
}

fn is_own(headers: &HeaderMap, uri: &Uri, public_url: Option<&Url>) -> bool {
    let mut origins = headers.get_all(ORIGIN).iter().map(|value| value.to_str().unwrap_or("null"));
    let origin = origins.next();
    if origins.next().is_some() {
        return false;
    }
    if let (Some(origin), Some(url)) = (origin, public_url)
        && url.origin().ascii_serialization() == origin
    {
        return true;
    }
    let mut sites = headers.get_all("sec-fetch-site").iter();
    match (sites.next(), sites.next()) {
        // A browser sends `none` if the user typed the address.
        (Some(site), None) => site == "same-origin" || site == "none",
        (Some(_), Some(_)) => false,
        // Browsers send an origin with every POST, but other programs do not.
        (None, _) => origin.is_none_or(|origin| names(origin, host(headers, uri))),
    }
}

/// Whether `origin` is the origin of a page on `host`.
fn names(origin: &str, host: Option<&str>) -> bool {
    let Some((_, authority)) = origin.split_once("://") else { return false };
    host.is_some_and(|host| authority.eq_ignore_ascii_case(host))
}

fn host<'r>(headers: &'r HeaderMap, uri: &'r Uri) -> Option<&'r str> {
    match headers.get(HOST) {
        Some(host) => host.to_str().ok(),
        None => uri.authority().map(|authority| authority.as_str()),
    }
}
