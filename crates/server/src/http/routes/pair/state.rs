//! `POST /api/v1/pairing/state`: returns what the page behind a pairing link shows now.

use axum::extract::State;
use linekeeper_model::secret::Secret;

use super::shown::Shown;
use super::{PageEnded, visit};
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::document::Refusals;
use crate::http::request::body::Json;
use crate::http::request::client_address::ClientAddress;
use crate::http::request::declare::body;
use crate::http::state::Shared;

body! {
    /// The session that `/api/v1/pairing/open` returned to the pairing page.
    pub(in crate::http) struct Body as "PairingSession" {
        /// The `session` from the answer to `/api/v1/pairing/open`.
        #[example("0Xb2n4Yx7kqJm3Rr9vTt5uWw1zAaBbCcDdEeFfGgHhI")]
        pub(super) session: Secret<String>,
    }
}

/// Look at a pairing
///
/// Returns what the page behind a pairing link shows. Send this request every second or two, until `done` is true.
#[utoipa::path(
    post, path = "/api/v1/pairing/state", tag = "pairing", operation_id = "pairingState",
    request_body = Body,
    responses(
        (status = 200, description = "What the page shows now.", body = Shown),
        Refusals<(PageEnded, TooManyAttempts)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    from: ClientAddress,
    Json(body): Json<Body>,
) -> Result<axum::Json<Shown>, ApiError> {
    let visit = visit(&http, from, &body.session).await?;
    Shown::of(&http, visit).map(axum::Json)
}
