//! Linking by pairing code and by passkey, as far as it needs neither a phone nor WhatsApp.

use linekeeper_model::access::{Permission, Role};
use linekeeper_model::id::AccountId;
use serde_json::{Value, json};

use crate::app::{App, Caller};

fn path(id: AccountId, what: &str) -> String {
    format!("/api/v1/whatsapp/accounts/{id}/{what}")
}

fn assertion() -> Value {
    json!({
        "id": "AQID", "rawId": "AQID", "type": "public-key", "authenticatorAttachment": "platform",
        "response": { "clientDataJSON": "e30", "authenticatorData": "AAAA", "signature": "AAAA", "userHandle": null },
    })
}

/// Calls each route that this file tests once.
async fn all(caller: &Caller<'_>, id: AccountId) -> Vec<String> {
    vec![
        caller.post(&path(id, "pairing-code"), json!(null)).await.refusal(),
        caller.get(&path(id, "pairing-code")).await.refusal(),
        caller.get(&path(id, "passkey")).await.refusal(),
        caller.post(&path(id, "passkey/assertion"), assertion()).await.refusal(),
        caller.post(&path(id, "passkey/confirm"), json!(null)).await.refusal(),
    ]
}

#[tokio::test]
async fn an_account_without_a_pairing_has_no_code_and_no_passkey_request() {
    let app = App::new().await;
    let owner = app.owner().await;
    let id = app.add_account(&owner.user, "Shop", None).await;
    app.registry.restore().await.unwrap();
    insta::assert_snapshot!(all(&owner, id).await.join("\n"), @"
    400 validation_failed
    phoneNumber: required: must be given: the account's is not known
    409 code_not_requested
    409 passkey_not_asked
    409 passkey_not_asked
    409 passkey_not_asked
    ");
    app.lifecycle.stop();
}

#[tokio::test]
async fn only_permitted_callers_can_pair() {
    let app = App::new().await;
    let owner = app.owner().await;
    let id = app.add_account(&owner.user, "Shop", None).await;
    let stranger = app.member("eve@example.org", Role::Owner, None).await;
    let viewer = app.with_key(&owner.user, &[Permission::WhatsappRead], None).await;
    for refused in all(&stranger, id).await {
        assert_eq!(refused, "404 account_not_found");
    }
    for refused in all(&viewer, id).await {
        assert_eq!(refused, "403 permission_denied");
    }
}

#[tokio::test]
async fn phone_numbers_and_assertions_are_validated() {
    let app = App::new().await;
    let owner = app.owner().await;
    let id = app.add_account(&owner.user, "Shop", Some("+15551234567")).await;
    let code = async |body| owner.post(&path(id, "pairing-code"), body).await.refusal();
    insta::assert_snapshot!(code(json!({ "phoneNumber": "12345" })).await, @"
    400 validation_failed
    phoneNumber: invalid: must be a phone number in E.164: a plus sign, then 7 to 15 digits, the first not 0
    ");
    insta::assert_snapshot!(code(json!({ "phoneNumber": "+15557654321" })).await, @"
    400 validation_failed
    phoneNumber: invalid: is not the number of this account
    ");
    insta::assert_snapshot!(code(json!({ "phone": "+15551234567" })).await, @"
    400 validation_failed
    phone: unknown_field: is not known here
    ");
    let answer = async |body| owner.post(&path(id, "passkey/assertion"), body).await.refusal();
    insta::assert_snapshot!(answer(json!({})).await, @"
    400 validation_failed
    response: invalid: must be a WebAuthn assertion: an object with `rawId`, `type` public-key and a `response` with clientDataJSON, authenticatorData and signature
    ");
    let mut broken = assertion();
    broken["response"]["signature"] = json!("not base64url!");
    assert!(answer(broken).await.starts_with("400 validation_failed\nresponse: invalid: "));
    assert_eq!(answer(assertion()).await, "409 passkey_not_asked");
}

/// While the pairing waits for WhatsApp, it has no QR code, no pairing code and no passkey request yet.
#[tokio::test]
async fn a_pairing_that_is_still_opening_shows_its_step_but_no_code() {
    let app = App::new().await;
    app.registry.restore().await.unwrap();
    let owner = app.owner().await;
    let made = owner.post("/api/v1/whatsapp/connect", json!({ "displayName": "Shop" })).await.json();
    assert_eq!(made["pairing"], json!({ "step": "opening", "expiresAt": null }));
    let id = made["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(owner.get(&path(id, "passkey")).await.refusal(), "409 passkey_not_asked");
    let unknown = owner.post(&path(id, "pairing-code"), json!({})).await;
    assert!(
        unknown.refusal().starts_with("400 validation_failed\nphoneNumber: required"),
        "{}",
        unknown.text()
    );
    app.lifecycle.stop();
}
