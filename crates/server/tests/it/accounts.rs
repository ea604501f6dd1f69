//! Tests of which caller can see which accounts, and of the requests that need no phone.

use std::time::Duration;

use linekeeper_model::access::Role;
use linekeeper_model::id::AccountId;
use linekeeper_model::limits::Usage;
use serde_json::{Value, json};

use crate::app::{App, Caller};

const ACCOUNTS: &str = "/api/v1/whatsapp/accounts";
const CONNECT: &str = "/api/v1/whatsapp/connect";

async fn names(caller: &Caller<'_>, query: &str) -> Vec<String> {
    let page = caller.get(&format!("{ACCOUNTS}{query}")).await.json();
    page["data"].as_array().unwrap().iter().map(|a| a["displayName"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_account_is_returned_with_all_its_fields() {
    let app = App::new().await;
    let owner = app.owner().await;
    let id = app.add_account(&owner.user, "Shop", Some("+15551234567")).await;
    let shown = owner.get(&format!("{ACCOUNTS}/{id}")).await;
    insta::assert_json_snapshot!(shown.json(), { ".id" => "[id]", ".userId" => "[id]" }, @r#"
    {
      "connectionStatus": "Disconnected",
      "createdAt": "2026-06-01T12:00:00Z",
      "dailyLimit": 1000,
      "device": {
        "icon": "chrome",
        "name": "linekeeper"
      },
      "displayName": "Shop",
      "healthStatus": "Healthy",
      "id": "[id]",
      "isActive": false,
      "kind": "linked_device",
      "lastConnectedAt": null,
      "lastDisconnectedAt": null,
      "messagesReceivedToday": 0,
      "messagesSentToday": 0,
      "metadata": {},
      "pacing": {
        "jitter": true,
        "messagesPerMinute": 0,
        "typing": false
      },
      "pairing": null,
      "phoneNumber": "+15551234567",
      "profilePicture": null,
      "proxy": null,
      "qrCodeExpiry": null,
      "status": {
        "action": "link",
        "attempt": 0,
        "message": "This account was disconnected and logged out.",
        "nextRetryAt": null,
        "reason": "user_disconnected",
        "since": "2026-06-01T12:00:00Z",
        "state": "Disconnected",
        "until": null
      },
      "tags": [],
      "updatedAt": "2026-06-01T12:00:00Z",
      "userId": "[id]"
    }
    "#);
}

#[tokio::test]
async fn todays_messages_do_not_include_those_of_yesterday() {
    let app = App::new().await;
    let owner = app.owner().await;
    let id = app.add_account(&owner.user, "Shop", None).await;
    let mut tx = app.storage.begin().await.unwrap();
    tx.accounts().add_usage(id, "2026-06-01", Usage { sent: 950, received: 0 }).await.unwrap();
    tx.commit().await.unwrap();
    let health = owner.get(&format!("/api/v1/whatsapp/health/{id}")).await.json();
    assert_eq!((&health["messagesSentToday"], &health["usagePercentage"]), (&json!(950), &json!(95.0)));
    assert_eq!(health["reasons"][0]["code"], "daily_limit_critical");
    app.clock.advance(Duration::from_secs(12 * 60 * 60));
    let health = owner.get(&format!("/api/v1/whatsapp/health/{id}")).await.json();
    assert_eq!(health["messagesSentToday"], 0);
}

/// A caller who cannot access an account gets the same answer as for an account that does not exist.
#[tokio::test]
async fn accounts_that_a_caller_cannot_access_are_reported_as_not_found() {
    let app = App::new().await;
    let owner = app.owner().await;
    let workspace = Some(owner.user.workspace_id);
    let agent = app.member("ben@example.org", Role::Agent, workspace).await;
    let colleague = app.member("cid@example.org", Role::Agent, workspace).await;
    let admin = app.member("dora@example.org", Role::Admin, workspace).await;
    let stranger = app.member("eve@example.org", Role::Owner, None).await;
    let id = app.add_account(&agent.user, "Bens", None).await;
    let nobodys = AccountId::from(uuid::Uuid::from_u128(7));

    for reaches in [&owner, &admin, &agent] {
        assert_eq!(reaches.get(&format!("{ACCOUNTS}/{id}")).await.status, 200);
        assert_eq!(names(reaches, "").await, ["Bens"]);
    }
    let plain = |mut problem: Value| {
        problem.as_object_mut().unwrap().remove("requestId");
        problem
    };
    for cannot in [&colleague, &stranger] {
        assert!(names(cannot, "").await.is_empty());
        for route in ["accounts", "health"] {
            let hidden = cannot.get(&format!("/api/v1/whatsapp/{route}/{id}")).await;
            let absent = cannot.get(&format!("/api/v1/whatsapp/{route}/{nobodys}")).await;
            assert_eq!(hidden.refusal(), "404 account_not_found");
            assert_eq!(plain(hidden.json()), plain(absent.json()));
        }
    }
    for route in ["qr-code", "disconnect"] {
        let path = format!("/api/v1/whatsapp/{route}/{id}");
        let hidden = if route == "disconnect" {
            stranger.post(&path, json!(null)).await
        } else {
            stranger.get(&path).await
        };
        assert_eq!(hidden.refusal(), "404 account_not_found", "{route}");
    }
    let again = stranger.post(CONNECT, json!({ "accountId": id.to_string() })).await;
    assert_eq!(again.refusal(), "404 account_not_found");
}

#[tokio::test]
async fn lists_are_paged_and_filtered() {
    let app = App::new().await;
    let owner = app.owner().await;
    for (name, phone) in
        [("Alpha shop", Some("+15551230001")), ("Beta", Some("+15551230002")), ("Gamma SHOP", None)]
    {
        app.add_account(&owner.user, name, phone).await;
    }
    let first = owner.get(&format!("{ACCOUNTS}?limit=2")).await.json();
    let cursor = first["nextCursor"].as_str().unwrap();
    assert_eq!(names(&owner, "?limit=2").await, ["Alpha shop", "Beta"]);
    let last = owner.get(&format!("{ACCOUNTS}?limit=2&cursor={cursor}")).await.json();
    assert_eq!((last["data"].as_array().unwrap().len(), &last["nextCursor"]), (1, &Value::Null));
    assert_eq!(owner.get(&format!("{ACCOUNTS}?limit=3")).await.json()["nextCursor"], Value::Null);

    assert_eq!(names(&owner, "?q=shop").await, ["Alpha shop", "Gamma SHOP"]);
    assert_eq!(names(&owner, "?q=%2B1555123").await, ["Alpha shop", "Beta"]);
    assert_eq!(names(&owner, "?q=0002").await, ["Beta"]);
    assert_eq!(names(&owner, "?status=Disconnected&health=Healthy").await.len(), 3);
    assert!(names(&owner, "?status=Connected").await.is_empty());
    let more = owner.get(&format!("{ACCOUNTS}?q=shop&limit=1")).await.json();
    assert!(more["nextCursor"].is_string(), "another match follows");
}

#[tokio::test]
async fn a_list_refuses_unknown_parameters() {
    let app = App::new().await;
    let owner = app.owner().await;
    let answer =
        owner.get(&format!("{ACCOUNTS}?limit=0&status=online&health=Good&cursor=%00&page=2&q=a&q=b")).await;
    insta::assert_snapshot!(answer.refusal(), @"
    400 validation_failed
    q: duplicate_field: must be given once
    status: invalid: must be Disconnected, Connecting, Connected or Failed
    health: invalid: must be Healthy, Warning or Critical
    limit: out_of_range: must be a whole number from 1 to 200
    cursor: invalid: must be the nextCursor of an earlier page
    page: unknown_field: is not known here
    ");
}

#[tokio::test]
async fn malformed_ids_and_unknown_ids_are_refused_with_different_codes() {
    let app = App::new().await;
    let owner = app.owner().await;
    for id in ["42", "not-a-uuid", "%ff", "%00", "..%2f..", &"a".repeat(3_000)] {
        assert_eq!(owner.get(&format!("{ACCOUNTS}/{id}")).await.refusal(), "400 invalid_id", "{id}");
    }
    let unknown = owner.get(&format!("{ACCOUNTS}/01890a5d-ac96-774b-bcce-b302099a8057")).await;
    insta::assert_snapshot!(unknown.refusal(), @"404 account_not_found");
}

#[tokio::test]
async fn connecting_stores_an_account_and_starts_its_pairing() {
    let app = App::new().await;
    app.registry.restore().await.unwrap();
    let owner = app.owner().await;
    let made = owner
        .post(
            CONNECT,
            json!({ "displayName": "Shop", "phoneNumber": "+15551234567", "dailyLimit": 5, "method": "qr" }),
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    let account = made.json();
    let id = account["id"].as_str().unwrap();
    assert_eq!(made.header("location"), format!("{ACCOUNTS}/{id}"));
    assert_eq!(account["status"]["reason"], "pairing");
    assert_eq!((&account["dailyLimit"], &account["isActive"]), (&json!(5), &json!(true)));
    assert_eq!(names(&owner, "?status=Connecting").await, ["Shop"]);

    let taken = owner.post(CONNECT, json!({ "displayName": "Other", "phoneNumber": "+15551234567" })).await;
    insta::assert_snapshot!(taken.refusal(), @"409 phone_number_taken");
    for name in ["Second", "Third"] {
        assert_eq!(owner.post(CONNECT, json!({ "displayName": name })).await.status, 201);
    }
    let full = owner.post(CONNECT, json!({ "displayName": "Fourth" })).await;
    insta::assert_snapshot!(full.refusal(), @"403 account_limit_reached");
    app.lifecycle.stop();
}

#[tokio::test]
async fn disconnecting_twice_is_not_an_error() {
    let app = App::new().await;
    let owner = app.owner().await;
    let id = app.add_account(&owner.user, "Shop", None).await;
    app.registry.restore().await.unwrap();
    for _ in 0..2 {
        let done = owner.post(&format!("/api/v1/whatsapp/disconnect/{id}"), json!(null)).await;
        assert_eq!((done.status.as_u16(), &done.json()["connectionStatus"]), (200, &json!("Disconnected")));
    }
    let path = format!("/api/v1/whatsapp/qr-code/{id}");
    insta::assert_snapshot!(owner.get(&path).await.refusal(), @"409 qr_not_requested");
    insta::assert_snapshot!(owner.get_as(&path, "text/html").await.refusal(), @"406 not_acceptable");
    app.lifecycle.stop();
}

#[tokio::test]
async fn a_server_that_is_stopping_refuses_to_connect() {
    let app = App::new().await;
    let owner = app.owner().await;
    app.lifecycle.stop();
    let answer = owner.post(CONNECT, json!({ "displayName": "Shop" })).await;
    assert_eq!((answer.refusal().as_str(), answer.header("retry-after")), ("503 shutting_down", "5"));
}
