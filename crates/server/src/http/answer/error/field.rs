//! What is wrong with one field of a request.

use serde::Serialize;
use utoipa::ToSchema;

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::http) struct FieldError {
    /// The name of the field: `scopes[0]` for an element of a list, `device.name` for a field inside another field.
    #[schema(example = "displayName")]
    pub field: String,
    /// One of `required`, `invalid`, `wrong_type`, `unknown_field`, `duplicate_field`, `too_short`, `too_long`,
    /// `out_of_range`, `too_many`, `unsupported`, `not_found`, `not_allowed`, `conflict`, `read_only`.
    #[schema(example = "required")]
    pub code: &'static str,
    /// A sentence for people.
    #[schema(example = "must be given")]
    pub message: String,
}
