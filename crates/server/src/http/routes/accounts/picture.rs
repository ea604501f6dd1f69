//! `GET /api/v1/whatsapp/accounts/{accountId}/picture`: the profile picture of the account, unchanged.

use axum::extract::State;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::reach;
use crate::http::answer::entity_tag;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, Read};
use crate::http::document::Refusals;
use crate::http::request::path::AccountPath;
use crate::http::state::Shared;

/// A rule for browsers that open the picture as a page. Even if the bytes are not a picture, browsers run nothing in
/// them.
const SANDBOX: (HeaderName, &str) =
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'");

/// The address changes when the picture changes, so browsers may cache the picture. Shared caches must not store it,
/// because the request needed a credential.
const CACHING: (HeaderName, &str) = (header::CACHE_CONTROL, "private, max-age=3600");

/// Picture of an account
///
/// Returns the profile picture as it was last fetched. The account's field `profilePicture` has the URL path of this
/// request. It ends with the picture's id, as in `?v=..`, so browsers fetch the picture again when it changes. The
/// request always returns the current picture, whatever `v` is.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/accounts/{accountId}/picture", tag = "whatsapp", operation_id = "accountPicture",
    security(("bearer" = ["whatsapp:read"]), ("apiKey" = ["whatsapp:read"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    responses(
        (status = 200, description = "The picture.", content(
            (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp")),
         headers(("ETag" = String, description = "The picture's id."))),
        (status = 304, description = "You already have the picture: `If-None-Match` names its `ETag`."),
        Refusals<(PictureNotFound, AccountNotFound)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Read>,
    AccountPath(id): AccountPath,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    reach::account(&http, &caller, id).await?;
    let picture = http.storage.read().await?.pictures().get(id).await?.ok_or(ApiError::PictureNotFound)?;
    let tag = tag_of(&picture.picture_id);
    if entity_tag::is_known(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)], [CACHING]).into_response());
    }
    let kind = HeaderValue::from_static(image_type(&picture.media_type));
    let described = [(header::ETAG, tag), (header::CONTENT_TYPE, kind)];
    Ok((described, [CACHING, SANDBOX], picture.bytes).into_response())
}

/// The media type to serve. A stored file that browsers do not show as an image is served as plain bytes.
fn image_type(stored: &str) -> &'static str {
    const DRAWN: [&str; 4] = ["image/jpeg", "image/png", "image/webp", "image/gif"];
    DRAWN.into_iter().find(|kind| *kind == stored).unwrap_or("application/octet-stream")
}

/// Turns the id of a picture into an `ETag`. WhatsApp gives pictures ids of digits. If an id contains other characters,
/// such as quotes, they are left out, because they could break the header.
fn tag_of(picture: &str) -> HeaderValue {
    let plain: String =
        picture.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    HeaderValue::from_str(&format!("\"{plain}\"")).expect("letters, digits and quotes are header text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picture_tags_contain_only_letters_and_digits() {
        assert_eq!(tag_of("17\"12\r\n"), "\"1712\"");
    }

    #[test]
    fn only_image_types_are_served_as_images() {
        assert_eq!(image_type("image/png"), "image/png");
        assert_eq!(image_type("text/html"), "application/octet-stream");
        assert_eq!(image_type("image/svg+xml"), "application/octet-stream");
    }
}
