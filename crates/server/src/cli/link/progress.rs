//! Decides from an account's status what the person at the terminal must do next.

use crate::cli::client::Account;

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Ask for the first code, and show it.
    Open,
    /// Show the newest QR code.
    Scan,
    /// Show the newest code to type.
    Type,
    /// Ask the person to compare the code that the phone shows.
    Confirm,
    /// Nobody linked the account in time.
    Expired,
    /// Tell the person to wait, and for what.
    Wait { what: String },
    /// The account is linked and online.
    Connected { who: String },
    /// This attempt to link has failed.
    Over { why: String },
}

/// The next step for `account`.
pub(super) fn step(account: &Account) -> Step {
    let status = &account.status;
    match (status.state.as_str(), status.reason.as_str()) {
        ("Connected", _) => Step::Connected { who: who(account) },
        ("Connecting", "pairing") => match account.pairing.as_ref().map(|pairing| pairing.step.as_str()) {
            Some("qr") => Step::Scan,
            Some("pairing_code") => Step::Type,
            _ => Step::Open,
        },
        ("Connecting", "passkey_required") => Step::Wait {
            what: format!(
                "WhatsApp asks for this account's passkey, which a terminal cannot give: browsers and phones sign for\n\
                 WhatsApp's own address alone. What it asks stands at\n  GET /api/v1/whatsapp/accounts/{id}/passkey\n\
                 and the answer of the passkey goes to\n  POST /api/v1/whatsapp/accounts/{id}/passkey/assertion",
                id = account.id
            ),
        },
        ("Connecting", "passkey_confirmation") => Step::Confirm,
        ("Connecting", _) => Step::Wait { what: status.message.clone() },
        (_, "qr_expired") => Step::Expired,
        _ => Step::Over { why: format!("{} ({})", status.message, status.reason) },
    }
}

/// The command with which the person can continue later.
pub(super) fn again(account: &Account) -> String {
    format!("linekeeper link --account {}", account.id)
}

fn who(account: &Account) -> String {
    match &account.phone_number {
        Some(number) => format!("{number} ({})", account.display_name),
        None => account.display_name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linekeeper_model::status::Reason;
    use serde_json::json;

    fn account(reason: Reason, pairing: Option<&str>) -> Account {
        let account = json!({
            "id": "1", "displayName": "Shop", "phoneNumber": "+15551234567",
            "status": { "state": reason.state(), "reason": reason, "message": reason.message() },
            "pairing": pairing.map(|step| json!({ "step": step, "expiresAt": null })),
        });
        serde_json::from_value(account).unwrap()
    }

    fn at(reason: Reason) -> Step {
        step(&account(reason, None))
    }

    #[test]
    fn the_reason_of_the_account_status_decides_what_the_link_command_shows() {
        assert_eq!(at(Reason::Online), Step::Connected { who: "+15551234567 (Shop)".to_owned() });
        assert_eq!(at(Reason::Linking), Step::Wait { what: Reason::Linking.message().to_owned() });
        for reason in Reason::ALL {
            let step = at(*reason);
            assert_eq!(step == Step::Open, *reason == Reason::Pairing, "{reason:?}");
            assert_eq!(matches!(step, Step::Connected { .. }), *reason == Reason::Online, "{reason:?}");
            assert_eq!(step == Step::Expired, *reason == Reason::QrExpired, "{reason:?}");
            assert_eq!(step == Step::Confirm, *reason == Reason::PasskeyConfirmation, "{reason:?}");
        }
    }

    #[test]
    fn the_pairing_step_decides_which_code_is_shown() {
        let shown = |pairing| step(&account(Reason::Pairing, Some(pairing)));
        assert_eq!(
            (shown("opening"), shown("qr"), shown("pairing_code")),
            (Step::Open, Step::Scan, Step::Type)
        );
    }

    #[test]
    fn a_passkey_request_shows_the_api_path_for_the_assertion() {
        let Step::Wait { what } = at(Reason::PasskeyRequired) else { panic!("somebody else must act") };
        assert!(what.contains("accounts/1/passkey/assertion"), "{what}");
    }
}
