//! `GET /media/{accountId}/{mediaId}?until=..&signature=..`: a file, for everybody who has a link to it.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use linekeeper_model::id::{AccountId, MediaId};
use url::Url;

use super::served;
use crate::http::answer::error::ApiError;
use crate::http::request::fields::{Fault, Fields, FromFields, text};
use crate::http::request::path::MediaPath;
use crate::http::request::query::Query;
use crate::http::state::Shared;
use crate::messages::MediaLink;

/// The signature and the end time in a link.
pub(in crate::http) struct Proof(MediaLink);

impl FromFields for Proof {
    fn read(fields: &mut Fields) -> Option<Self> {
        let until = fields.required("until", |value| {
            text(value)?.parse().map_err(|_| Fault::new("invalid", "must be the link's own"))
        });
        let signature = fields.required("signature", text);
        Some(Self(MediaLink { until: until?, signature: signature? }))
    }
}

/// Returns the complete URL of the link.
pub(super) fn address(base: &Url, account: AccountId, id: MediaId, link: &MediaLink) -> String {
    let base = base.as_str().trim_end_matches('/');
    format!("{base}/media/{account}/{id}?until={}&signature={}", link.until, link.signature)
}

/// Serves the file if the link works. If it does not, the answer reveals nothing about the file, not even whether
/// the file exists.
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    MediaPath(account, id): MediaPath,
    Query(Proof(link)): Query<Proof>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if !http.messages.admits(account, id, &link).await? {
        return Err(ApiError::MediaLinkInvalid);
    }
    let row = http.messages.media(account, id).await?.ok_or(ApiError::MediaLinkInvalid)?;
    served::answer(&http, account, &row, &headers).await
}
