//! Bodies that are not what they should be: a refusal that names the field, and nothing changed.

use http::Method;
use serde_json::json;

use crate::app::{App, Caller, request};

const CONNECT: &str = "/api/v1/whatsapp/connect";

async fn raw(caller: &Caller<'_>, body: &str) -> String {
    let asked = request(Method::POST, CONNECT).header("content-type", "application/json");
    caller.send(asked, body.to_owned()).await.refusal()
}

#[tokio::test]
async fn fields_of_every_wrong_kind() {
    let app = App::new().await;
    let owner = app.owner().await;
    let body = json!({
        "displayName": 7, "phoneNumber": "12345", "dailyLimit": 0, "method": "carrier pigeon", "proxy": { "url": "x" },
        "accountId": null, "colour": "green",
    });
    insta::assert_snapshot!(owner.post(CONNECT, body).await.refusal(), @"
    400 validation_failed
    displayName: wrong_type: must be a string
    phoneNumber: invalid: must be a phone number in E.164: a plus sign, then 7 to 15 digits, the first not 0
    dailyLimit: out_of_range: must be a whole number from 1 to 100000
    method: unsupported: must be `qr`, the only method so far
    proxy: unsupported: is not supported yet
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
    insta::assert_snapshot!(raw(&owner, r#"{"accountId":"42"}"#).await, @"
    400 validation_failed
    accountId: invalid: must be a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057
    ");
    assert_eq!(owner.get("/api/v1/whatsapp/accounts").await.json()["data"], json!([]));
}

#[tokio::test]
async fn names_numbers_and_limits_at_their_edges() {
    let app = App::new().await;
    let owner = app.owner().await;
    let long = "x".repeat(10_000);
    for name in ["", "   ", "a\nb", "a\u{0}b", long.as_str()] {
        let refused = owner.post(CONNECT, json!({ "displayName": name })).await.refusal();
        assert!(refused.starts_with("400 validation_failed\ndisplayName: invalid: "), "{refused}");
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
async fn what_is_not_json() {
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
async fn a_thousand_unknown_fields_do_not_make_a_long_answer() {
    let app = App::new().await;
    let owner = app.owner().await;
    let fields: Vec<String> = (0..1_000).map(|n| format!("\"{}{n}\":1", "f".repeat(50))).collect();
    let refused = raw(&owner, &format!("{{{}}}", fields.join(","))).await;
    assert_eq!(refused.lines().count(), 51);
    let long = format!("{{\"displayName\":\"a\",\"{}\":1}}", "é".repeat(5_000));
    assert!(raw(&owner, &long).await.len() < 300);
}
