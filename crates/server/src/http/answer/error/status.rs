//! The status of each refusal.

use axum::http::StatusCode;

use super::ApiError;

impl ApiError {
    /// The HTTP status of each refusal.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Validation(_)
            | Self::MalformedJson { .. }
            | Self::IncompleteBody
            | Self::InvalidId
            | Self::CredentialInUrl { .. }
            | Self::QrExpired
            | Self::NothingToChange
            | Self::InvalidIdempotencyKey => StatusCode::BAD_REQUEST,
            Self::CredentialRequired
            | Self::InvalidCredential
            | Self::CredentialExpired
            | Self::TokenExpired
            | Self::SignInFailed
            | Self::TotpRequired
            | Self::InvalidTotpCode
            | Self::SignInRequired
            | Self::InvalidSetupToken
            | Self::SetupTokenExpired => StatusCode::UNAUTHORIZED,
            Self::PermissionDenied(_)
            | Self::LimitedToAccounts
            | Self::WrongPassword
            | Self::SignInNeeded
            | Self::OwnerNeeded
            | Self::TokenUnclear(_)
            | Self::AccountLimitReached { .. } => StatusCode::FORBIDDEN,
            Self::AccountNotFound
            | Self::ApiKeyNotFound
            | Self::MemberNotFound
            | Self::SignInNotFound
            | Self::WorkspaceNotFound
            | Self::InvitationNotFound
            | Self::InvitationInvalid
            | Self::ResetLinkInvalid
            | Self::PairingLinkNotFound
            | Self::PairingLinkInvalid
            | Self::PictureNotFound
            | Self::RouteNotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::AlreadyConnected
            | Self::NotLinked
            | Self::NotConnected
            | Self::CodeNotRequested
            | Self::PairingRejected { .. }
            | Self::PasskeyAsked
            | Self::PasskeyNotAsked
            | Self::PhoneNumberTaken
            | Self::QrNotNeeded
            | Self::QrNotRequested
            | Self::AlreadySetUp
            | Self::AlreadyMember
            | Self::LastOwner
            | Self::ManagedElsewhere
            | Self::NoPassword
            | Self::TotpEnabled
            | Self::TotpNotEnabled
            | Self::MailNotConfigured
            | Self::WorkspaceNotEmpty
            | Self::LastWorkspace
            | Self::ExternalIdTaken
            | Self::RequestInProgress => StatusCode::CONFLICT,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::PasskeyRefused { .. } | Self::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyAttempts { .. } | Self::TooManyPairings => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::QrNotReady
            | Self::CodeNotReady
            | Self::WhatsappSilent
            | Self::TokenKeysUnavailable
            | Self::Busy
            | Self::Starting
            | Self::ShuttingDown
            | Self::StorageUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}
