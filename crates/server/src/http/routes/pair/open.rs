//! `POST /api/v1/pairing/open`: opens a pairing link, once, and begins a pairing.

use axum::extract::State;
use jiff::Timestamp;
use linekeeper_model::audit::Action;
use linekeeper_model::pairing::Method;
use linekeeper_model::secret::Secret;
use linekeeper_storage::{LinkHash, PairingLink};
use serde::Serialize;
use utoipa::ToSchema;

use super::{is_good, is_well_formed};
use crate::accounts::Pairing;
use crate::credentials::random;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::document::Refusals;
use crate::http::request::body::Json;
use crate::http::request::client_address::ClientAddress;
use crate::http::request::declare::body;
use crate::http::request::origin::CalledFrom;
use crate::http::routes::accounts::reach;
use crate::http::state::{Http, Shared};

body! {
    /// The token of the pairing link to open.
    pub(in crate::http) struct Body as "OpenPairing" {
        /// The token: the part of the link after `#`.
        #[example("mY3nq0Vb5sT8wX1zC4dF7gJ2kL6pR9uA0eH5iO8yB3M")]
        token: Secret<String>,
    }
}

/// The session that an opened pairing link gives.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OpenedPairing)]
pub(in crate::http) struct Opened {
    /// The session, which the pairing page sends with each further request. It works until the link expires or the
    /// server restarts.
    #[schema(example = "0Xb2n4Yx7kqJm3Rr9vTt5uWw1zAaBbCcDdEeFfGgHhI")]
    session: String,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:30:00Z")]
    expires_at: Timestamp,
}

/// Open a pairing link
///
/// Exchanges the token of a pairing link for a session. The token works once. The server also starts a pairing,
/// unless one is in progress or the account is already linked. The page `/pair` sends this request; a page of your
/// own can do the same.
#[utoipa::path(
    post, path = "/api/v1/pairing/open", tag = "pairing", operation_id = "openPairing",
    request_body = Body,
    responses(
        (status = 200, description = "The link is opened.", body = Opened),
        Refusals<(PairingLinkInvalid, TooManyAttempts)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    from: ClientAddress,
    origin: CalledFrom,
    Json(body): Json<Body>,
) -> Result<axum::Json<Opened>, ApiError> {
    if http.stopping.is_cancelled() {
        // The session is only in memory, so it would be lost when the server stops. The link could not be opened again.
        return Err(ApiError::ShuttingDown);
    }
    let now = http.clock.now();
    http.pair_sessions.count_guess(from, now)?;
    let link = open(&http, &origin, &body.token).await?.ok_or(ApiError::PairingLinkInvalid)?;
    http.pair_sessions.forgive_guess(from);
    let session = http.pair_sessions.begin(&link, now);
    begin(&http, &link).await?;
    Ok(axum::Json(Opened { session: session.expose().clone(), expires_at: link.expires_at }))
}

/// Opens the link with this token. Returns `None` if the link does not work, or if another request has already opened
/// it.
async fn open(
    http: &Http,
    origin: &CalledFrom,
    token: &Secret<String>,
) -> Result<Option<PairingLink>, ApiError> {
    if !is_well_formed(token) {
        return Ok(None);
    }
    let mut tx = http.storage.begin().await?;
    let found = tx.pairing_links().by_token(&LinkHash(random::hash(token.expose()))).await?;
    let Some(link) = found else { return Ok(None) };
    if !is_good(http, &mut tx, &link).await? {
        return Ok(None);
    }
    let first = tx.pairing_links().open(link.id).await?;
    if first {
        let entry = origin.nobody().did(link.workspace_id, Action::PairingLinkOpened).on(link.id);
        tx.audit().append(&entry.with("accountId", link.account_id)).await?;
    }
    tx.commit().await?;
    Ok(first.then_some(link))
}

/// Begins a pairing with QR codes, unless one is in progress or the account is linked. If the pairing cannot begin, the
/// caller still gets the session, because the link is used up. The page offers to try again.
async fn begin(http: &Http, link: &PairingLink) -> Result<(), ApiError> {
    let Some(account) = reach::by_link(http, link).await? else { return Ok(()) };
    let closed = matches!(
        http.accounts.pairing(account.id),
        Pairing::Expired | Pairing::Connected | Pairing::NotPairing
    );
    if closed
        && account.needs_phone()
        && let Err(error) = http.accounts.begin(account.id, Method::Qr).await
    {
        tracing::info!(account = %account.id, %error, "an opened pairing link could not begin its pairing");
    }
    Ok(())
}
