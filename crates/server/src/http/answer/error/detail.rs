//! What each refusal says to people.

use super::ApiError;
use crate::http::document::schema;

impl ApiError {
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
                let name = schema::permission_name(*permission);
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
            Self::QrNotReady => "WhatsApp has not given a QR code yet, or cannot be reached. Ask again.",
            Self::CodeNotReady => "WhatsApp has not given a pairing code yet. Ask again.",
            Self::TokenKeysUnavailable => {
                "The keys that tokens of this issuer are checked with cannot be fetched. Try again in a moment."
            }
            Self::WhatsappSilent => "WhatsApp did not answer in time. Ask again.",
            Self::Busy => "The server is busy. Try again in a moment.",
            Self::Starting => {
                "The server has just started and does not run its accounts yet. Try again in a moment."
            }
            Self::ShuttingDown => "The server is stopping. Try again in a moment.",
            Self::StorageUnavailable => "The database does not answer. Try again in a moment.",
        };
        text.to_owned()
    }
}
