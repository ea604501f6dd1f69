//! Query strings, read as strictly as bodies: unknown and repeated parameters are refused.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde_json::Value;

use super::fields::{Fields, FromFields};
use crate::http::answer::error::ApiError;

/// The query read as `T`.
pub(in crate::http) struct Query<T>(pub T);

impl<S: Sync, T: FromFields> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut fields = Fields::default();
        for (name, value) in url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            fields.add(name.into_owned(), Value::String(value.into_owned()));
        }
        fields.into().map(Self)
    }
}
