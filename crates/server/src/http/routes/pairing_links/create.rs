//! `POST /api/v1/whatsapp/accounts/{accountId}/pairing-links`: makes a pairing link. The link is shown only in
//! this answer.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use linekeeper_model::audit::Action;
use linekeeper_model::id::PairingLinkId;
use linekeeper_storage::{LinkHash, PairingLink};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::credentials::random;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Caller, Connect, Permitted};
use crate::http::document::Refusals;
use crate::http::request::body::OptionalJson;
use crate::http::request::declare::body;
use crate::http::request::path::AccountPath;
use crate::http::request::value::Within;
use crate::http::routes::accounts::reach;
use crate::http::routes::pair;
use crate::http::state::{Http, Shared};

/// The default time for which a link works.
const DEFAULT_MINUTES: u32 = 30;
/// The maximum time for which a link works: a day.
const MOST_MINUTES: u32 = 24 * 60;

body! {
    /// How long the pairing link works.
    pub(in crate::http) struct Body as "NewPairingLink" {
        /// The number of minutes until the link expires, from 1 to 1440. The default is 30. A link never works longer
        /// than the API key that made it.
        #[example(30)]
        expires_in_minutes: Option<Within<1, MOST_MINUTES>>,
    }
}

/// The created pairing link, with its secret.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreatedPairingLink)]
pub(in crate::http) struct Created {
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    id: Uuid,
    /// The link itself. It is never shown again.
    #[schema(example = "https://line.example.org/pair#mY3nq0Vb5sT8wX1zC4dF7gJ2kL6pR9uA0eH5iO8yB3M")]
    url: String,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:30:00Z")]
    expires_at: Timestamp,
}

/// Make a pairing link
///
/// Creates a link for the person who has the phone. The person needs no sign-in on this server. The page behind
/// the link shows the name of this account and its QR code or pairing code, and nothing else. The link can be
/// opened once. Its secret is in the part after `#`, which browsers do not send to servers. The server deletes
/// links that have expired.
#[utoipa::path(
    post, path = "/api/v1/whatsapp/accounts/{accountId}/pairing-links", tag = "whatsapp",
    operation_id = "createPairingLink",
    security(("bearer" = ["whatsapp:connect"]), ("apiKey" = ["whatsapp:connect"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    request_body(content = Body, example = json!({ "expiresInMinutes": 30 })),
    responses(
        (status = 201, description = "The link. It is shown only this once.", body = Created),
        Refusals<AccountNotFound>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Connect>,
    AccountPath(account_id): AccountPath,
    OptionalJson(body): OptionalJson<Body>,
) -> Result<(StatusCode, axum::Json<Created>), ApiError> {
    reach::account(&http, &caller, account_id).await?;
    let expires_at = end(&http, &caller, body.expires_in_minutes.map(|given| given.0))?;
    let now = http.clock.now();
    let (id, token) = {
        let mut rng = rand::rng();
        (PairingLinkId::generate(now, &mut rng), random::secret_text(&mut rng))
    };
    let link = PairingLink {
        id,
        workspace_id: caller.workspace_id,
        account_id,
        created_by: caller.user_id,
        made_with: caller.key.as_ref().map(|key| key.id),
        token: LinkHash(random::hash(token.expose())),
        created_at: now,
        expires_at,
        opened_at: None,
        revoked_at: None,
    };
    let mut tx = http.storage.begin().await?;
    tx.pairing_links().delete_expired().await?;
    tx.pairing_links().insert(&link).await?;
    let entry = caller.did(Action::PairingLinkCreated).on(id).with("accountId", account_id);
    tx.audit().append(&entry).await?;
    tx.commit().await?;
    let url = pair::address(&http.base_url, &token).expose().clone();
    Ok((StatusCode::CREATED, axum::Json(Created { id: id.as_uuid(), url, expires_at: link.expires_at })))
}

/// When the link stops working: never later than the API key that makes it.
fn end(http: &Http, caller: &Caller, minutes: Option<u32>) -> Result<Timestamp, ApiError> {
    let wanted = http.clock.now() + Duration::from_secs(60) * minutes.unwrap_or(DEFAULT_MINUTES);
    match caller.key.as_ref().and_then(|key| key.expires_at) {
        Some(latest) if latest < wanted && minutes.is_some() => {
            let rule = "must not be later than the end of the key that you use";
            Err(ApiError::field("expiresInMinutes", "out_of_range", rule))
        }
        Some(latest) => Ok(wanted.min(latest)),
        None => Ok(wanted),
    }
}
