//! `POST /api/v1/pairing/new-window`: starts another two minutes in which a QR code can be scanned.

use axum::extract::State;
use linekeeper_model::audit::Action;
use linekeeper_model::pairing::Method;

use super::shown::Shown;
use super::state::Body;
use super::{PageEnded, visit};
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::document::Refusals;
use crate::http::request::body::Json;
use crate::http::request::client_address::ClientAddress;
use crate::http::request::origin::CalledFrom;
use crate::http::state::Shared;

/// Ask for new QR codes on the pairing page
///
/// Starts a new pairing with QR codes, which can be scanned for two minutes. Send this request after the previous
/// pairing has ended, or shortly before. You can repeat the request until the pairing link expires.
#[utoipa::path(
    post, path = "/api/v1/pairing/new-window", tag = "pairing", operation_id = "newPairingWindow",
    request_body = Body,
    responses(
        (status = 200, description = "What the page shows now.", body = Shown),
        Refusals<(PageEnded, AlreadyConnected, TooManyPairings, TooManyAttempts)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    from: ClientAddress,
    origin: CalledFrom,
    Json(body): Json<Body>,
) -> Result<axum::Json<Shown>, ApiError> {
    let mut visit = visit(&http, from, &body.session).await?;
    if visit.session.is_done || !visit.account.needs_phone() {
        return Err(ApiError::AlreadyConnected);
    }
    http.pair_sessions.count_window(visit.session.link_id, http.clock.now())?;
    let entry = visit.asked(&origin, Action::PairingWindowRequested);
    visit.account = http.accounts.link(visit.account.id, Method::Qr, entry).await?;
    Shown::of(&http, visit).map(axum::Json)
}
