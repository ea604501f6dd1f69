//! Ids in paths.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use linekeeper_model::id::AccountId;

use super::error::ApiError;

/// The account that a path names; whether it exists, and for whom, is another question.
pub(super) struct AccountPath(pub AccountId);

impl<S: Send + Sync> FromRequestParts<S> for AccountPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        // Rejected too where the percent-encoded bytes are not UTF-8.
        let text = Path::<String>::from_request_parts(parts, state).await.map_err(|_| ApiError::InvalidId)?;
        text.parse().map(Self).map_err(|_| ApiError::InvalidId)
    }
}
