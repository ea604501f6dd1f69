//! `GET /api/v1/whatsapp/qr-code/{accountId}`: the QR code to scan now, as JSON, PNG or SVG.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use linekeeper_model::access::Permission;
use linekeeper_model::pairing::QrCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::{qr_image, reach};
use crate::accounts::Pairing;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Connect, Permitted};
use crate::http::document::Refusals;
use crate::http::request::accept;
use crate::http::request::path::AccountPath;
use crate::http::state::Shared;

/// How long to wait for the first code: WhatsApp usually sends one within a second.
const PATIENCE: Duration = Duration::from_secs(10);

const PNG: &str = "image/png";
const SVG: &str = "image/svg+xml";
const OFFERED: &[&str] = &["application/json", PNG, SVG];

/// The QR code to scan now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = QrCode)]
pub(in crate::http) struct QrCodeJson {
    /// The text to encode as a QR code.
    #[schema(example = "2@k3vB…,tUqx…,c9Gw…,AAEC…")]
    qr_code: String,
    /// When this pairing ends, two minutes after it began. Until then, the QR codes of this pairing can be scanned.
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:02:00Z")]
    qr_code_expiry: Timestamp,
    /// When the next QR code replaces this QR code. Request the QR code again at that time.
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:01:00Z")]
    refresh_at: Timestamp,
}

/// QR code of an account
///
/// Returns the newest QR code, and waits up to 10 s for the first one. `Accept` chooses between JSON, PNG and SVG.
/// Anybody who has the code can link the account, so the request needs `whatsapp:connect`.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/qr-code/{accountId}", tag = "whatsapp", operation_id = "qrCode",
    security(("bearer" = ["whatsapp:connect"]), ("apiKey" = ["whatsapp:connect"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    responses(
        (status = 200, description = "The code.", content(
            (QrCodeJson = "application/json"), (Vec<u8> = "image/png"), (String = "image/svg+xml"))),
        Refusals<(QrExpired, AccountNotFound, NotAcceptable, QrNotNeeded, QrNotRequested, PasskeyAsked, QrNotReady)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Connect>,
    AccountPath(id): AccountPath,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let media = accept::choose(accepted, OFFERED).ok_or(ApiError::NotAcceptable { offered: OFFERED })?;
    reach::account(&http, &caller, id).await?;
    let pairing = http.accounts.first_code(id, PATIENCE).await?;
    // The caller may have lost rights during the wait.
    reach::still(&http, &caller, Permission::WhatsappConnect, id).await?;
    match pairing {
        Pairing::Showing(code) => draw(code, media),
        Pairing::Opening => Err(ApiError::QrNotReady),
        Pairing::ShowingCode(_) => Err(ApiError::QrNotRequested),
        Pairing::Passkey(_) | Pairing::Confirm(_) => Err(ApiError::PasskeyAsked),
        Pairing::Expired => Err(ApiError::QrExpired),
        Pairing::Linking | Pairing::Connected => Err(ApiError::QrNotNeeded),
        Pairing::NotPairing => Err(ApiError::QrNotRequested),
    }
}

fn draw(code: QrCode, media: &'static str) -> Result<Response, ApiError> {
    let drawn = match media {
        PNG => qr_image::png(&code.text),
        SVG => qr_image::svg(&code.text).map(String::into_bytes),
        _ => {
            let body = QrCodeJson {
                qr_code: code.text,
                qr_code_expiry: code.expires_at,
                refresh_at: code.refresh_at,
            };
            return Ok(([(header::VARY, "accept")], axum::Json(body)).into_response());
        }
    };
    let drawn = drawn.map_err(|error| ApiError::internal(&error))?;
    Ok(([(header::CONTENT_TYPE, media), (header::VARY, "accept")], drawn).into_response())
}
