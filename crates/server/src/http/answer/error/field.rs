//! What is wrong with one field of a request.

use serde::Serialize;
use utoipa::ToSchema;

/// One error in a field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::http) struct FieldError {
    /// The name of the field: `scopes[0]` for an element of a list, `device.name` for a field inside another field.
    #[schema(example = "displayName")]
    pub field: String,
    /// What is wrong with the field: `required`, `invalid`, `wrong_type`, `unknown_field`, `duplicate_field`,
    /// `too_short`, `too_long`, `out_of_range`, `too_many`, `unsupported`, `not_found`, `not_allowed`, `conflict` or
    /// `read_only`.
    #[schema(example = "required")]
    pub code: &'static str,
    /// A sentence that tells people what is wrong with the field.
    #[schema(example = "must be given")]
    pub message: String,
}
