//! `POST /api/v1/pairing/state`: what the page shows now.

use axum::extract::State;
use linekeeper_model::secret::Secret;
use utoipa::ToSchema;

use super::shown::Shown;
use super::{secret, visit};
use crate::http::answer::error::ApiError;
use crate::http::request::body::Json;
use crate::http::request::client_address::ClientAddress;
use crate::http::request::fields::{Fields, FromFields};
use crate::http::state::Shared;

/// Who asks.
#[derive(ToSchema)]
#[schema(as = PairingSession)]
pub(in crate::http) struct Body {
    /// From opening the link.
    #[schema(value_type = String, example = "0Xb2n4Yx7kqJm3Rr9vTt5uWw1zAaBbCcDdEeFfGgHhI")]
    pub(super) session: Secret<String>,
}

impl FromFields for Body {
    fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self { session: fields.required("session", secret)? })
    }
}

/// Look at a pairing
///
/// What the page behind a pairing link shows. Ask again every second or two, until `done`.
#[utoipa::path(
    post, path = "/api/v1/pairing/state", tag = "pairing", operation_id = "pairingState",
    request_body = Body,
    responses(
        (status = 200, description = "What is shown.", body = Shown),
        (status = 404, description = "`pairing_link_invalid`: the link has expired or was taken back, or the server was restarted."),
        (status = 429, description = "`too_many_attempts`: wait as long as `Retry-After` says."),
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
