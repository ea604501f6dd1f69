//! Invalid bodies. The server refuses each with the name of the field, and changes nothing.

use http::Method;
use serde_json::json;

use crate::app::{App, Caller, request};

const CONNECT: &str = "/api/v1/whatsapp/connect";

async fn raw(caller: &Caller<'_>, body: &str) -> String {
    let asked = request(Method::POST, CONNECT).header("content-type", "application/json");
    caller.send(asked, body.to_owned()).await.refusal()
}

#[tokio::test]
async fn every_invalid_field_is_named_in_the_error() {
    let app = App::new().await;
    let owner = app.owner().await;
    let body = json!({
        "displayName": 7, "phoneNumber": "12345", "dailyLimit": 0, "method": "carrier pigeon", "proxy": { "url": "x" },
        "device": { "name": "", "icon": "pager", "colour": "green" }, "tags": ["a", 7], "metadata": { "a": 7 },
        "accountId": null, "colour": "green",
    });
    insta::assert_snapshot!(owner.post(CONNECT, body).await.refusal(), @"
    400 validation_failed
    displayName: wrong_type: must be a string
    method: unsupported: must be `qr` or `pairingCode`
    phoneNumber: invalid: must be a phone number in E.164: a plus sign, then 7 to 15 digits, the first not 0
    dailyLimit: out_of_range: must be a whole number from 1 to 100000
    proxy: wrong_type: must be a string
    device.name: invalid: must have at least one character that can be seen
    device.icon: invalid: must be chrome, firefox, safari, edge or desktop
    device.colour: unknown_field: is not known here
    tags[1]: wrong_type: must be a string
    metadata: wrong_type: must be an object whose values are strings
    colour: unknown_field: is not known here
    ");
    insta::assert_snapshot!(raw(&owner, "{}").await, @"
    400 validation_failed
    displayName: required: must be given
    ");
    insta::assert_snapshot!(raw(&owner, r#"{"displayName":"a","displayName":"b"}"#).await, @"
    400 validation_failed
    displayName: duplicate_field: must be given once
    ");
    let nested = r#"{"displayName":"a","device":{"name":"b","name":"c","icon":"edge"},"metadata":{"a":"1","b":"2","a":"3"}}"#;
    insta::assert_snapshot!(raw(&owner, nested).await, @"
    400 validation_failed
    device.name: duplicate_field: must be given once
    metadata.a: duplicate_field: must be given once
    ");
    insta::assert_snapshot!(raw(&owner, r#"{"displayName":"a","tags":[7,"b",true]}"#).await, @"
    400 validation_failed
    tags[0]: wrong_type: must be a string
    tags[2]: wrong_type: must be a string
    ");
    insta::assert_snapshot!(raw(&owner, r#"{"accountId":"42"}"#).await, @"
    400 validation_failed
    accountId: invalid: must be a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057
    ");
    assert_eq!(owner.get("/api/v1/whatsapp/accounts").await.json()["data"], json!([]));
}

#[tokio::test]
async fn a_pairing_code_needs_a_number_and_errors_do_not_repeat_secrets() {
    let app = App::new().await;
    let owner = app.owner().await;
    let body = json!({ "displayName": "Shop", "method": "pairingCode", "proxy": "ftp://user:hunter2@proxy.example" });
    let refused = owner.post(CONNECT, body).await;
    insta::assert_snapshot!(refused.refusal(), @"
    400 validation_failed
    phoneNumber: required: must be given
    proxy: invalid: must be socks5://, http:// or https:// with a host and a port, and with a user and password where it asks for them; percent-encode what is special in a URL: / as %2F, @ as %40, : as %3A
    ");
    assert!(!refused.text().contains("hunter2"));
    let known = app.add_account(&owner.user, "Known", Some("+15551234567")).await;
    let unknown = app.add_account(&owner.user, "Unknown", None).await;
    let again = json!({ "accountId": unknown.to_string(), "method": "pairingCode" });
    insta::assert_snapshot!(owner.post(CONNECT, again).await.refusal(), @"
    400 validation_failed
    phoneNumber: required: must be given: the account's is not known
    ");
    let other =
        json!({ "accountId": known.to_string(), "method": "pairingCode", "phoneNumber": "+15557654321" });
    insta::assert_snapshot!(owner.post(CONNECT, other).await.refusal(), @"
    400 validation_failed
    phoneNumber: invalid: is not the number of this account
    ");
    let many: Vec<String> = (0..21).map(|n| n.to_string()).collect();
    let labels = json!({ "displayName": "Shop", "tags": many, "metadata": { "a b": "" } });
    insta::assert_snapshot!(owner.post(CONNECT, labels).await.refusal(), @"
    400 validation_failed
    tags: too_long: must be at most 20 tags
    metadata: invalid: must be at most 30 texts of up to 500 characters, under names of 1 to 40 letters, digits, `_`, `-` and `.`
    ");
}

#[tokio::test]
async fn names_numbers_and_limits_are_checked_at_their_exact_bounds() {
    let app = App::new().await;
    let owner = app.owner().await;
    let long = "x".repeat(10_000);
    for (name, code) in [
        ("", "invalid"),
        ("   ", "invalid"),
        ("a\nb", "invalid"),
        ("a\u{0}b", "invalid"),
        (long.as_str(), "too_long"),
    ] {
        let refused = owner.post(CONNECT, json!({ "displayName": name })).await.refusal();
        let expected = format!("400 validation_failed\ndisplayName: {code}: ");
        assert!(refused.starts_with(&expected), "{refused}");
    }
    for phone in
        [json!("rubbish"), json!("15551234567"), json!("+0"), json!(15551234567_u64), json!(["+15551234567"])]
    {
        let refused =
            owner.post(CONNECT, json!({ "displayName": "Shop", "phoneNumber": phone })).await.refusal();
        assert!(refused.starts_with("400 validation_failed\nphoneNumber: "), "{refused}");
    }
    for limit in [json!(0), json!(-1), json!(1.5), json!(100_001), json!(1e300), json!("5"), json!(true)] {
        let refused =
            owner.post(CONNECT, json!({ "displayName": "Shop", "dailyLimit": limit })).await.refusal();
        assert!(refused.starts_with("400 validation_failed\ndailyLimit: "), "{limit}: {refused}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
    let app = App::new().await;
    let owner = app.owner().await;
    for body in ["", "{", "[]", "null", "\"text\"", "{} {}", "{'a':1}", &"[".repeat(10_000)] {
        assert_eq!(raw(&owner, body).await, "400 malformed_json", "{body}");
    }
    for kind in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        let mut asked = request(Method::POST, CONNECT);
        if let Some(kind) = kind {
            asked = asked.header("content-type", kind);
        }
        let refused = owner.send(asked, "{}".to_owned()).await.refusal();
        assert_eq!(refused, "415 unsupported_media_type", "{kind:?}");
    }
    let large = format!("{{\"displayName\":\"{}\"}}", "x".repeat(64 * 1024));
    insta::assert_snapshot!(raw(&owner, &large).await, @"413 body_too_large");
}

#[tokio::test]
async fn a_thousand_unknown_fields_get_a_short_answer() {
    let app = App::new().await;
    let owner = app.owner().await;
    let fields: Vec<String> = (0..1_000).map(|n| format!("\"{}{n}\":1", "f".repeat(50))).collect();
    let refused = raw(&owner, &format!("{{{}}}", fields.join(","))).await;
    assert_eq!(refused.lines().count(), 51);
    let long = format!("{{\"displayName\":\"a\",\"{}\":1}}", "é".repeat(5_000));
    assert!(raw(&owner, &long).await.len() < 300);
}
