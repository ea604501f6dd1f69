//! What the page behind a pairing link shows. It is only what the person with the phone needs.

use jiff::Timestamp;
use linekeeper_model::account::Account;
use linekeeper_model::status::{ConnectionStatus, Reason};
use serde::Serialize;
use utoipa::ToSchema;

use super::Visit;
use crate::accounts::Pairing;
use crate::http::answer::error::ApiError;
use crate::http::routes::accounts::qr_image;
use crate::http::routes::pairing_code::legible;
use crate::http::state::Http;

/// What the pairing page shows now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PairingPage)]
pub(in crate::http) struct Shown {
    /// The name that the operator gave the account.
    #[schema(example = "Shop")]
    display_name: String,
    step: Step,
    /// The QR code as an SVG image, at the step `qr`. Null at all other steps.
    #[schema(required = true, example = "<svg xmlns=\"http://www.w3.org/2000/svg\" />")]
    qr_svg: Option<String>,
    /// The code to type, at the step `pairing_code`. Null at all other steps.
    #[schema(required = true, example = json!(null))]
    code: Option<String>,
    /// When the pairing code, or the last QR code of this pairing, stops working. Null if there is no code.
    #[schema(required = true, value_type = Option<String>, format = DateTime, example = "2026-01-01T12:02:00Z")]
    expires_at: Option<Timestamp>,
    /// When the pairing link expires. The page then stops working.
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:30:00Z")]
    link_expires_at: Timestamp,
    /// Whether the account is linked. The page then has nothing more to show and sends no more requests.
    done: bool,
    /// A sentence for the person with the phone.
    #[schema(example = "Scan the code with the phone.")]
    message: String,
}

/// The current step of the pairing: WhatsApp has sent no code yet (`opening`), a QR code can be scanned (`qr`), a code
/// can be typed on the phone (`pairing_code`), WhatsApp asks for the account's passkey (`passkey`), the account is
/// being linked (`linking`), there is no code (`closed`), or the account is linked (`done`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PairingPageStep)]
pub(super) enum Step {
    /// WhatsApp has not sent the first code yet.
    Opening,
    /// A QR code can be scanned.
    Qr,
    /// A code can be typed on the phone.
    PairingCode,
    /// WhatsApp asks for the account's passkey. This page cannot use it.
    Passkey,
    /// The phone has accepted, and the account is being linked.
    Linking,
    /// There is no code. The page can ask for new QR codes.
    Closed,
    /// The account is linked.
    Done,
}

impl Shown {
    /// What the pairing page shows now. `visit` is the session of the page, with its account.
    pub(super) fn of(http: &Http, visit: Visit) -> Result<Self, ApiError> {
        let Visit { session, account } = visit;
        // After this page has shown that the account is linked, it must not see a later pairing of the account.
        let pairing = if session.is_done { Pairing::Connected } else { http.accounts.pairing(account.id) };
        // The account is read after the pairing, because the phone may have been linked in between.
        let account = http.accounts.live(account);
        let step = if session.is_done { Step::Done } else { step(&pairing, &account) };
        let message = message(step, &pairing, &account);
        let (qr_svg, code, expires_at) = match pairing {
            Pairing::Showing(qr) => {
                let drawing = qr_image::svg(&qr.text).map_err(|error| ApiError::internal(&error))?;
                (Some(drawing), None, Some(qr.expires_at))
            }
            Pairing::ShowingCode(code) => (None, Some(legible(&code.code)), Some(code.expires_at)),
            _ => (None, None, None),
        };
        let done = step == Step::Done;
        if done {
            http.pair_sessions.finish(session.link_id);
        }
        let display_name = account.display_name.into();
        let link_expires_at = session.expires_at;
        Ok(Self { display_name, step, qr_svg, code, expires_at, link_expires_at, done, message })
    }
}

fn step(pairing: &Pairing, account: &Account) -> Step {
    match pairing {
        Pairing::Opening => Step::Opening,
        Pairing::Showing(_) => Step::Qr,
        Pairing::ShowingCode(_) => Step::PairingCode,
        Pairing::Passkey(_) | Pairing::Confirm(_) => Step::Passkey,
        Pairing::Linking => Step::Linking,
        Pairing::Expired | Pairing::Connected | Pairing::NotPairing if account.needs_phone() => Step::Closed,
        Pairing::Expired | Pairing::Connected | Pairing::NotPairing => Step::Done,
    }
}

fn message(step: Step, pairing: &Pairing, account: &Account) -> String {
    let text = match step {
        Step::Opening => "Asking WhatsApp for a code.",
        Step::Qr => "Scan the code with the phone.",
        Step::PairingCode => "Type this code on the phone.",
        Step::Passkey if matches!(pairing, Pairing::Confirm(_)) => {
            "The passkey was accepted. Tell the person who sent you this link which code the phone shows: they confirm it."
        }
        Step::Passkey => {
            "This WhatsApp account is protected by a passkey. Tell the person who sent you this link: they go on from here."
        }
        Step::Linking => "The phone agreed. Leave WhatsApp open on it for a moment.",
        Step::Done => "All done. You can close this page.",
        Step::Closed => return closed(account),
    };
    text.to_owned()
}

/// The message at the step `closed`. It names the error only if the person with the phone can do something about
/// it.
fn closed(account: &Account) -> String {
    let text = match account.status.reason {
        Reason::QrExpired => "The time for this code is over.",
        Reason::PhoneMismatch
        | Reason::PairingRejected
        | Reason::WrongPairingCode
        | Reason::NumberNotFound
        | Reason::PairingThrottled => return account.status.message.clone(),
        _ if account.status.state == ConnectionStatus::Failed => {
            "It did not work this time. Try again, or tell the person who sent you this link."
        }
        _ => "No code is shown at the moment.",
    };
    text.to_owned()
}
