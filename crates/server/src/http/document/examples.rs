//! One refusal of each kind, for the OpenAPI document: its list of codes and its examples are the real ones.

use std::time::Duration;

use linekeeper_model::access::Permission;
use linekeeper_model::status::Reason;

use crate::credentials::foreign_token::Claim;
use crate::http::answer::error::{ApiError, FieldError};
use crate::http::request::body;

/// All refusals, in the order of their statuses.
pub(in crate::http) fn refusals() -> Vec<ApiError> {
    let field =
        FieldError { field: "displayName".to_owned(), code: "required", message: "must be given".to_owned() };
    vec![
        ApiError::Validation(vec![field]),
        ApiError::MalformedJson { detail: "The JSON ends early.".to_owned() },
        ApiError::IncompleteBody,
        ApiError::InvalidId,
        ApiError::CredentialInUrl { parameter: "apiKey".to_owned() },
        ApiError::QrExpired,
        ApiError::NothingToChange,
        ApiError::InvalidIdempotencyKey,
        ApiError::CredentialRequired,
        ApiError::InvalidCredential,
        ApiError::CredentialExpired,
        ApiError::TokenExpired,
        ApiError::SignInFailed,
        ApiError::TotpRequired,
        ApiError::InvalidTotpCode,
        ApiError::SignInRequired,
        ApiError::InvalidSetupToken,
        ApiError::SetupTokenExpired,
        ApiError::PermissionDenied(Permission::WhatsappConnect),
        ApiError::LimitedToAccounts,
        ApiError::WrongPassword,
        ApiError::SignInNeeded,
        ApiError::OwnerNeeded,
        ApiError::TokenUnclear(Claim::Workspace),
        ApiError::AccountLimitReached { limit: 10 },
        ApiError::AccountNotFound,
        ApiError::ApiKeyNotFound,
        ApiError::MemberNotFound,
        ApiError::SignInNotFound,
        ApiError::WorkspaceNotFound,
        ApiError::InvitationNotFound,
        ApiError::InvitationInvalid,
        ApiError::ResetLinkInvalid,
        ApiError::PairingLinkNotFound,
        ApiError::PairingLinkInvalid,
        ApiError::PictureNotFound,
        ApiError::RouteNotFound,
        ApiError::MethodNotAllowed,
        ApiError::NotAcceptable,
        ApiError::BodyTimeout,
        ApiError::AlreadyConnected,
        ApiError::NotLinked,
        ApiError::NotConnected,
        ApiError::CodeNotRequested,
        ApiError::PairingRejected { detail: Reason::PairingRejected.message().to_owned() },
        ApiError::PasskeyAsked,
        ApiError::PasskeyNotAsked,
        ApiError::PhoneNumberTaken,
        ApiError::QrNotNeeded,
        ApiError::QrNotRequested,
        ApiError::AlreadySetUp,
        ApiError::AlreadyMember,
        ApiError::LastOwner,
        ApiError::ManagedElsewhere,
        ApiError::NoPassword,
        ApiError::TotpEnabled,
        ApiError::TotpNotEnabled,
        ApiError::MailNotConfigured,
        ApiError::WorkspaceNotEmpty,
        ApiError::LastWorkspace,
        ApiError::ExternalIdTaken,
        ApiError::RequestInProgress,
        ApiError::BodyTooLarge { limit: body::LIMIT },
        ApiError::UnsupportedMediaType,
        ApiError::IdempotencyKeyReused,
        ApiError::PasskeyRefused { detail: "the assertion is not of this account".to_owned() },
        ApiError::TooManyAttempts { retry_after: Duration::from_secs(30) },
        ApiError::TooManyPairings,
        ApiError::Internal,
        ApiError::QrNotReady,
        ApiError::CodeNotReady,
        ApiError::WhatsappSilent,
        ApiError::TokenKeysUnavailable,
        ApiError::Busy,
        ApiError::ShuttingDown,
        ApiError::StorageUnavailable,
    ]
}
