//! `GET /api/v1/api-keys`: the workspace's keys, in the order of their creation.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::key_json::ApiKeyJson;
use crate::http::auth::{ManageKeys, Permitted};
use crate::http::cursor::Cursor;
use crate::http::error::ApiError;
use crate::http::fields::{Fault, Fields, FromFields, parsed, text};
use crate::http::query::Query;
use crate::http::state::Shared;

/// Keys on a page unless the caller says otherwise.
const DEFAULT_LIMIT: u32 = 50;
/// Most keys on a page.
const MOST: u32 = 200;

/// Which page.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Page {
    /// Keys on a page.
    #[param(required = false, minimum = 1, maximum = 200, example = 50)]
    limit: u32,
    /// `nextCursor` of the page before.
    #[param(required = false, value_type = String, pattern = "^[A-Za-z0-9_-]{21}[AQgw]$")]
    cursor: Option<Cursor>,
}

impl FromFields for Page {
    fn read(fields: &mut Fields) -> Option<Self> {
        let limit = fields.optional("limit", |value| match text(value)?.parse() {
            Ok(limit) if (1..=MOST).contains(&limit) => Ok(limit),
            _ => Err(Fault::new("out_of_range", "must be a whole number from 1 to 200")),
        });
        let cursor = fields.optional("cursor", parsed);
        Some(Self { limit: limit?.unwrap_or(DEFAULT_LIMIT), cursor: cursor? })
    }
}

/// A page of keys.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApiKeyPage)]
pub(in crate::http) struct Keys {
    data: Vec<ApiKeyJson>,
    /// Ask for the next page with `cursor` set to this. Null on the last page.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// List API keys
///
/// All keys of the workspace, whoever made them, without the keys themselves. A key that lists accounts sees only keys that
/// list none but those.
#[utoipa::path(
    get, path = "/api/v1/api-keys", tag = "api-keys", operation_id = "listApiKeys",
    security(("bearer" = ["keys:manage"]), ("apiKey" = ["keys:manage"])),
    params(Page),
    responses((status = 200, description = "A page of keys.", body = Keys)),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageKeys>,
    Query(page): Query<Page>,
) -> Result<Json<Keys>, ApiError> {
    let after = page.cursor.map(|cursor| cursor.0.into());
    // One more than asked for tells whether another page follows.
    let mut found = http.storage.read().await?.api_keys().list(caller.reach(), after, page.limit + 1).await?;
    let more = found.len() > page.limit as usize;
    found.truncate(page.limit as usize);
    let next_cursor = found.last().filter(|_| more).map(|key| Cursor(key.id.as_uuid()).text());
    Ok(Json(Keys { data: found.into_iter().map(Into::into).collect(), next_cursor }))
}
