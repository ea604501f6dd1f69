//! All refusals of the API. Each is declared once: its status, its name, an example of its data, its stable code, when
//! to try again, and a sentence for people. If this sentence does not fit into the OpenAPI document, the refusal has a
//! second one for the document. Programs rely on the codes: never rename one.

use std::time::Duration;

use axum::http::StatusCode;
use linekeeper_model::access::{Beyond, Permission};
use linekeeper_model::status::Reason;

use super::FieldError;
use super::declare::{DeclaredRefusal, Refusal, refusals};
use crate::credentials::foreign_token::Claim;
use crate::http::request::body;

refusals! {
    BAD_REQUEST {
        Validation(errors: Vec<FieldError> = vec![example_of_a_field()]) = "validation_failed" => match errors.len() {
            1 => "One field is not acceptable.".to_owned(),
            many => format!("{many} fields are not acceptable."),
        }, meaning "A field or a parameter is not acceptable. `errors` lists every error.";
        MalformedJson { detail: String = "The JSON ends early.".to_owned() } = "malformed_json" =>
            detail.as_str(), meaning "The body is not valid JSON.";
        IncompleteBody = "incomplete_body" => "The body ended early.";
        InvalidId = "invalid_id" => "The id must be a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057.";
        CredentialInUrl { parameter: String = "apiKey".to_owned() } = "credential_in_url" => format!(
            "Never put a credential into a URL, where logs keep it: `{parameter}`. Send the header \
             `Authorization: Bearer` or `X-Api-Key`, and replace this credential."
        ), meaning "A credential is in the URL, where logs keep it. Send it in a header, and replace it.";
        QrExpired = "qr_expired" => "Nobody scanned the QR code in time. Connect again to get another.",
            meaning "Nobody scanned a QR code within two minutes. Connect the account again.";
        NothingToChange = "nothing_to_change" => "The body gives no field to change.";
        InvalidIdempotencyKey = "invalid_idempotency_key" =>
            "`Idempotency-Key` must be sent once, with 1 to 255 visible ASCII characters.";
    }
    UNAUTHORIZED {
        CredentialRequired = "credential_required" =>
            "Send an access token or an API key as `Authorization: Bearer`, or `X-Api-Key`.",
            meaning "The request has no credential.";
        MetricsTokenRequired = "credential_required" =>
            "Send the METRICS_TOKEN of this server as `Authorization: Bearer`.";
        InvalidCredential = "invalid_credential" => "This credential is not valid.";
        CredentialExpired = "credential_expired" => "This API key has expired.";
        TokenExpired = "token_expired" => "The access token has expired. Refresh it.";
        TokenOutdated = "token_outdated" =>
            "This token was issued before your role here changed or you were removed. Get a new one.";
        SignInFailed = "sign_in_failed" => "The e-mail address or the password is wrong.";
        TotpRequired = "totp_required" =>
            "This sign-in needs a code of the authenticator app, or a recovery code, in the field `code`.";
        InvalidTotpCode = "invalid_totp_code" =>
            "The code is wrong, too old, or was used before. Each code works once.";
        SignInRequired = "sign_in_required" => "This sign-in has ended. Sign in again.",
            meaning "There is no sign-in, or it has ended. The server removes the cookie.";
        InvalidSetupToken = "invalid_setup_token" =>
            "This setup link is not valid. Use the newest one that the server printed.";
        SetupTokenExpired = "setup_token_expired" =>
            "This setup link has expired. Restart the server to get another.";
    }
    FORBIDDEN {
        PermissionDenied(permission: Permission = Permission::WhatsappConnect) = "permission_denied" =>
            format!("This needs the permission `{}`.", permission.name()),
            meaning "The credential lacks the permission that this request needs.";
        LimitedToAccounts = "limited_to_accounts" => "This API key is limited to the accounts that it lists.",
            meaning "The API key is limited to certain accounts, so it cannot create an account.";
        WrongPassword = "wrong_password" => "The current password is wrong.";
        SignInNeeded = "sign_in_needed" =>
            "Only a user who is signed in on this server can send this request. \
             API keys and tokens of other programs are refused.";
        OwnerNeeded = "owner_needed" => "Only an Owner can make, change or remove an Owner.",
            meaning "Only an Owner can make, change or remove an Owner, or take back an \
             invitation to become an Owner.";
        BeyondKey(beyond: Beyond = Beyond::Permission(Permission::MessagesSend)) = "beyond_key" =>
            format!("The request would give more than the API key has: {beyond}."),
            meaning "The request would give more rights, or fewer limits, than the API key has.";
        CrossSite = "cross_site" => "A page of another site sent this request. Send it from a page of this server.";
        TokenUnclear(claim: Claim = Claim::Workspace) = "token_unclear" =>
            format!("This token is genuine, but its claim for the {claim} is missing or not known here."),
            meaning "The workspace or the role in a token of the CRM is missing or unknown.";
        WebhookLimitReached { limit: u32 = 50 } = "webhook_limit_reached" =>
            format!("The workspace has {limit} webhooks already, its limit. Delete one first."),
            meaning "The workspace already has 50 webhooks.";
        AccountLimitReached { limit: u32 = 10 } = "account_limit_reached" =>
            format!("This server holds {limit} accounts already, its limit (WHATSAPP_MAX_CONNECTIONS)."),
            meaning "The server already has its maximum number of accounts (WHATSAPP_MAX_CONNECTIONS).";
    }
    NOT_FOUND {
        WebhookNotFound = "webhook_not_found" => "There is no such webhook.";
        DeliveryNotFound = "delivery_not_found" =>
            "The webhook has no such delivery. Deliveries are kept as long as their events.";
        AccountNotFound = "account_not_found" => "There is no such account, or you have no access to it.";
        ApiKeyNotFound = "api_key_not_found" => "There is no such API key.";
        MemberNotFound = "member_not_found" => "There is no such member.";
        SignInNotFound = "sign_in_not_found" => "You have no such sign-in, or it has ended.";
        WorkspaceNotFound = "workspace_not_found" =>
            "There is no such workspace, or you do not work in it at the moment.";
        InvitationNotFound = "invitation_not_found" =>
            "There is no such invitation, or it was used, replaced or has expired.";
        InvitationInvalid = "invitation_invalid" =>
            "This invitation does not work: it was used or taken back, has expired, or a newer one was sent.";
        ResetLinkInvalid = "reset_link_invalid" =>
            "This link does not work: it was used, has expired, or a newer one was sent. Ask for another one.";
        PairingLinkNotFound = "pairing_link_not_found" =>
            "This account has no such pairing link, or it was taken back already.";
        PairingLinkInvalid = "pairing_link_invalid" =>
            "This link does not work: it was already opened, has expired or was taken back. Ask for another one.";
        PictureNotFound = "picture_not_found" => "No picture of this account is known.";
        MessageNotFound = "message_not_found" => "The account has no message of this id.";
        ChatNotFound = "chat_not_found" => "The account has no chat of this id.";
        ContactNotFound = "contact_not_found" => "The account has no contact of this id.";
        MediaNotFound = "media_not_found" => "The account has no file of this id.";
        MediaNotFetched = "media_not_fetched" =>
            "The server could not fetch this file and has stopped trying.";
        MediaLinkInvalid = "media_link_invalid" => "This link does not work, or does not work any more. Ask for another one.";
        RouteNotFound = "route_not_found" =>
            "There is nothing at this address. The API is described at /api/v1/openapi.json.";
    }
    METHOD_NOT_ALLOWED {
        MethodNotAllowed = "method_not_allowed" =>
            "This address does not accept this method. The header `Allow` lists the methods that it accepts.";
    }
    NOT_ACCEPTABLE {
        NotAcceptable { offered: &'static [&'static str] = &["application/json"] } = "not_acceptable" =>
            format!("`Accept` must allow one of these types: {}.", offered.join(", ")),
            meaning "`Accept` allows none of the types that the answer can have.";
    }
    REQUEST_TIMEOUT {
        BodyTimeout = "body_timeout" => "The body did not arrive in time.",
            meaning "The body did not arrive within 10 s.";
    }
    CONFLICT {
        WebhookUnreadable = "webhook_unreadable" =>
            "The server cannot decrypt the address and the secret of this webhook. \
             Delete the webhook and create another.";
        AlreadyConnected = "already_connected" =>
            "This account is linked to a phone, and is connected or connecting.";
        AlreadySent = "already_sent" => "Only a message that waits to be sent can be cancelled.";
        NotRetryable = "not_retryable" =>
            "A message can be sent again only if it failed, or if its outcome is unknown.";
        NotLinked = "not_linked" => "This account is not linked to a phone. Connect it first.";
        NotConnected = "not_connected" => "This account is not connected to WhatsApp at the moment.";
        CodeNotRequested = "code_not_requested" =>
            "There is no pairing code, or it has expired. Ask for one.";
        PairingRejected { detail: String = Reason::PairingRejected.message().to_owned() } = "pairing_rejected" =>
            detail.as_str(), meaning "WhatsApp refused the pairing. `detail` says why.";
        PasskeyAsked = "passkey_asked" =>
            "WhatsApp asks for this account's passkey, so there is no QR code and no pairing code.";
        PasskeyNotAsked = "passkey_not_asked" =>
            "WhatsApp does not ask for this account's passkey now, or it asks for another step.";
        PhoneNumberTaken = "phone_number_taken" => "Another account has this phone number.";
        QrNotNeeded = "qr_not_needed" => "This account is linked: there is no QR code to scan.";
        QrNotRequested = "qr_not_requested" => "No QR code was asked for. Connect the account first.";
        AlreadySetUp = "already_set_up" => "There is an Owner already. Sign in instead.";
        AlreadyMember = "already_member" => "Somebody with this address is a member of this workspace.";
        LastOwner = "last_owner" => "A workspace needs an Owner. Make somebody else an Owner first.";
        ManagedElsewhere = "managed_elsewhere" =>
            "Another program signs this person in and sets the role. Change it there.";
        NoPassword = "no_password" => "Another program signs you in: you have no password here.";
        TotpEnabled = "totp_enabled" => "You already have a second factor. Disable it first.";
        TotpNotEnabled = "totp_not_enabled" =>
            "You have no second factor: none was prepared, or it is not turned on.";
        MailNotConfigured = "mail_not_configured" =>
            "This server sends no e-mail. The person who runs it can make a link: `linekeeper user reset-password`.";
        WorkspaceNotEmpty = "workspace_not_empty" => "The workspace has accounts. Delete them first.";
        LastWorkspace = "last_workspace" => "This is the last workspace of the server.";
        RequestInProgress = "request_in_progress" retry Duration::from_secs(1) =>
            "The same request is already being processed. Send it again to get its answer.",
            meaning "The server is still processing the same request with this `Idempotency-Key`.";
    }
    GONE {
        MediaGone = "media_gone" => "The file has expired, and the server has removed it.";
    }
    PAYLOAD_TOO_LARGE {
        BodyTooLarge { limit: usize = body::LIMIT } = "body_too_large" =>
            format!("The body may have {limit} bytes at most."),
            meaning "The body is too large for this request. For most requests, the maximum is 64 KiB.";
    }
    UNSUPPORTED_MEDIA_TYPE {
        UnsupportedMediaType = "unsupported_media_type" =>
            "The body must be JSON: send `Content-Type: application/json`.";
    }
    RANGE_NOT_SATISFIABLE {
        RangeBeyond { size: u64 = 1_024 } = "range_beyond" => format!("The file has {size} bytes."),
            meaning "The file ends before the part that `Range` asks for.";
    }
    UNPROCESSABLE_ENTITY {
        IdempotencyKeyReused = "idempotency_key_reused" =>
            "This `Idempotency-Key` belongs to another request. Choose a new one.";
        PasskeyRefused { detail: String = "the assertion is not of this account".to_owned() } = "passkey_refused" =>
            format!("This step of the passkey failed: {detail}."),
            meaning "WhatsApp did not accept the passkey or its confirmation. `detail` says why.";
    }
    TOO_MANY_REQUESTS {
        TooManyAttempts { retry_after: Duration = Duration::from_secs(30) } = "too_many_attempts" retry *retry_after =>
            "Too many attempts. Wait for the time in `Retry-After`.";
        TooManyRequests = "too_many_requests" retry Duration::from_secs(1) =>
            "Too many requests are in progress for this IP address, credential or workspace, or for the \
             whole server. Wait until some of them end.";
        DailyLimitReached { retry_after: Duration = Duration::from_secs(3_600) } = "daily_limit_reached" retry *retry_after =>
            "The account would send more than it may today. `Retry-After` says when the next day begins.";
        QueueFull = "queue_full" retry Duration::from_secs(60) =>
            "With this request, more than 10,000 messages of this account would wait. \
             Send more after some of them were sent.";
        // A pairing that nobody finishes ends after two minutes, so there is soon room for another.
        TooManyPairings = "too_many_pairings" retry Duration::from_secs(15) =>
            "Too many accounts are being linked. Try again when one of them is done.";
    }
    INTERNAL_SERVER_ERROR {
        Internal = "internal_error" =>
            "Something went wrong on the server. The server's log has details, with the id of this request.";
    }
    SERVICE_UNAVAILABLE {
        MediaPending = "media_pending" retry Duration::from_secs(2) =>
            "The file is still being fetched from WhatsApp. Ask again.";
        MediaStoreUnavailable = "media_store_unavailable" retry Duration::from_secs(5) =>
            "The server's storage for files does not answer. Try again in a moment.";
        QrNotReady = "qr_not_ready" retry Duration::from_secs(2) =>
            "WhatsApp has not given a QR code yet, or cannot be reached. Ask again.";
        CodeNotReady = "code_not_ready" retry Duration::from_secs(2) =>
            "WhatsApp has not given a pairing code yet. Ask again.";
        WhatsappSilent = "whatsapp_silent" retry Duration::from_secs(2) =>
            "WhatsApp did not answer in time. Ask again.";
        TokenKeysUnavailable = "token_keys_unavailable" retry Duration::from_secs(5) =>
            "The server cannot fetch the keys of the token's issuer, so it cannot check the token. \
             Try again in a moment.";
        Busy = "busy" retry Duration::from_secs(2) => "The server is busy. Try again in a moment.";
        Starting = "starting" retry Duration::from_secs(2) =>
            "The server has just started and does not run its accounts yet. Try again in a moment.";
        ShuttingDown = "shutting_down" retry Duration::from_secs(5) =>
            "The server is stopping. Try again in a moment.";
        StorageUnavailable = "storage_unavailable" retry Duration::from_secs(5) =>
            "The database does not answer. Try again in a moment.";
    }
    INSUFFICIENT_STORAGE {
        DiskFull = "disk_full" =>
            "The server's disk is full. The server accepts no files until there is room.";
    }
}

fn sentence(text: impl Into<String>) -> String {
    text.into()
}

fn example_of_a_field() -> FieldError {
    FieldError { field: "displayName".to_owned(), code: "required", message: "must be given".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_temporary_refusal_says_when_to_try_again() {
        for refusal in ApiError::examples() {
            let passes = matches!(refusal.status().as_u16(), 429 | 503);
            assert!(!passes || refusal.retry_after().is_some(), "{}", refusal.code());
        }
    }
}
