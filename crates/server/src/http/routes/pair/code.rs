//! `POST /api/v1/pairing/code`: switches the page to a pairing code, for a person who opens the page on the phone
//! itself and cannot scan.

use axum::extract::State;
use linekeeper_model::audit::Action;
use linekeeper_model::phone::PhoneNumber;
use linekeeper_model::secret::Secret;

use super::shown::Shown;
use super::{PageEnded, visit};
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::document::Refusals;
use crate::http::request::body::Json;
use crate::http::request::client_address::ClientAddress;
use crate::http::request::declare::body;
use crate::http::request::origin::CalledFrom;
use crate::http::state::Shared;

body! {
    /// The session that `/api/v1/pairing/open` returned, and the number of the phone to link.
    pub(in crate::http) struct Body as "PairingPageCode" {
        /// The `session` from the answer to `/api/v1/pairing/open`.
        #[example("0Xb2n4Yx7kqJm3Rr9vTt5uWw1zAaBbCcDdEeFfGgHhI")]
        session: Secret<String>,
        /// The phone's number, in E.164.
        #[example("+15551234567")]
        phone_number: PhoneNumber,
    }
}

/// Ask for a code on the pairing page
///
/// Switches the pairing to a code that a person types on the phone. The server waits up to 10 s until WhatsApp
/// gives the code.
#[utoipa::path(
    post, path = "/api/v1/pairing/code", tag = "pairing", operation_id = "pairingPageCode",
    request_body = Body,
    responses(
        (status = 200, description = "What the page shows now.", body = Shown),
        Refusals<(
            PageEnded, AlreadyConnected, PairingRejected, PasskeyAsked, TooManyAttempts, TooManyPairings,
            CodeNotReady,
        )>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    from: ClientAddress,
    origin: CalledFrom,
    Json(body): Json<Body>,
) -> Result<axum::Json<Shown>, ApiError> {
    let visit = visit(&http, from, &body.session).await?;
    if visit.session.is_done {
        return Err(ApiError::AlreadyConnected);
    }
    let phone = visit.account.number_for_a_code(Some(body.phone_number))?;
    http.pair_sessions.count_code(visit.session.link_id, http.clock.now())?;
    let entry = visit.asked(&origin, Action::PairingPageCodeRequested);
    http.accounts.ask_for_code(visit.account.clone(), phone, entry).await?;
    Shown::of(&http, visit).map(axum::Json)
}
