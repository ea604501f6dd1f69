//! Reads JSON requests and writes refusals. A refusal names the invalid field.

use crate::control::ControlError;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::json;

/// A JSON body. The content type is ignored, because `curl -d` sends the wrong one by default. An empty body means
/// `{}`.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|e| Problem::new(e.status(), "unreadable_body", e.body_text()))?;
        let bytes = if bytes.is_empty() { Bytes::from_static(b"{}") } else { bytes };
        // The text of Axum's error contains the path of the invalid field.
        let Json(value) = Json::from_bytes(&bytes)
            .map_err(|e| Problem::new(StatusCode::BAD_REQUEST, "invalid_field", e.body_text()))?;
        Ok(Self(value))
    }
}

/// A refusal: `{"error": {"code", "message"}}`.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// A refusal because a part of the path or the query is invalid.
    pub fn field(field: &str, reason: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_field", format!("{field}: {reason}"))
    }
}

impl From<ControlError> for Problem {
    fn from(error: ControlError) -> Self {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::new(status, error.code(), error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({ "error": { "code": self.code, "message": self.message } });
        (self.status, Json(body)).into_response()
    }
}
