//! All refusals of the API: `refusals` declares each once. `causes` converts domain errors with an explicit `From`,
//! and `problem` writes the answer.

mod causes;
mod declare;
mod field;
mod refusals;

use axum::response::{IntoResponse, Response};

pub(in crate::http) use declare::{DeclaredRefusal, Refusal};
pub(in crate::http) use field::FieldError;
pub(in crate::http) use refusals::{ApiError, named};

impl ApiError {
    /// The fields that the refusal is about.
    pub fn fields(&self) -> &[FieldError] {
        match self {
            Self::Validation(errors) => errors,
            _ => &[],
        }
    }

    /// Returns a refusal because of one field. Use it for a rule that is checked after all fields were read.
    pub fn field(field: &str, code: &'static str, message: &str) -> Self {
        Self::Validation(vec![FieldError { field: field.to_owned(), code, message: message.to_owned() }])
    }

    /// Returns a refusal because a required field is missing. Use it for a rule that is checked after all fields were
    /// read.
    pub fn required(field: &str) -> Self {
        Self::field(field, "required", "must be given")
    }

    /// Logs the cause and hides it from the caller.
    pub fn internal(cause: &dyn std::error::Error) -> Self {
        tracing::error!(error = %Chain(cause), "a request failed");
        Self::Internal
    }
}

/// An error with all its sources, for the log.
struct Chain<'a>(&'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

/// Sets only the status. The envelope adds the body, which needs the request's id.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
