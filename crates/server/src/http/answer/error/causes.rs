//! Converts the errors of other modules into refusals of the API.

use linekeeper_model::access::Beyond;
use linekeeper_model::account::NoNumber;
use linekeeper_storage::StorageError;

use super::{ApiError, Chain};
use crate::accounts::{AccountError, NoCode};
use crate::credentials::foreign_token::{AdmissionError, ForeignTokenError};
use crate::credentials::owner::OwnerError;
use crate::credentials::password::PasswordError;
use crate::credentials::standing::Lapsed;
use crate::credentials::token::TokenError;
use crate::delivery::live::{FollowRefused, READS};
use crate::messages::{ActRefused, PeopleRefused, Unreadable, UploadRefused};

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Unavailable(_) => {
                tracing::warn!(error = %Chain(&error), "the database does not answer");
                Self::StorageUnavailable
            }
            StorageError::Fenced => Self::Busy,
            _ => Self::internal(&error),
        }
    }
}

impl From<AccountError> for ApiError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::NotFound => Self::AccountNotFound,
            AccountError::AlreadyConnected => Self::AlreadyConnected,
            AccountError::NotLinked => Self::NotLinked,
            AccountError::NotConnected => Self::NotConnected,
            AccountError::Devices(_) => Self::WhatsappSilent,
            AccountError::NoPasskeyAsked => Self::PasskeyNotAsked,
            AccountError::Passkey(refused) => Self::PasskeyRefused { detail: refused.to_string() },
            AccountError::TooManyPairings => Self::TooManyPairings,
            AccountError::Vault(error) => {
                tracing::error!(%error, "the vault failed");
                Self::StorageUnavailable
            }
            AccountError::PhoneNumberTaken => Self::PhoneNumberTaken,
            AccountError::NumberGiven => Self::field(
                "replacePhone",
                "invalid",
                "must not be true: the account was made for its number",
            ),
            AccountError::LimitReached { limit } => Self::AccountLimitReached { limit },
            AccountError::Starting => Self::Starting,
            AccountError::ShuttingDown => Self::ShuttingDown,
            AccountError::Busy => Self::Busy,
            AccountError::Storage(error) => error.into(),
        }
    }
}

impl From<NoNumber> for ApiError {
    fn from(error: NoNumber) -> Self {
        let code = match error {
            NoNumber::Another => "invalid",
            NoNumber::Unknown => "required",
        };
        Self::field("phoneNumber", code, &error.to_string())
    }
}

impl From<NoCode> for ApiError {
    fn from(error: NoCode) -> Self {
        match error {
            NoCode::AlreadyConnected => Self::AlreadyConnected,
            NoCode::PasskeyAsked => Self::PasskeyAsked,
            NoCode::NotReady => Self::CodeNotReady,
            NoCode::NotRequested => Self::CodeNotRequested,
            NoCode::Rejected(detail) => Self::PairingRejected { detail },
            NoCode::Account(error) => error.into(),
        }
    }
}

impl From<ActRefused> for ApiError {
    fn from(error: ActRefused) -> Self {
        match error {
            ActRefused::NotFound => Self::MessageNotFound,
            ActRefused::AlreadySent => Self::AlreadySent,
            ActRefused::NotRetryable => Self::NotRetryable,
            ActRefused::Storage(error) => error.into(),
        }
    }
}

impl From<PeopleRefused> for ApiError {
    fn from(error: PeopleRefused) -> Self {
        match error {
            PeopleRefused::ChatNotFound => Self::ChatNotFound,
            PeopleRefused::MessageNotFound => Self::MessageNotFound,
            PeopleRefused::ContactNotFound => Self::ContactNotFound,
            PeopleRefused::NotConnected => Self::NotConnected,
            PeopleRefused::Silent => Self::WhatsappSilent,
            PeopleRefused::Storage(error) => error.into(),
        }
    }
}

impl From<UploadRefused> for ApiError {
    fn from(error: UploadRefused) -> Self {
        match error {
            UploadRefused::NoAccount => Self::AccountNotFound,
            UploadRefused::TooLarge(most) => {
                Self::BodyTooLarge { limit: usize::try_from(most).unwrap_or(usize::MAX) }
            }
            UploadRefused::Empty => Self::field("body", "required", "must be the file"),
            UploadRefused::WrongType(_) => {
                Self::field("Content-Type", "invalid", "must be the type that the file's bytes show")
            }
            UploadRefused::DiskFull => {
                tracing::warn!("the disk is full: a file was not taken");
                Self::DiskFull
            }
            UploadRefused::Away(_) => media_store_is_away(&error),
            UploadRefused::Disk(_) => Self::internal(&error),
            UploadRefused::Storage(error) => error.into(),
        }
    }
}

impl From<Unreadable> for ApiError {
    fn from(error: Unreadable) -> Self {
        match error {
            Unreadable::Gone => Self::MediaGone,
            Unreadable::Away(_) => media_store_is_away(&error),
            Unreadable::Disk(_) => Self::internal(&error),
        }
    }
}

fn media_store_is_away(error: &dyn std::error::Error) -> ApiError {
    tracing::warn!(error = %Chain(error), "the store of files does not answer");
    ApiError::MediaStoreUnavailable
}

impl From<PasswordError> for ApiError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::Busy,
            PasswordError::Argon2(_) | PasswordError::Died => Self::internal(&error),
        }
    }
}

impl From<TokenError> for ApiError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Expired => Self::TokenExpired,
            TokenError::Invalid => Self::InvalidCredential,
        }
    }
}

impl From<ForeignTokenError> for ApiError {
    fn from(error: ForeignTokenError) -> Self {
        match error {
            ForeignTokenError::Invalid => Self::InvalidCredential,
            ForeignTokenError::Expired => Self::TokenExpired,
            ForeignTokenError::Outdated => Self::TokenOutdated,
            ForeignTokenError::Unclear(claim) => Self::TokenUnclear(claim),
            ForeignTokenError::NoKeys => Self::TokenKeysUnavailable,
        }
    }
}

impl From<AdmissionError> for ApiError {
    fn from(error: AdmissionError) -> Self {
        match error {
            AdmissionError::Token(error) => error.into(),
            AdmissionError::Storage(error) => error.into(),
        }
    }
}

impl From<Lapsed> for ApiError {
    fn from(error: Lapsed) -> Self {
        match error {
            Lapsed::Gone => Self::InvalidCredential,
            Lapsed::KeyExpired => Self::CredentialExpired,
            Lapsed::TokenExpired => Self::TokenExpired,
            Lapsed::TokenOutdated => Self::TokenOutdated,
            Lapsed::Storage(error) => error.into(),
        }
    }
}

impl From<FollowRefused> for ApiError {
    fn from(error: FollowRefused) -> Self {
        match error {
            FollowRefused::Lapsed(lapsed) => lapsed.into(),
            FollowRefused::NoPermission => Self::PermissionDenied(READS[0]),
            FollowRefused::NoAccount(_) => Self::AccountNotFound,
            FollowRefused::Storage(error) => error.into(),
        }
    }
}

impl From<Beyond> for ApiError {
    fn from(beyond: Beyond) -> Self {
        Self::BeyondKey(beyond)
    }
}

impl From<OwnerError> for ApiError {
    fn from(error: OwnerError) -> Self {
        match error {
            OwnerError::Exists => Self::AlreadySetUp,
            OwnerError::Storage(error) => error.into(),
        }
    }
}
