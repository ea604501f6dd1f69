//! Every way in which the API refuses: `refusals` declares each once. Domain errors become one of them by an explicit
//! `From` in `causes`; `problem` writes them out.

mod causes;
mod field;
mod refusals;

use axum::response::{IntoResponse, Response};

pub(in crate::http) use field::FieldError;
pub(in crate::http) use refusals::ApiError;

impl ApiError {
    /// The fields that the refusal is about.
    pub fn fields(&self) -> &[FieldError] {
        match self {
            Self::Validation(errors) => errors,
            _ => &[],
        }
    }

    /// One field that is not acceptable, found after all were read.
    pub fn field(field: &str, code: &'static str, message: &str) -> Self {
        Self::Validation(vec![FieldError { field: field.to_owned(), code, message: message.to_owned() }])
    }

    /// A field that must be given, found after all were read.
    pub fn required(field: &str) -> Self {
        Self::field(field, "required", "must be given")
    }

    /// Logs what happened and tells the caller nothing of it.
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

/// The status alone; the envelope adds the body, which needs the request's id.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
