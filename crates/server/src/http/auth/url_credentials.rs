//! Refuses credentials in a URL, because proxies and logs would store them, and explains this to the caller.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::answer::error::ApiError;

/// The names of parameters in which people try to send credentials. They are compared without case, `-` and `_`.
const NAMES: [&str; 5] = ["apikey", "token", "accesstoken", "authorization", "xapikey"];

/// A layer around all routes, because no route accepts a credential as a parameter.
pub(in crate::http) async fn refuse(request: Request, next: Next) -> Response {
    match found(request.uri().query().unwrap_or_default()) {
        Some(parameter) => ApiError::CredentialInUrl { parameter }.into_response(),
        None => next.run(request).await,
    }
}

fn found(query: &str) -> Option<String> {
    url::form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name).find_map(|name| {
        let plain: String = name.chars().filter(|c| !matches!(c, '-' | '_')).collect();
        NAMES.contains(&plain.to_ascii_lowercase().as_str()).then(|| name.into_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::found;

    #[test]
    fn credentials_in_a_url_are_found_by_name() {
        for query in ["apiKey=x", "a=b&access_token=x", "X-Api-Key=", "api%4bey=1", "TOKEN"] {
            assert!(found(query).is_some(), "{query}");
        }
        for query in ["", "q=token", "limit=5&tokens=1"] {
            assert_eq!(found(query), None, "{query}");
        }
    }
}
