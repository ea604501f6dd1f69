//! How a refusal is declared: the macro that makes `ApiError` from the list in `refusals`, and what the OpenAPI
//! document needs to know about each refusal.

use axum::http::StatusCode;

/// A refusal, as the OpenAPI document describes it.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Refusal {
    pub status: StatusCode,
    /// The stable code that programs may rely on.
    pub code: &'static str,
    /// A sentence that says when the refusal happens.
    pub meaning: &'static str,
}

impl Refusal {
    /// Returns this refusal with another meaning, which is special to one route.
    pub const fn meaning(self, meaning: &'static str) -> Self {
        Self { meaning, ..self }
    }
}

/// A type that stands for a refusal. The attribute `#[utoipa::path]` takes types, but not values.
pub(in crate::http) trait DeclaredRefusal {
    const REFUSAL: Refusal;
}

/// Declares `ApiError` from entries such as `Name { field: Type = example } = "code" retry wait => "Sentence.", meaning
/// "Sentence.";`, grouped by status. The first sentence is for people. An entry has a `meaning` only if the OpenAPI
/// document needs another sentence.
macro_rules! refusals {
    ($(
        $status:ident {
            $(
                $name:ident
                $(($inside:ident : $inside_type:ty = $inside_example:expr))?
                $({ $($field:ident : $type:ty = $example:expr),+ })?
                = $code:literal $(retry $wait:expr)? => $sentence:expr $(, meaning $meaning:literal)?;
            )+
        }
    )+) => {
        /// The error type of the API: why a request is refused.
        #[derive(Debug, Clone, PartialEq)]
        pub(in crate::http) enum ApiError {
            $($($name $(($inside_type))? $({ $($field: $type),+ })?,)+)+
        }

        /// A type for each refusal. A route lists those that it can answer with.
        pub(in crate::http) mod named {
            $($(pub(in crate::http) struct $name;)+)+
        }

        $($(impl DeclaredRefusal for named::$name {
            const REFUSAL: Refusal = Refusal {
                status: StatusCode::$status,
                code: $code,
                meaning: refusals!(@meaning $sentence $(, $meaning)?),
            };
        })+)+

        impl ApiError {
            /// All refusals, sorted by status.
            pub const DECLARED: &'static [Refusal] = &[$($(<named::$name as DeclaredRefusal>::REFUSAL,)+)+];

            const fn declared(&self) -> Refusal {
                match self {
                    $($(Self::$name { .. } => <named::$name as DeclaredRefusal>::REFUSAL,)+)+
                }
            }

            /// The HTTP status.
            pub const fn status(&self) -> StatusCode {
                self.declared().status
            }

            /// The stable code that programs may rely on.
            pub const fn code(&self) -> &'static str {
                self.declared().code
            }

            /// A sentence for the person who reads the answer.
            pub fn detail(&self) -> String {
                match self {
                    $($(Self::$name $(($inside))? $({ $($field),+ })? => {
                        $(let _ = $inside;)?
                        $($(let _ = $field;)+)?
                        sentence($sentence)
                    })+)+
                }
            }

            /// When to try again, if that is known.
            pub fn retry_after(&self) -> Option<Duration> {
                match self {
                    $($(Self::$name $(($inside))? $({ $($field),+ })? => {
                        $(let _ = $inside;)?
                        $($(let _ = $field;)+)?
                        [$($wait)?].first().copied()
                    })+)+
                }
            }

            /// One refusal of each kind, sorted by status.
            pub fn examples() -> Vec<Self> {
                vec![$($(Self::$name $(($inside_example))? $({ $($field: $example),+ })?,)+)+]
            }
        }
    };
    (@meaning $sentence:expr, $meaning:literal) => {
        $meaning
    };
    (@meaning $sentence:expr) => {
        $sentence
    };
}

pub(super) use refusals;
