//! The one-time setup link of the first start.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{App, PASSWORD, sign_in_body};

fn body(token: &str) -> Value {
    json!({ "token": token, "email": "Ana@Example.org", "password": PASSWORD })
}

#[tokio::test]
async fn the_setup_link_creates_the_owner_once() {
    let app = App::fresh().await;
    let token = app.setup_token.clone().unwrap();
    let made = app.post("/api/v1/setup", body(&token)).await;
    assert_eq!(made.status, 201);
    assert!(made.header("set-cookie").starts_with("lk_refresh="));
    insta::assert_json_snapshot!(made.json(), { ".accessToken" => "[token]", ".user.id" => "[id]", ".user.workspaceId" => "[id]" }, @r#"
    {
      "accessToken": "[token]",
      "expiresAt": "2026-06-01T12:15:00Z",
      "user": {
        "email": "ana@example.org",
        "externalId": null,
        "id": "[id]",
        "role": "owner",
        "workspaceId": "[id]"
      }
    }
    "#);
    let again = app.post("/api/v1/setup", body(&token)).await;
    insta::assert_snapshot!(again.refusal(), @"409 already_set_up");
    assert_eq!(app.post("/api/v1/auth/sign-in", sign_in_body("ana@example.org")).await.status, 200);
}

#[tokio::test]
async fn the_setup_page_links_to_the_sign_in_page_after_the_owner_exists() {
    let app = App::fresh().await;
    let before = app.get("/setup").await;
    assert!(before.text().contains("Create the Owner") && !before.text().contains("Sign in"));
    assert_eq!(app.post("/api/v1/setup", body(&app.setup_token.clone().unwrap())).await.status, 201);
    let after = app.get("/setup").await;
    assert_eq!((after.status.as_u16(), after.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(
        after.text().contains("href=\"/\">Sign in") && !after.text().contains("<form"),
        "{}",
        after.text()
    );
}

#[tokio::test]
async fn two_concurrent_setups_create_one_owner() {
    let app = App::fresh().await;
    let token = app.setup_token.clone().unwrap();
    let (one, other) =
        tokio::join!(app.post("/api/v1/setup", body(&token)), app.post("/api/v1/setup", body(&token)));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
}

#[tokio::test]
async fn wrong_and_expired_setup_tokens_create_no_owner() {
    let app = App::fresh().await;
    let wrong = app.post("/api/v1/setup", body("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")).await;
    insta::assert_snapshot!(wrong.refusal(), @"401 invalid_setup_token");
    app.clock.advance(Duration::from_secs(30 * 60));
    let late = app.post("/api/v1/setup", body(&app.setup_token.clone().unwrap())).await;
    insta::assert_snapshot!(late.refusal(), @"401 setup_token_expired");
    assert!(!app.storage.read().await.unwrap().members().owner_exists().await.unwrap());
}

#[tokio::test]
async fn all_invalid_fields_are_reported_at_once() {
    let app = App::fresh().await;
    let answer =
        app.post("/api/v1/setup", json!({ "email": "ana", "password": "short", "role": "owner" })).await;
    insta::assert_snapshot!(answer.refusal(), @"
    400 validation_failed
    token: required: must be given
    email: invalid: must be an e-mail address of at most 254 characters
    password: too_short: must have at least 12 characters
    role: unknown_field: is not known here
    ");
    assert!(!answer.text().contains("\"short\""), "a password is never repeated");
}
