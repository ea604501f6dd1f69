//! What an account's status means for somebody who stands before a terminal with a phone in their hand.

use super::client::Account;

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Show the newest code.
    Scan,
    /// Nothing but to say so.
    Wait { what: String },
    /// Done.
    Connected { who: String },
    /// It cannot be linked this time.
    Over { why: String },
}

/// What `account` calls for.
pub(super) fn step(account: &Account) -> Step {
    let status = &account.status;
    match (status.state.as_str(), status.reason.as_str()) {
        ("Connected", _) => Step::Connected { who: who(account) },
        ("Connecting", "pairing") => Step::Scan,
        ("Connecting", _) => Step::Wait { what: status.message.clone() },
        (_, "qr_expired") => Step::Over {
            why: format!(
                "nobody scanned the code in two minutes; again: linekeeper link --account {}",
                account.id
            ),
        },
        _ => Step::Over { why: format!("{} ({})", status.message, status.reason) },
    }
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

    fn at(reason: Reason) -> Step {
        let account = json!({
            "id": "1", "displayName": "Shop", "phoneNumber": "+15551234567",
            "status": { "state": reason.state(), "reason": reason, "message": reason.message() },
        });
        step(&serde_json::from_value(account).unwrap())
    }

    #[test]
    fn only_pairing_shows_a_code_and_only_online_is_done() {
        assert_eq!(at(Reason::Pairing), Step::Scan);
        assert_eq!(at(Reason::Online), Step::Connected { who: "+15551234567 (Shop)".to_owned() });
        assert_eq!(at(Reason::Linking), Step::Wait { what: Reason::Linking.message().to_owned() });
        for reason in Reason::ALL {
            let step = at(*reason);
            assert_eq!(step == Step::Scan, *reason == Reason::Pairing, "{reason:?}");
            assert_eq!(matches!(step, Step::Connected { .. }), *reason == Reason::Online, "{reason:?}");
        }
    }

    #[test]
    fn an_expired_code_says_how_to_go_on() {
        let Step::Over { why } = at(Reason::QrExpired) else { panic!("expired codes end it") };
        assert!(why.ends_with("linekeeper link --account 1"), "{why}");
    }
}
