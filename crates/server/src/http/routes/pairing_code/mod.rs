//! Linking by a code that is typed on the phone: asking for one, showing it, and whose phone it may be for.

pub(in crate::http) mod request;
pub(in crate::http) mod show;

use std::time::Duration;

use jiff::Timestamp;
use linekeeper_model::account::Account;
use linekeeper_model::audit::NewEntry;
use linekeeper_model::connection::Failure;
use linekeeper_model::pairing::{self, Method, PairingCode};
use linekeeper_model::phone::PhoneNumber;
use linekeeper_model::status::ConnectionStatus;
use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts::Pairing;
use crate::http::answer::error::ApiError;
use crate::http::state::Http;

/// How long to wait for WhatsApp's code.
const PATIENCE: Duration = Duration::from_secs(10);

/// A code to type on the phone.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PairingCode)]
pub(in crate::http) struct PairingCodeJson {
    /// On the phone: Linked devices, Link a device, Link with phone number instead.
    #[schema(example = "ABCD-1234")]
    code: String,
    /// The phone that it works on.
    #[schema(example = "+15551234567")]
    phone_number: String,
    /// When it stops to work.
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:02:00Z")]
    expires_at: Timestamp,
}

impl From<PairingCode> for PairingCodeJson {
    fn from(code: PairingCode) -> Self {
        Self { code: legible(&code.code), phone_number: code.phone.to_string(), expires_at: code.expires_at }
    }
}

/// As phones show the eight places to fill in: `ABCD-1234`.
pub(in crate::http) fn legible(code: &str) -> String {
    match code.split_at_checked(4) {
        Some((first, second)) if !second.is_empty() => format!("{first}-{second}"),
        _ => code.to_owned(),
    }
}

/// The number that a code for `account` is made for. Where its own is known, no other can be linked.
pub(in crate::http) fn code_for(
    account: &Account,
    asked: Option<PhoneNumber>,
) -> Result<PhoneNumber, ApiError> {
    match (asked, &account.identity.phone) {
        (Some(asked), Some(own)) if asked != *own => {
            Err(ApiError::field("phoneNumber", "invalid", "is not the number of this account"))
        }
        // A number that WhatsApp told is in WhatsApp's spelling. Before that, the caller may try the other one.
        (Some(asked), own) if own.is_none() || account.identity.lid.is_none() => Ok(asked),
        (_, Some(own)) => Ok(*own),
        (_, None) => {
            Err(ApiError::field("phoneNumber", "required", "must be given: the account's is not known"))
        }
    }
}

/// Whether a phone has to agree before the account can come online: a link of it would be a pairing, not a login.
pub(in crate::http) fn needs_phone(account: &Account) -> bool {
    let keeps_session = Failure::recorded(account.status.reason).is_none_or(Failure::keeps_session);
    !(account.linked && keeps_session)
}

/// Has WhatsApp give a code for that phone, in the pairing that is open or in a new one. A code for it that is shown
/// already is answered as it is: WhatsApp gives out only so many.
pub(in crate::http) async fn ask(
    http: &Http,
    account: Account,
    phone: PhoneNumber,
    entry: NewEntry,
) -> Result<PairingCode, ApiError> {
    let id = account.id;
    let open = http.accounts.pairing(id);
    let ends = match &open {
        Pairing::Showing(qr) => Some(qr.expires_at),
        Pairing::ShowingCode(code) => Some(code.expires_at),
        _ => None,
    };
    // Less would be too short for somebody to type in.
    let ends_soon = ends.is_some_and(|ends| ends <= http.clock.now() + pairing::WINDOW / 2);
    match open {
        Pairing::ShowingCode(code) if code.phone == phone && !ends_soon => return Ok(code),
        Pairing::Passkey(_) | Pairing::Confirm(_) => return Err(ApiError::PasskeyAsked),
        Pairing::Linking => return Err(ApiError::AlreadyConnected),
        _ if !needs_phone(&account) => return Err(ApiError::AlreadyConnected),
        _ if ends_soon => http.accounts.link(id, Method::Code(phone), entry).await?,
        _ => http.accounts.show_code(id, phone, entry).await?,
    };
    shown(http, account).await
}

/// The code that is shown now, once WhatsApp has given it.
pub(in crate::http) async fn shown(http: &Http, account: Account) -> Result<PairingCode, ApiError> {
    match http.accounts.first_code(account.id, PATIENCE).await? {
        Pairing::ShowingCode(code) => Ok(code),
        Pairing::Opening => Err(ApiError::CodeNotReady),
        Pairing::Passkey(_) | Pairing::Confirm(_) => Err(ApiError::PasskeyAsked),
        Pairing::Linking => Err(ApiError::AlreadyConnected),
        Pairing::Showing(_) | Pairing::Expired => Err(ApiError::CodeNotRequested),
        Pairing::Connected | Pairing::NotPairing => Err(without_pairing(&http.accounts.live(account))),
    }
}

/// Why no code is shown for an account that is not pairing.
fn without_pairing(account: &Account) -> ApiError {
    match account.status.state {
        ConnectionStatus::Failed => ApiError::PairingRejected { detail: account.status.message.clone() },
        ConnectionStatus::Disconnected => ApiError::CodeNotRequested,
        ConnectionStatus::Connecting | ConnectionStatus::Connected => ApiError::AlreadyConnected,
    }
}

#[cfg(test)]
mod tests {
    use super::legible;

    #[test]
    fn codes_are_legible() {
        assert_eq!(legible("ABCD1234"), "ABCD-1234");
        for odd in ["", "ABC", "ABCD"] {
            assert_eq!(legible(odd), odd);
        }
    }
}
