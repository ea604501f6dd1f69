//! Requests that are repeated with their `Idempotency-Key`: they have one effect and get one answer.

use http::{Method, StatusCode};
use linekeeper_model::access::{Permission, Role};
use serde_json::{Value, json};
use std::time::Duration;

use crate::answer::Answer;
use crate::app::{App, Caller, request};

const CONNECT: &str = "/api/v1/whatsapp/connect";
const KEYS: &str = "/api/v1/api-keys";

async fn post(caller: &Caller<'_>, path: &str, key: &str, body: &Value) -> Answer {
    let asked =
        request(Method::POST, path).header("idempotency-key", key).header("content-type", "application/json");
    caller.send(asked, body.to_string()).await
}

async fn accounts(caller: &Caller<'_>) -> usize {
    caller.get("/api/v1/whatsapp/accounts").await.json()["data"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_answer_without_a_second_effect() {
    let app = App::new().await;
    let owner = app.owner().await;
    let body = json!({ "displayName": "Shop" });
    let first = post(&owner, CONNECT, "k-1", &body).await;
    assert_eq!((first.status, first.header("idempotency-replayed")), (StatusCode::CREATED, ""));
    let again = post(&owner, CONNECT, "k-1", &body).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (StatusCode::CREATED, "true"));
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("location"), first.header("location"));
    assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
    assert_eq!(accounts(&owner).await, 1);

    post(&owner, CONNECT, "k-2", &body).await;
    assert_eq!(accounts(&owner).await, 2, "another key is another request");
    let other = post(&owner, CONNECT, "k-1", &json!({ "displayName": "Office" })).await;
    insta::assert_snapshot!(other.refusal(), @"422 idempotency_key_reused");
    let elsewhere = post(&owner, KEYS, "k-1", &body).await;
    insta::assert_snapshot!(elsewhere.refusal(), @"422 idempotency_key_reused");

    app.clock.advance(Duration::from_secs(24 * 60 * 60));
    post(&owner, CONNECT, "k-1", &body).await;
    assert_eq!(accounts(&owner).await, 3, "a day later the key is free");
}

#[tokio::test]
async fn the_stored_answer_with_a_secret_is_repeated_only_for_the_same_caller() {
    let app = App::new().await;
    let user = app.add_user("ana@example.org", Role::Owner, None).await;
    let owner = app.with_key(&user, &Permission::ALL, None).await;
    let body = json!({ "name": "CRM", "scopes": ["whatsapp:read"] });
    let made = post(&owner, KEYS, "make", &body).await.json();
    assert_eq!(post(&owner, KEYS, "make", &body).await.json(), made);
    // The same person with fewer rights, and another person, do not get the stored answer.
    let weaker = app.with_key(&user, &[Permission::KeysManage, Permission::WhatsappRead], None).await;
    insta::assert_snapshot!(post(&weaker, KEYS, "make", &body).await.refusal(), @"422 idempotency_key_reused");
    let ben = app.member("ben@example.org", Role::Admin, Some(user.workspace_id)).await;
    let his = post(&ben, KEYS, "make", &body).await;
    assert_eq!((his.status, his.header("idempotency-replayed")), (StatusCode::CREATED, ""));
    assert_ne!(his.json()["key"], made["key"]);
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_refusal_unless_a_retry_could_succeed() {
    let app = App::new().await;
    let owner = app.owner().await;
    let wrong = post(&owner, CONNECT, "wrong", &json!({})).await;
    let again = post(&owner, CONNECT, "wrong", &json!({})).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.refusal(), wrong.refusal());

    for n in 0..3 {
        post(&owner, CONNECT, &format!("k-{n}"), &json!({ "displayName": "x" })).await;
    }
    let full = json!({ "displayName": "One too many" });
    insta::assert_snapshot!(post(&owner, CONNECT, "full", &full).await.refusal(), @"403 account_limit_reached");
    let account =
        owner.get("/api/v1/whatsapp/accounts").await.json()["data"][0]["id"].as_str().unwrap().to_owned();
    owner.delete(&format!("/api/v1/whatsapp/accounts/{account}")).await;
    assert_eq!(post(&owner, CONNECT, "full", &full).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn concurrent_requests_with_one_key_have_one_effect() {
    let app = App::new().await;
    let owner = app.owner().await;
    let body = json!({ "displayName": "Shop" });
    let answers = futures_util::future::join_all((0..16).map(|_| post(&owner, CONNECT, "k", &body))).await;
    assert_eq!(accounts(&owner).await, 1);
    let fresh = answers.iter().filter(|answer| {
        answer.status == StatusCode::CREATED && answer.header("idempotency-replayed").is_empty()
    });
    assert_eq!(fresh.count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != StatusCode::CREATED) {
        assert_eq!(answer.refusal(), "409 request_in_progress");
        assert_eq!(answer.header("retry-after"), "1");
    }
}

#[tokio::test]
async fn a_request_is_carried_out_even_if_its_caller_hangs_up() {
    let app = App::new().await;
    let owner = app.owner().await;
    let body = json!({ "displayName": "Shop" });
    {
        let mut asking = std::pin::pin!(post(&owner, CONNECT, "k", &body));
        // Waits until the server works on the request. Then the caller closes the connection.
        let mut accounts = app.log.subscribe();
        tokio::select! {
            _ = &mut asking => {}
            _ = accounts.changed() => {}
        }
    }
    let answer = loop {
        let answer = post(&owner, CONNECT, "k", &body).await;
        if answer.status != StatusCode::CONFLICT {
            break answer;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!((answer.status, answer.header("idempotency-replayed")), (StatusCode::CREATED, "true"));
    assert_eq!(accounts(&owner).await, 1);
}

#[tokio::test]
async fn idempotency_keys_are_validated_and_apply_only_to_authenticated_writes() {
    let app = App::new().await;
    let owner = app.owner().await;
    let body = json!({ "displayName": "Shop" });
    for key in ["", "with space", &"x".repeat(256)] {
        let refused = post(&owner, CONNECT, key, &body).await;
        assert_eq!(refused.refusal(), "400 invalid_idempotency_key");
    }
    assert_eq!(accounts(&owner).await, 0);
    let asked = request(Method::GET, "/api/v1/auth/me").header("idempotency-key", "with space");
    assert_eq!(owner.send(asked, String::new()).await.status, 200, "reading needs none");
    let nobody = request(Method::POST, CONNECT)
        .header("idempotency-key", "k")
        .header("content-type", "application/json");
    let refused = app.send(nobody.body(body.to_string()).unwrap()).await;
    insta::assert_snapshot!(refused.refusal(), @"401 credential_required");
}

/// Every write in the OpenAPI document that needs a credential accepts an `Idempotency-Key`, and no other
/// operation does.
#[tokio::test]
async fn every_write_accepts_an_idempotency_key() {
    let app = App::new().await;
    let owner = app.owner().await;
    let document = linekeeper::http::openapi();
    let mut tried = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let says_so =
                parameters.into_iter().any(|p| p["$ref"] == "#/components/parameters/IdempotencyKey");
            let method: Method = method.to_uppercase().parse().unwrap();
            let path = path.replace("{accountId}", "01890a5d-ac96-774b-bcce-b302099a8057");
            let asked = request(method.clone(), &path).header("idempotency-key", "with space");
            let answer = owner.send(asked, String::new()).await;
            let taken = answer.status == 400 && answer.json()["code"] == "invalid_idempotency_key";
            assert_eq!(taken, says_so, "{method} {path}");
            tried += usize::from(taken);
        }
    }
    assert!(tried >= 10, "{tried}");
}
