//! Every way in which the API refuses: one variant each, and a file each for its status, its stable code and its sentence.
//! Domain errors become one of them by an explicit `From`; `problem` writes them out.

mod causes;
mod code;
mod detail;
mod field;
mod status;

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use linekeeper_model::access::Permission;

pub(in crate::http) use field::FieldError;

use crate::credentials::foreign_token::Claim;

/// The API's one error.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::http) enum ApiError {
    Validation(Vec<FieldError>),
    MalformedJson { detail: String },
    IncompleteBody,
    InvalidId,
    CredentialInUrl { parameter: String },
    QrExpired,
    NothingToChange,
    InvalidIdempotencyKey,
    CredentialRequired,
    InvalidCredential,
    CredentialExpired,
    TokenExpired,
    SignInFailed,
    TotpRequired,
    InvalidTotpCode,
    SignInRequired,
    InvalidSetupToken,
    SetupTokenExpired,
    PermissionDenied(Permission),
    LimitedToAccounts,
    WrongPassword,
    SignInNeeded,
    OwnerNeeded,
    TokenUnclear(Claim),
    AccountLimitReached { limit: u32 },
    AccountNotFound,
    ApiKeyNotFound,
    MemberNotFound,
    SignInNotFound,
    WorkspaceNotFound,
    InvitationNotFound,
    InvitationInvalid,
    ResetLinkInvalid,
    PairingLinkNotFound,
    PairingLinkInvalid,
    PictureNotFound,
    RouteNotFound,
    MethodNotAllowed,
    NotAcceptable,
    BodyTimeout,
    AlreadyConnected,
    NotLinked,
    NotConnected,
    CodeNotRequested,
    PairingRejected { detail: String },
    PasskeyAsked,
    PasskeyNotAsked,
    PasskeyRefused { detail: String },
    TooManyPairings,
    PhoneNumberTaken,
    QrNotNeeded,
    QrNotRequested,
    AlreadySetUp,
    AlreadyMember,
    LastOwner,
    ManagedElsewhere,
    NoPassword,
    TotpEnabled,
    TotpNotEnabled,
    MailNotConfigured,
    WorkspaceNotEmpty,
    LastWorkspace,
    ExternalIdTaken,
    RequestInProgress,
    IdempotencyKeyReused,
    BodyTooLarge { limit: usize },
    UnsupportedMediaType,
    TooManyAttempts { retry_after: Duration },
    Internal,
    QrNotReady,
    CodeNotReady,
    WhatsappSilent,
    TokenKeysUnavailable,
    Busy,
    Starting,
    ShuttingDown,
    StorageUnavailable,
}

impl ApiError {
    /// When trying again makes sense, where that is known.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyAttempts { retry_after } => Some(*retry_after),
            Self::QrNotReady | Self::CodeNotReady | Self::WhatsappSilent | Self::Busy | Self::Starting => {
                Some(Duration::from_secs(2))
            }
            Self::RequestInProgress => Some(Duration::from_secs(1)),
            Self::ShuttingDown | Self::StorageUnavailable | Self::TokenKeysUnavailable => {
                Some(Duration::from_secs(5))
            }
            _ => None,
        }
    }

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
