//! Every way in which the API refuses: one variant each, its status, its stable code and its sentence.
//! Domain errors become one of them by an explicit `From`; `problem` writes them out.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use linekeeper_model::access::Permission;
use linekeeper_storage::StorageError;

use super::fields::FieldError;
use crate::accounts::AccountError;
use crate::credentials::foreign_token::{Claim, ForeignTokenError};
use crate::credentials::owner::OwnerError;
use crate::credentials::password::PasswordError;
use crate::credentials::token::TokenError;

/// The API's one error.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ApiError {
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
    ShuttingDown,
    StorageUnavailable,
}

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
            | Self::ShuttingDown
            | Self::StorageUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The stable code that programs may switch on.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Validation(_) => "validation_failed",
            Self::MalformedJson { .. } => "malformed_json",
            Self::IncompleteBody => "incomplete_body",
            Self::InvalidId => "invalid_id",
            Self::CredentialInUrl { .. } => "credential_in_url",
            Self::QrExpired => "qr_expired",
            Self::NothingToChange => "nothing_to_change",
            Self::InvalidIdempotencyKey => "invalid_idempotency_key",
            Self::CredentialRequired => "credential_required",
            Self::InvalidCredential => "invalid_credential",
            Self::CredentialExpired => "credential_expired",
            Self::TokenExpired => "token_expired",
            Self::SignInFailed => "sign_in_failed",
            Self::TotpRequired => "totp_required",
            Self::InvalidTotpCode => "invalid_totp_code",
            Self::SignInRequired => "sign_in_required",
            Self::InvalidSetupToken => "invalid_setup_token",
            Self::SetupTokenExpired => "setup_token_expired",
            Self::PermissionDenied(_) => "permission_denied",
            Self::LimitedToAccounts => "limited_to_accounts",
            Self::WrongPassword => "wrong_password",
            Self::SignInNeeded => "sign_in_needed",
            Self::OwnerNeeded => "owner_needed",
            Self::TokenUnclear(_) => "token_unclear",
            Self::AccountLimitReached { .. } => "account_limit_reached",
            Self::AccountNotFound => "account_not_found",
            Self::ApiKeyNotFound => "api_key_not_found",
            Self::MemberNotFound => "member_not_found",
            Self::SignInNotFound => "sign_in_not_found",
            Self::WorkspaceNotFound => "workspace_not_found",
            Self::InvitationNotFound => "invitation_not_found",
            Self::InvitationInvalid => "invitation_invalid",
            Self::ResetLinkInvalid => "reset_link_invalid",
            Self::PairingLinkNotFound => "pairing_link_not_found",
            Self::PairingLinkInvalid => "pairing_link_invalid",
            Self::PictureNotFound => "picture_not_found",
            Self::RouteNotFound => "route_not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::NotAcceptable => "not_acceptable",
            Self::BodyTimeout => "body_timeout",
            Self::AlreadyConnected => "already_connected",
            Self::NotLinked => "not_linked",
            Self::NotConnected => "not_connected",
            Self::CodeNotRequested => "code_not_requested",
            Self::PairingRejected { .. } => "pairing_rejected",
            Self::PasskeyAsked => "passkey_asked",
            Self::PasskeyNotAsked => "passkey_not_asked",
            Self::PasskeyRefused { .. } => "passkey_refused",
            Self::TooManyPairings => "too_many_pairings",
            Self::PhoneNumberTaken => "phone_number_taken",
            Self::QrNotNeeded => "qr_not_needed",
            Self::QrNotRequested => "qr_not_requested",
            Self::AlreadySetUp => "already_set_up",
            Self::AlreadyMember => "already_member",
            Self::LastOwner => "last_owner",
            Self::ManagedElsewhere => "managed_elsewhere",
            Self::NoPassword => "no_password",
            Self::TotpEnabled => "totp_enabled",
            Self::TotpNotEnabled => "totp_not_enabled",
            Self::MailNotConfigured => "mail_not_configured",
            Self::WorkspaceNotEmpty => "workspace_not_empty",
            Self::LastWorkspace => "last_workspace",
            Self::ExternalIdTaken => "external_id_taken",
            Self::RequestInProgress => "request_in_progress",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::BodyTooLarge { .. } => "body_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::Internal => "internal_error",
            Self::QrNotReady => "qr_not_ready",
            Self::CodeNotReady => "code_not_ready",
            Self::WhatsappSilent => "whatsapp_silent",
            Self::TokenKeysUnavailable => "token_keys_unavailable",
            Self::Busy => "busy",
            Self::ShuttingDown => "shutting_down",
            Self::StorageUnavailable => "storage_unavailable",
        }
    }

    /// A sentence for the person who reads the answer.
    pub fn detail(&self) -> String {
        let text = match self {
            Self::Validation(errors) if errors.len() == 1 => "One field is not acceptable.",
            Self::Validation(errors) => return format!("{} fields are not acceptable.", errors.len()),
            Self::MalformedJson { detail } => return detail.clone(),
            Self::IncompleteBody => "The body ended early.",
            Self::InvalidId => "The id must be a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057.",
            Self::CredentialInUrl { parameter } => {
                return format!(
                    "Credentials never belong in a URL, where logs keep them: `{parameter}`. Send the header \
                     `Authorization: Bearer` or `X-Api-Key`, and replace this credential."
                );
            }
            Self::QrExpired => "Nobody scanned the QR code in time. Connect again to get another.",
            Self::NothingToChange => "The body names nothing that could be changed.",
            Self::InvalidIdempotencyKey => {
                "`Idempotency-Key` must come once, with 1 to 255 visible ASCII characters."
            }
            Self::CredentialRequired => {
                "Send an access token or an API key as `Authorization: Bearer`, or `X-Api-Key`."
            }
            Self::InvalidCredential => "This credential is not valid.",
            Self::CredentialExpired => "This API key has expired.",
            Self::TokenExpired => "The access token has expired. Refresh it.",
            Self::SignInFailed => "The e-mail address or the password is wrong.",
            Self::SignInRequired => "This sign-in has ended. Sign in again.",
            Self::InvalidSetupToken => {
                "This setup link is not valid. Use the newest one that the server printed."
            }
            Self::SetupTokenExpired => "This setup link has expired. Restart the server to get another.",
            Self::PermissionDenied(permission) => {
                let name = super::schema::permission_name(*permission);
                return format!("This needs the permission `{name}`.");
            }
            Self::AccountLimitReached { limit } => {
                return format!(
                    "This server holds {limit} accounts already, its limit (WHATSAPP_MAX_CONNECTIONS)."
                );
            }
            Self::TokenUnclear(claim) => {
                return format!(
                    "This token is genuine, but its claim for the {claim} is missing or not known here."
                );
            }
            Self::LimitedToAccounts => "This API key is limited to the accounts that it lists.",
            Self::AccountNotFound => "There is no such account.",
            Self::ApiKeyNotFound => "There is no such API key.",
            Self::MemberNotFound => "There is no such member.",
            Self::PairingLinkNotFound => {
                "This account has no such pairing link, or it was taken back already."
            }
            Self::PairingLinkInvalid => {
                "This link does not work: it was opened before, has expired or was taken back. Ask for another."
            }
            Self::PictureNotFound => "No picture of this account is known.",
            Self::TotpRequired => {
                "This sign-in needs a code of the authenticator, or a recovery code, as `code`."
            }
            Self::InvalidTotpCode => "The code is wrong, too old, or was used before. Each works once.",
            Self::WrongPassword => "The current password is wrong.",
            Self::SignInNeeded => {
                "This is for people who signed in here: no API key, and no token of another program, does it."
            }
            Self::OwnerNeeded => "Only Owners make, change or remove Owners.",
            Self::SignInNotFound => "There is no such sign-in of yours, or it has ended.",
            Self::WorkspaceNotFound => "There is no such workspace, or you do not work in it at the moment.",
            Self::InvitationNotFound => {
                "There is no such invitation, or it was used, replaced or has expired."
            }
            Self::InvitationInvalid => {
                "This invitation does not work: it was used or taken back, has expired, or a newer one was sent."
            }
            Self::ResetLinkInvalid => {
                "This link does not work: it was used, has expired, or a newer one was sent. Ask for another."
            }
            Self::AlreadyMember => "Somebody with this address is a member of this workspace.",
            Self::LastOwner => "A workspace needs an Owner. Make somebody else one first.",
            Self::ManagedElsewhere => {
                "The program that signs them in says what they are; it must be changed there."
            }
            Self::NoPassword => "Another program signs you in: you have no password here.",
            Self::TotpEnabled => "There is a second factor already. Disable it first.",
            Self::TotpNotEnabled => "There is no second factor, or none was prepared.",
            Self::MailNotConfigured => {
                "This server sends no e-mail. Whoever runs it can make a link: `linekeeper user reset-password`."
            }
            Self::WorkspaceNotEmpty => "The workspace has accounts. Delete them first.",
            Self::LastWorkspace => "This is the last workspace of the server.",
            Self::ExternalIdTaken => "Another workspace has this external id.",
            Self::RouteNotFound => {
                "There is nothing at this address. The API is described at /api/v1/openapi.json."
            }
            Self::MethodNotAllowed => {
                "This address does not take this method; the header `Allow` names those it takes."
            }
            Self::NotAcceptable => "Accept must allow application/json, image/png or image/svg+xml.",
            Self::BodyTimeout => "The body did not arrive in time.",
            Self::AlreadyConnected => "This account is linked to a phone, and connected or about to be.",
            Self::NotLinked => "This account is not linked to a phone. Connect it first.",
            Self::NotConnected => "This account is not connected to WhatsApp at the moment.",
            Self::CodeNotRequested => "No pairing code was asked for, or its time is over. Ask for one.",
            Self::PairingRejected { detail } => return detail.clone(),
            Self::PasskeyAsked => "WhatsApp asks for this account's passkey before anything else.",
            Self::PasskeyNotAsked => "WhatsApp does not wait for this account's passkey.",
            Self::PasskeyRefused { detail } => return format!("WhatsApp did not take it: {detail}."),
            Self::TooManyPairings => {
                "Too many accounts are being linked. Try again when one of them is done."
            }
            Self::PhoneNumberTaken => "Another account has this phone number.",
            Self::QrNotNeeded => "This account is linked: there is no QR code to scan.",
            Self::QrNotRequested => "No QR code was asked for. Connect the account first.",
            Self::AlreadySetUp => "There is an Owner already. Sign in instead.",
            Self::RequestInProgress => {
                "The same request came before and is being carried out. Ask again for its answer."
            }
            Self::IdempotencyKeyReused => {
                "This `Idempotency-Key` belongs to another request. Choose a new one."
            }
            Self::BodyTooLarge { limit } => return format!("The body may have {limit} bytes at most."),
            Self::UnsupportedMediaType => "The body must be JSON: send `Content-Type: application/json`.",
            Self::TooManyAttempts { .. } => "Too many attempts. Wait as long as `Retry-After` says.",
            Self::Internal => "Something went wrong on the server. Its log tells more under this request id.",
            Self::QrNotReady => "WhatsApp has not given a QR code yet. Ask again.",
            Self::CodeNotReady => "WhatsApp has not given a pairing code yet. Ask again.",
            Self::TokenKeysUnavailable => {
                "The keys that tokens of this issuer are checked with cannot be fetched. Try again in a moment."
            }
            Self::WhatsappSilent => "WhatsApp did not answer in time. Ask again.",
            Self::Busy => "The server is busy. Try again in a moment.",
            Self::ShuttingDown => "The server is stopping. Try again in a moment.",
            Self::StorageUnavailable => "The database does not answer. Try again in a moment.",
        };
        text.to_owned()
    }

    /// When trying again makes sense, where that is known.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyAttempts { retry_after } => Some(*retry_after),
            Self::QrNotReady | Self::CodeNotReady | Self::WhatsappSilent | Self::Busy => {
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

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Unavailable(_) => {
                tracing::warn!(error = %Chain(&error), "the database does not answer");
                Self::StorageUnavailable
            }
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
            AccountError::LimitReached { limit } => Self::AccountLimitReached { limit },
            AccountError::ShuttingDown => Self::ShuttingDown,
            AccountError::Busy => Self::Busy,
            AccountError::Storage(error) => error.into(),
        }
    }
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
            ForeignTokenError::Unclear(claim) => Self::TokenUnclear(claim),
            ForeignTokenError::NoKeys => Self::TokenKeysUnavailable,
        }
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
