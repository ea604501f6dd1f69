//! `POST /api/v1/webhooks/{webhookId}/rotate-secret`: makes a new secret for a webhook. The secret is shown only
//! in this answer.

use std::time::Duration;

use axum::extract::State;
use jiff::Timestamp;
use linekeeper_model::audit::Action;
use linekeeper_model::webhook::WebhookSecret;
use serde::Serialize;
use utoipa::ToSchema;

use super::of_workspace;
use crate::delivery::webhooks::secret_text;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{ManageWebhooks, Permitted};
use crate::http::document::Refusals;
use crate::http::request::body::OptionalJson;
use crate::http::request::declare::body;
use crate::http::request::path::WebhookPath;
use crate::http::request::value::Within;
use crate::http::state::Shared;

/// The default number of hours in which both secrets sign.
const DEFAULT_OVERLAP: u32 = 24;
/// The maximum overlap: a week.
const LONGEST_OVERLAP: u32 = 168;

body! {
    /// How long the previous secret also signs.
    pub(in crate::http) struct Body as "SecretRotation" {
        /// The number of hours in which both secrets sign, from 0 to 168. The default is 24. With 0, the previous
        /// secret stops signing at once.
        #[example(24)]
        overlap_hours: Option<Within<0, LONGEST_OVERLAP>>,
    }
}

/// The new secret of a webhook.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RotatedSecret)]
pub(in crate::http) struct Rotated {
    /// The secret that signs the requests. It is never shown again.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=")]
    secret: String,
    /// The time until which the previous secret also signs requests. Null if it no longer signs.
    #[schema(required = true, value_type = Option<String>, format = DateTime, example = "2026-01-02T12:00:00Z")]
    previous_secret_until: Option<Timestamp>,
}

/// Rotate a webhook's secret
///
/// Makes a new secret. During the overlap, the header `webhook-signature` has one signature with each of the two
/// secrets, so the receiver can change to the new secret at any time. If an earlier rotation is still in its
/// overlap, the oldest secret stops working at once.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{webhookId}/rotate-secret", tag = "webhooks", operation_id = "rotateWebhookSecret",
    security(("bearer" = ["webhooks:manage"]), ("apiKey" = ["webhooks:manage"])),
    params(("webhookId" = uuid::Uuid, Path, description = "The webhook's id.")),
    request_body(content = Body, example = json!({ "overlapHours": 24 })),
    responses(
        (status = 200, description = "The new secret, which is shown only this once.", body = Rotated),
        Refusals<(WebhookNotFound, WebhookUnreadable)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageWebhooks>,
    WebhookPath(id): WebhookPath,
    OptionalJson(body): OptionalJson<Body>,
) -> Result<axum::Json<Rotated>, ApiError> {
    let hours = body.overlap_hours.map_or(DEFAULT_OVERLAP, |hours| hours.0);
    let until = http.clock.now() + Duration::from_secs(u64::from(hours) * 60 * 60);
    let mut tx = http.storage.begin().await?;
    let mut endpoint = of_workspace(&mut tx, &caller, id).await?;
    let private = endpoint.private.as_mut().ok_or(ApiError::WebhookUnreadable)?;
    let fresh = WebhookSecret::generate(&mut rand::rng());
    let before = std::mem::replace(&mut private.secret, fresh.clone());
    private.previous_secret = (hours > 0).then_some((before, until));
    tx.webhooks().update(&endpoint).await?;
    let entry = caller.did(Action::WebhookSecretRotated).on(id).with("overlapHours", hours);
    tx.audit().append(&entry).await?;
    tx.commit().await?;
    http.webhooks.changed();
    Ok(axum::Json(Rotated {
        secret: secret_text(&fresh).expose().clone(),
        previous_secret_until: (hours > 0).then_some(until),
    }))
}
