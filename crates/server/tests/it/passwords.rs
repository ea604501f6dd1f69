//! How passwords are changed and reset, and which sign-ins end with the old password.

use std::time::Duration;

use linekeeper_model::access::{Permission, Role};
use serde_json::json;

use crate::answer::Answer;
use crate::app::{App, PASSWORD, sign_in_body};

const CHANGE: &str = "/api/v1/auth/password";
const FORGOT: &str = "/api/v1/auth/password/forgot";
const RESET: &str = "/api/v1/auth/password/reset";
const NEW: &str = "staple correct horse";

async fn sign_in(app: &App, password: &str) -> u16 {
    let body = json!({ "email": "ana@example.org", "password": password });
    app.post("/api/v1/auth/sign-in", body).await.status.as_u16()
}

/// Waits for the next mail and returns the token of its password link.
async fn mailed_token(app: &App) -> String {
    let sent = async {
        loop {
            if let [mail] = app.mails().await.as_slice() {
                assert_eq!(mail.subject.as_str(), "Set a new password");
                let (_, after) = mail.text.split_once("/reset-password#").unwrap();
                return after.lines().next().unwrap().to_owned();
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), sent).await.expect("a mail comes")
}

async fn reset(app: &App, token: &str, password: &str) -> Answer {
    app.post(RESET, json!({ "token": token, "newPassword": password })).await
}

#[tokio::test]
async fn a_changed_password_ends_all_other_sign_ins() {
    let mut app = App::new().await;
    app.send_mail();
    let ana = app.add_user("ana@example.org", Role::Owner, None).await;
    let (here, there) = (app.signed_in(&ana).await, app.signed_in(&ana).await);
    let key = app.with_key(&ana, &Permission::ALL, None).await;
    let change = |current: &str, new: &str| json!({ "currentPassword": current, "newPassword": new });
    insta::assert_snapshot!(here.post(CHANGE, change("wrong", NEW)).await.refusal(), @"403 wrong_password");
    insta::assert_snapshot!(here.post(CHANGE, change(PASSWORD, "short")).await.refusal(), @"
    400 validation_failed
    newPassword: too_short: must have at least 12 characters
    ");
    insta::assert_snapshot!(key.post(CHANGE, change(PASSWORD, NEW)).await.refusal(), @"403 sign_in_needed");
    app.post(FORGOT, json!({ "email": "ana@example.org" })).await;
    let mailed = mailed_token(&app).await;
    assert_eq!(here.post(CHANGE, change(PASSWORD, NEW)).await.status, 204);
    insta::assert_snapshot!(reset(&app, &mailed, PASSWORD).await.refusal(), @"404 reset_link_invalid");
    assert_eq!(here.get("/api/v1/auth/me").await.status, 200);
    assert_eq!(key.get("/api/v1/auth/me").await.status, 200);
    insta::assert_snapshot!(there.get("/api/v1/auth/me").await.refusal(), @"401 invalid_credential");
    assert_eq!((sign_in(&app, PASSWORD).await, sign_in(&app, NEW).await), (401, 200));
    let [told] = app.mails().await.try_into().unwrap();
    assert_eq!(told.subject.as_str(), "Your password was changed");
}

#[tokio::test]
async fn a_password_link_works_once() {
    let mut app = App::new().await;
    app.send_mail();
    let ana = app.add_user("ana@example.org", Role::Owner, None).await;
    let signed_in = app.signed_in(&ana).await;
    let known = app.post(FORGOT, json!({ "email": "ANA@example.org" })).await;
    let first = mailed_token(&app).await;
    app.post(FORGOT, json!({ "email": "ana@example.org" })).await;
    let token = mailed_token(&app).await;
    let unknown = app.post(FORGOT, json!({ "email": "eve@example.org" })).await;
    assert_eq!((known.status, &known.body), (unknown.status, &unknown.body));
    assert_eq!(known.status, 202);

    insta::assert_snapshot!(reset(&app, &first, NEW).await.refusal(), @"404 reset_link_invalid");
    insta::assert_snapshot!(reset(&app, &token, "short").await.refusal(), @"
    400 validation_failed
    newPassword: too_short: must have at least 12 characters
    ");
    assert_eq!(reset(&app, &token, NEW).await.status, 204);
    insta::assert_snapshot!(reset(&app, &token, NEW).await.refusal(), @"404 reset_link_invalid");
    insta::assert_snapshot!(signed_in.get("/api/v1/auth/me").await.refusal(), @"401 invalid_credential");
    assert_eq!((sign_in(&app, PASSWORD).await, sign_in(&app, NEW).await), (401, 200));
    let [told] = app.mails().await.try_into().unwrap();
    assert_eq!(told.subject.as_str(), "Your password was changed");
}

#[tokio::test]
async fn a_password_link_expires_after_half_an_hour() {
    let mut app = App::new().await;
    app.send_mail();
    app.add_user("ana@example.org", Role::Owner, None).await;
    app.post(FORGOT, json!({ "email": "ana@example.org" })).await;
    let token = mailed_token(&app).await;
    app.clock.advance(Duration::from_secs(30 * 60));
    insta::assert_snapshot!(reset(&app, &token, NEW).await.refusal(), @"404 reset_link_invalid");
    assert_eq!(sign_in(&app, PASSWORD).await, 200);
}

#[tokio::test]
async fn without_mail_a_password_link_is_refused() {
    let app = App::new().await;
    let refused = app.post(FORGOT, json!({ "email": "ana@example.org" })).await;
    insta::assert_snapshot!(refused.refusal(), @"409 mail_not_configured");
}

#[tokio::test]
async fn sign_ins_can_be_listed_and_ended() {
    let app = App::new().await;
    let ana = app.add_user("ana@example.org", Role::Owner, None).await;
    let eve = app.add_user("eve@example.org", Role::Owner, None).await;
    let (first, second, third) =
        (app.signed_in(&ana).await, app.signed_in(&ana).await, app.signed_in(&ana).await);
    let foreign = app.signed_in(&eve).await;
    let list = first.get("/api/v1/auth/sign-ins").await.json();
    let list = list["data"].as_array().unwrap();
    assert_eq!(list.iter().map(|s| s["current"].as_bool().unwrap()).filter(|current| *current).count(), 1);
    assert_eq!(list.len(), 3);
    let id_of = async |of: &crate::app::Caller<'_>| {
        let list = of.get("/api/v1/auth/sign-ins").await.json();
        let own = list["data"].as_array().unwrap().iter().find(|s| s["current"] == true).unwrap().clone();
        format!("/api/v1/auth/sign-ins/{}", own["id"].as_str().unwrap())
    };
    let (of_second, of_eve) = (id_of(&second).await, id_of(&foreign).await);
    insta::assert_snapshot!(first.delete(&of_eve).await.refusal(), @"404 sign_in_not_found");
    assert_eq!(first.delete(&of_second).await.status, 204);
    insta::assert_snapshot!(first.delete(&of_second).await.refusal(), @"404 sign_in_not_found");
    insta::assert_snapshot!(second.get("/api/v1/auth/me").await.refusal(), @"401 invalid_credential");
    assert_eq!(first.post("/api/v1/auth/sign-ins/end-others", json!(null)).await.status, 204);
    insta::assert_snapshot!(third.get("/api/v1/auth/me").await.refusal(), @"401 invalid_credential");
    assert_eq!(foreign.get("/api/v1/auth/me").await.status, 200);
    assert_eq!(first.get("/api/v1/auth/me").await.status, 200);
    assert_eq!(app.post("/api/v1/auth/sign-in", sign_in_body("ana@example.org")).await.status, 200);
}
