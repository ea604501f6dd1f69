//! Tokens of a CRM, signed with real keys: which of them the server accepts, with which rights, and which it
//! refuses.

pub mod issuer;
mod standing;

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::Method;
use issuer::{AUDIENCE, ISSUER, Publisher, SigningKey, signed, signed_with_secret, trusted};
use jsonwebtoken::{Algorithm, EncodingKey};
use linekeeper::credentials::foreign_token::TrustedKeys;
use linekeeper_model::access::Role;
use linekeeper_model::clock::Clock as _;
use linekeeper_model::id::WorkspaceId;
use linekeeper_model::secret::Secret;
use linekeeper_model::user::{Login, Member, Workspace};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::app::{App, request};

const SECRET: &str = "a secret of forty characters, no fewer..";

/// The claims of one of the CRM's agents.
fn claims(app: &App) -> Value {
    let now = app.clock.now().as_second();
    json!({ "iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 600, "sub": "u1", "role": "agent" })
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

async fn get(app: &App, path: &str, token: &str) -> Answer {
    let asked = request(Method::GET, path).header("authorization", format!("Bearer {token}"));
    app.send(asked.body(String::new()).unwrap()).await
}

async fn me(app: &App, token: &str) -> Answer {
    get(app, "/api/v1/auth/me", token).await
}

/// A server with one workspace, and a CRM whose tokens are signed with a secret.
async fn with_secret() -> (App, Member) {
    let mut app = App::new().await;
    let owner = app.add_user("ana@example.org", Role::Owner, None).await;
    app.trust(trusted(TrustedKeys::Secret(Secret::new(SECRET.to_owned()))));
    (app, owner)
}

fn by_secret(claims: &Value) -> String {
    signed_with_secret(SECRET, claims)
}

async fn name_workspace(app: &App, workspace: WorkspaceId, name: &str) {
    let mut tx = app.storage.begin().await.unwrap();
    let found = tx.workspaces().get(workspace).await.unwrap().unwrap();
    tx.workspaces().update(&Workspace { external_id: Some(name.to_owned()), ..found }).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_user_of_the_crm_becomes_a_member_at_the_first_request() {
    let (app, owner) = with_secret().await;
    let first = me(&app, &by_secret(&claims(&app))).await;
    insta::assert_json_snapshot!(first.json(), { ".user.id" => "[id]", ".user.workspaceId" => "[id]" }, @r#"
    {
      "notify": false,
      "permissions": [
        "whatsapp:read",
        "messages:send",
        "messages:read"
      ],
      "recoveryCodesLeft": null,
      "totpEnabled": false,
      "user": {
        "email": null,
        "externalId": "https://crm.example.org|u1",
        "id": "[id]",
        "role": "agent",
        "workspaceId": "[id]"
      },
      "via": "foreignToken",
      "weeklyReport": false
    }
    "#);
    assert_eq!(me(&app, &by_secret(&claims(&app))).await.json(), first.json(), "the same user again");
    let members = app.storage.read().await.unwrap().members().of_workspace(owner.workspace_id).await.unwrap();
    assert_eq!(members.len(), 2);

    // An Agent can access only accounts that are shared with them.
    let account = app.add_account(&owner, "Shop", None).await;
    let path = format!("/api/v1/whatsapp/accounts/{account}");
    assert_eq!(get(&app, &path, &by_secret(&claims(&app))).await.status, 404);
    // The newest token decides the role.
    app.clock.advance(Duration::from_secs(1));
    let admin = by_secret(&with(claims(&app), "role", json!("admin")));
    assert_eq!(get(&app, &path, &admin).await.status, 200);
    let stored = app.storage.read().await.unwrap().members().of_workspace(owner.workspace_id).await.unwrap();
    assert!(stored.iter().any(|member| member.role == Role::Admin));
    app.clock.advance(Duration::from_secs(1));
    let viewer = by_secret(&with(claims(&app), "role", json!("viewer")));
    assert_eq!(me(&app, &viewer).await.json()["permissions"], json!(["whatsapp:read"]));
}

#[tokio::test]
async fn a_crm_user_is_not_mistaken_for_a_user_with_a_password() {
    let (app, owner) = with_secret().await;
    for sub in ["ana@example.org".to_owned(), owner.user.id.to_string()] {
        let claims = with(with(claims(&app), "sub", json!(sub)), "email", json!("ana@example.org"));
        let user = me(&app, &by_secret(&claims)).await.json()["user"].clone();
        assert_ne!(user["id"], owner.user.id.to_string());
        assert_eq!((&user["email"], &user["role"]), (&Value::Null, &json!("agent")));
    }
    let ana = app.storage.read().await.unwrap().users().get(owner.user.id).await.unwrap().unwrap();
    assert!(matches!(ana.login, Login::Email(_)));
    // The CRM user has no password on this server.
    let body = json!({ "email": "u1@crm.example.org", "password": "" });
    assert_eq!(app.post("/api/v1/auth/sign-in", body).await.json()["code"], "sign_in_failed");
}

#[tokio::test]
async fn the_token_decides_the_workspace() {
    let (app, here) = with_secret().await;
    let there = app.add_user("eve@example.org", Role::Owner, None).await;
    let at = async |name: Value| {
        let answer = me(&app, &by_secret(&with(claims(&app), "workspace", name))).await;
        (answer.status.as_u16(), answer.json())
    };
    let none = me(&app, &by_secret(&claims(&app))).await;
    insta::assert_snapshot!(none.refusal(), @"403 token_unclear");
    for unknown in [json!("acme"), json!(""), json!(null), json!(["acme"]), json!(7)] {
        let (status, body) = at(unknown).await;
        assert_eq!((status, &body["code"]), (403, &json!("token_unclear")));
    }
    name_workspace(&app, here.workspace_id, "acme").await;
    assert_eq!(at(json!("acme")).await.1["user"]["workspaceId"], here.workspace_id.to_string());
    // `here` gets the id of `there` as its name. The users of `there` must still be added to `there`, and not to
    // `here`.
    name_workspace(&app, here.workspace_id, &there.workspace_id.to_string()).await;
    let id = json!(there.workspace_id.to_string());
    assert_eq!(at(id).await.1["user"]["workspaceId"], there.workspace_id.to_string());
    let stored = app.storage.read().await.unwrap().members().of_workspace(there.workspace_id).await.unwrap();
    assert_eq!(stored.len(), 2);
}

#[tokio::test]
async fn a_forged_token_is_refused_and_adds_no_member() {
    let (app, owner) = with_secret().await;
    let good = claims(&app);
    let now = app.clock.now().as_second();
    let expired = me(&app, &by_secret(&with(good.clone(), "exp", json!(now - 60)))).await;
    insta::assert_snapshot!(expired.refusal(), @"401 token_expired");
    let token = by_secret(&good);
    let (body, signature) = token.rsplit_once('.').unwrap();
    let (_, payload) = body.split_once('.').unwrap();
    let none = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let crit = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","crit":["b64"],"b64":false}"#);
    let other = EncodingKey::from_secret(b"another secret of forty characters......");
    for (forged, why) in [
        (by_secret(&with(good.clone(), "iss", json!("https://other"))), "issuer"),
        (by_secret(&with(good.clone(), "aud", json!("other"))), "audience"),
        (by_secret(&with(good.clone(), "nbf", json!(now + 61))), "not yet"),
        (by_secret(&with(good.clone(), "exp", json!(null))), "for ever"),
        (signed(Algorithm::HS256, None, &other, &good), "another secret"),
        (format!("{none}.{payload}."), "unsigned"),
        (format!("{none}.{payload}.{signature}"), "no algorithm"),
        (format!("{crit}.{payload}.{signature}"), "critical header"),
        (format!("{body}."), "no signature"),
        (by_secret(&with(good.clone(), "more", json!("x".repeat(8 * 1024)))), "huge"),
        ("a.b.c".to_owned(), "rubbish"),
        ("x".repeat(60_000), "huge rubbish"),
    ] {
        let refused = me(&app, &forged).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json()["code"]),
            (401, &json!("invalid_credential")),
            "{why}"
        );
    }
    let unknown_role = me(&app, &by_secret(&with(good, "role", json!("root")))).await;
    insta::assert_snapshot!(unknown_role.refusal(), @"403 token_unclear");
    let members = app.storage.read().await.unwrap().members().of_workspace(owner.workspace_id).await.unwrap();
    assert_eq!(members.len(), 1);
}

#[tokio::test]
async fn without_configured_trust_every_foreign_token_is_refused() {
    let app = App::new().await;
    app.add_user("ana@example.org", Role::Owner, None).await;
    let refused = me(&app, &by_secret(&claims(&app))).await;
    insta::assert_snapshot!(refused.refusal(), @"401 invalid_credential");
}

#[tokio::test]
async fn each_published_key_verifies_only_tokens_that_its_private_key_signed() {
    let mut app = App::new().await;
    app.add_user("ana@example.org", Role::Owner, None).await;
    let keys = [SigningKey::rsa("rsa"), SigningKey::ec("ec"), SigningKey::ed25519("ed")];
    let publisher = Publisher::of(&keys.each_ref()).await;
    app.trust(publisher.trusted());
    let good = claims(&app);
    for key in &keys {
        assert_eq!(me(&app, &key.sign(&good)).await.status, 200, "{}", key.id);
    }
    let stranger = SigningKey::ec("ec");
    let [rsa, ec, ed] = &keys;
    // A published key is not secret. A token that uses it as a shared secret must be refused.
    let modulus = rsa.published()["n"].as_str().unwrap().to_owned();
    let raw = BASE64_URL_SAFE_NO_PAD.decode(&modulus).unwrap();
    let document = json!({ "keys": [rsa.published()] }).to_string();
    for (forged, why) in [
        (stranger.sign(&good), "another key under that name"),
        (signed(Algorithm::ES256, Some("rsa"), &ec.private, &good), "the name of another kind of key"),
        (signed(Algorithm::EdDSA, Some("ec"), &ed.private, &good), "the name of another kind of key"),
        (
            signed(Algorithm::HS256, Some("rsa"), &EncodingKey::from_secret(modulus.as_bytes()), &good),
            "public key",
        ),
        (signed(Algorithm::HS256, Some("rsa"), &EncodingKey::from_secret(&raw), &good), "public key"),
        (
            signed(Algorithm::HS256, Some("ec"), &EncodingKey::from_secret(document.as_bytes()), &good),
            "document",
        ),
        (signed(Algorithm::ES256, None, &ec.private, &good), "no name, and several keys"),
    ] {
        let refused = me(&app, &forged).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json()["code"]),
            (401, &json!("invalid_credential")),
            "{why}"
        );
    }
    let other = signed(Algorithm::PS512, Some("rsa"), &rsa.private, &good);
    assert_eq!(me(&app, &other).await.status, 401, "the key is for RS256 alone");
}

#[tokio::test]
async fn rotated_keys_are_fetched_at_most_once_a_minute() {
    let mut app = App::new().await;
    app.add_user("ana@example.org", Role::Owner, None).await;
    let (old, new) = (SigningKey::ec("old"), SigningKey::ec("new"));
    let publisher = Publisher::of(&[&old]).await;
    app.trust(publisher.trusted());
    assert_eq!(me(&app, &old.sign(&claims(&app))).await.status, 200);
    publisher.publish(&[&new]);
    for _ in 0..5 {
        let early = me(&app, &new.sign(&claims(&app))).await;
        insta::allow_duplicates! { insta::assert_snapshot!(early.refusal(), @"401 invalid_credential"); }
    }
    assert_eq!(publisher.asked(), 1);
    app.clock.advance(Duration::from_secs(60));
    assert_eq!(me(&app, &new.sign(&claims(&app))).await.status, 200);
    assert_eq!(me(&app, &old.sign(&claims(&app))).await.status, 401, "it was taken back");
    assert_eq!(publisher.asked(), 2);
}

#[tokio::test]
async fn tokens_are_refused_with_503_while_no_keys_can_be_fetched() {
    let mut app = App::new().await;
    app.add_user("ana@example.org", Role::Owner, None).await;
    let key = SigningKey::ed25519("ed");
    let publisher = Publisher::of(&[&key]).await;
    publisher.answer_with("302 Found\r\nlocation: http://127.0.0.1:1/keys", "");
    app.trust(publisher.trusted());
    let first = me(&app, &key.sign(&claims(&app))).await;
    insta::assert_snapshot!(first.refusal(), @"503 token_keys_unavailable");
    assert_eq!(first.header("retry-after"), "5");
    let large = json!({ "keys": [key.published()], "more": "x".repeat(300_000) }).to_string();
    for (status, body) in
        [("500 Internal Server Error", "{}"), ("200 OK", "rubbish"), ("200 OK", large.as_str())]
    {
        publisher.answer_with(status, body);
        app.clock.advance(Duration::from_secs(60));
        assert_eq!(me(&app, &key.sign(&claims(&app))).await.status, 503, "{status}");
    }
    publisher.publish(&[&key]);
    app.clock.advance(Duration::from_secs(60));
    assert_eq!(me(&app, &key.sign(&claims(&app))).await.status, 200);

    // While the issuer is unreachable, the server uses the known keys for an hour.
    publisher.answer_with("500 Internal Server Error", "");
    app.clock.advance(Duration::from_secs(59 * 60));
    assert_eq!(me(&app, &key.sign(&claims(&app))).await.status, 200);
    app.clock.advance(Duration::from_secs(2 * 60));
    assert_eq!(me(&app, &key.sign(&claims(&app))).await.status, 503);
}
