//! Which credentials are accepted, and what they allow.

use std::time::Duration;

use http::Method;
use linekeeper_model::access::{Permission, Role};
use serde_json::json;

use crate::app::{App, request};

const ME: &str = "/api/v1/auth/me";

async fn with_headers(app: &App, headers: &[(&str, &str)]) -> String {
    let mut asked = request(Method::GET, ME);
    for (name, value) in headers {
        asked = asked.header(*name, *value);
    }
    app.send(asked.body(String::new()).unwrap()).await.refusal()
}

#[tokio::test]
async fn missing_and_wrong_credentials_are_refused() {
    let app = App::new().await;
    let none = app.get(ME).await;
    insta::assert_snapshot!(none.refusal(), @"401 credential_required");
    assert_eq!(none.header("www-authenticate"), "Bearer realm=\"linekeeper\"");

    let unknown = format!("lk_{}", "A".repeat(43));
    for headers in [
        [("x-api-key", unknown.as_str())].as_slice(),
        &[("authorization", "Bearer rubbish")],
        &[("authorization", "Basic dXNlcjpwYXNz")],
        &[("authorization", "Bearer")],
        &[("x-api-key", "lk_short")],
        &[("x-api-key", "one"), ("x-api-key", "other")],
    ] {
        assert_eq!(with_headers(&app, headers).await, "401 invalid_credential", "{headers:?}");
    }
    insta::assert_snapshot!(with_headers(&app, &[("x-api-key", "")]).await, @"401 credential_required");
}

#[tokio::test]
async fn an_api_key_works_in_x_api_key_and_authorization_until_the_key_expires() {
    let app = App::new().await;
    let user = app.add_user("ana@example.org", Role::Owner, None).await;
    let caller = app.with_key(&user, &Permission::ALL, Some(Duration::from_secs(60))).await;
    assert_eq!(caller.get(ME).await.json()["via"], "apiKey");
    let bearer = request(Method::GET, ME).header("authorization", format!("Bearer {}", caller.credential()));
    assert_eq!(app.send(bearer.body(String::new()).unwrap()).await.status, 200);
    app.clock.advance(Duration::from_secs(60));
    insta::assert_snapshot!(caller.get(ME).await.refusal(), @"401 credential_expired");
}

#[tokio::test]
async fn a_credential_in_a_url_is_refused_at_every_path() {
    let app = App::new().await;
    let owner = app.owner().await;
    for query in ["apiKey=x", "token=x", "access_token=x", "api_key=x", "q=a&X-API-KEY=x"] {
        let answer = owner.get(&format!("/api/v1/whatsapp/accounts?{query}")).await;
        assert_eq!(answer.refusal(), "400 credential_in_url", "{query}");
    }
    assert_eq!(app.get("/setup?token=x").await.refusal(), "400 credential_in_url");
    assert_eq!(app.get("/nowhere?apiKey=x").await.refusal(), "400 credential_in_url");
}

#[tokio::test]
async fn a_key_is_limited_by_its_scopes_and_by_the_role_of_its_owner() {
    let app = App::new().await;
    let owner = app.add_user("ana@example.org", Role::Owner, None).await;
    let reader = app.with_key(&owner, &[Permission::WhatsappRead], None).await;
    assert_eq!(reader.get("/api/v1/whatsapp/accounts").await.status, 200);
    let body = json!({ "displayName": "Shop" });
    let refused = reader.post("/api/v1/whatsapp/connect", body.clone()).await;
    insta::assert_json_snapshot!(refused.json(), { ".requestId" => "[id]" }, @r#"
    {
      "code": "permission_denied",
      "detail": "This needs the permission `whatsapp:connect`.",
      "errors": [],
      "requestId": "[id]",
      "status": 403,
      "title": "Forbidden",
      "type": "about:blank"
    }
    "#);
    // A key with all scopes does not give a Viewer the rights of an Admin. The answer does not reveal whether the
    // body is valid.
    let viewer = app.member("vera@example.org", Role::Viewer, Some(owner.workspace_id)).await;
    assert_eq!(viewer.post("/api/v1/whatsapp/connect", body).await.refusal(), "403 permission_denied");
    assert_eq!(viewer.post("/api/v1/whatsapp/connect", json!({})).await.refusal(), "403 permission_denied");
}

#[tokio::test]
async fn a_valid_request_id_is_returned_and_an_invalid_request_id_is_replaced() {
    let app = App::new().await;
    let asked = async |id: &str| {
        let asked = request(Method::GET, "/healthz").header("x-request-id", id);
        app.send(asked.body(String::new()).unwrap()).await.header("x-request-id").to_owned()
    };
    assert_eq!(asked("order-42.a_b").await, "order-42.a_b");
    for id in ["", "a b", "<script>", &"a".repeat(65)] {
        let given = asked(id).await;
        assert_eq!(given.len(), 16, "{id} -> {given}");
    }
}

/// A proxy in front of the server may ask for its own password. Clients then send this password to the server too.
#[tokio::test]
async fn an_api_key_works_although_the_request_also_has_a_proxy_password() {
    let app = App::new().await;
    let user = app.add_user("ana@example.org", Role::Owner, None).await;
    let key = app.with_key(&user, &Permission::ALL, None).await;
    for scheme in ["Basic dXNlcjpwYXNz", "Digest username=\"x\"", "Negotiate"] {
        let asked =
            request(Method::GET, ME).header("authorization", scheme).header("x-api-key", key.credential());
        let answer = app.send(asked.body(String::new()).unwrap()).await;
        assert_eq!(answer.status, 200, "{scheme}: {}", answer.text());
    }
    // A bearer token is meant for this server. If both headers are sent, the token must be the same as the key.
    for scheme in ["Bearer rubbish", "Bearer", "bearer  "] {
        let headers = [("authorization", scheme), ("x-api-key", key.credential())];
        assert_eq!(with_headers(&app, &headers).await, "401 invalid_credential", "{scheme}");
    }
    // The header for the API key is empty here. Without an API key, a header `Authorization` with another scheme than
    // Bearer is an invalid credential.
    assert_eq!(
        with_headers(&app, &[("authorization", "Basic dXNlcjpwYXNz"), ("x-api-key", "")]).await,
        "401 invalid_credential"
    );
}
