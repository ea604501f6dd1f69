//! `POST /api/v1/whatsapp/accounts/{accountId}/media/{mediaId}/link`: makes a short-lived link to one file.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::file;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, ReadMessages};
use crate::http::document::Refusals;
use crate::http::request::body::OptionalJson;
use crate::http::request::declare::body;
use crate::http::request::path::MediaPath;
use crate::http::request::value::Within;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;

/// The default time for which a link works.
const DEFAULT_SECONDS: u32 = 300;

body! {
    /// How long the link works.
    pub(in crate::http) struct Body as "NewMediaLink" {
        /// The number of seconds until the link expires, from 15 to 3600. The default is 300. A link never works
        /// longer than the API key that made it.
        #[example(300)]
        seconds: Option<Within<15, 3_600>>,
    }
}

/// A link to one file.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MediaLink)]
pub(in crate::http) struct Made {
    /// The link. Anybody who has it can see the file.
    url: String,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:05:00Z")]
    expires_at: Timestamp,
}

/// Make a link to a file
///
/// Makes a link that needs no credential. Use it where a browser fetches the file by itself, such as in an `<img>`
/// element. The link gives access to this one file. You cannot take a link back, so choose a short time.
#[utoipa::path(
    post, path = "/api/v1/whatsapp/accounts/{accountId}/media/{mediaId}/link", tag = "messages",
    operation_id = "linkMedia",
    security(("bearer" = ["messages:read"]), ("apiKey" = ["messages:read"])),
    params(
        ("accountId" = uuid::Uuid, Path, description = "The account's id."),
        ("mediaId" = uuid::Uuid, Path, description = "The file's id."),
    ),
    request_body(content = Body, example = json!({ "seconds": 300 })),
    responses(
        (status = 200, description = "The link.", body = Made),
        Refusals<(AccountNotFound, MediaNotFound)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ReadMessages>,
    MediaPath(account, id): MediaPath,
    OptionalJson(body): OptionalJson<Body>,
) -> Result<Json<Made>, ApiError> {
    reach::account(&http, &caller, account).await?;
    http.messages.media(account, id).await?.ok_or(ApiError::MediaNotFound)?;
    let seconds = body.seconds.map_or(DEFAULT_SECONDS, |given| given.0);
    let wanted = http.clock.now() + Duration::from_secs(seconds.into());
    let latest = caller.key.as_ref().and_then(|key| key.expires_at);
    let until = latest.map_or(wanted, |latest| latest.min(wanted));
    let link = http.messages.link_media(account, id, until).await?.ok_or(ApiError::AccountNotFound)?;
    let expires_at = Timestamp::from_second(link.until).map_err(|error| ApiError::internal(&error))?;
    Ok(Json(Made { url: file::address(&http.base_url, account, id, &link), expires_at }))
}
