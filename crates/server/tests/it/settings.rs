//! The settings of an account. A change is stored in one transaction with its event and its audit entry.

use serde_json::{Value, json};

use crate::app::{App, Caller};

/// A stored account that the server has restored.
async fn account(app: &App, owner: &Caller<'_>) -> String {
    let id = app.add_account(&owner.user, "Shop", None).await;
    app.registry.restore().await.unwrap();
    format!("/api/v1/whatsapp/accounts/{id}")
}

async fn updates(owner: &Caller<'_>) -> (Vec<Value>, Vec<Value>) {
    let audit = owner.get("/api/v1/audit?action=account.updated&limit=200").await.json();
    let entries = audit["data"].as_array().unwrap().iter().rev().map(|entry| entry["fields"].clone());
    let events = owner.get("/api/v1/events?after=0&types=account.updated&limit=200").await.json();
    let told = events["data"].as_array().unwrap().iter().map(|event| event["data"]["fields"].clone());
    (entries.collect(), told.collect())
}

#[tokio::test]
async fn two_concurrent_changes_to_different_fields_of_one_setting_both_apply() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = account(&app, &owner).await;
    for turn in 0..12 {
        let name = format!("Desk {turn}");
        let icon = ["firefox", "safari"][turn % 2];
        let (one, other) = tokio::join!(
            owner.patch(&account, json!({ "device": { "name": name } })),
            owner.patch(&account, json!({ "device": { "icon": icon } })),
        );
        assert_eq!((one.status, other.status), (http::StatusCode::OK, http::StatusCode::OK));
        let device = owner.get(&account).await.json()["device"].clone();
        assert_eq!(device, json!({ "name": name, "icon": icon }), "turn {turn}");
    }
}

#[tokio::test]
async fn a_failed_change_raises_no_event() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = account(&app, &owner).await;
    let rows = app.rows().await;
    for table in ["events", "audit_log"] {
        rows.execute(&format!("ALTER TABLE {table} RENAME TO {table}_away")).await;
        let failed = owner.patch(&account, json!({ "displayName": "Other" })).await;
        rows.execute(&format!("ALTER TABLE {table}_away RENAME TO {table}")).await;
        assert!(failed.status.is_server_error(), "{table}: {}", failed.status);
        assert_eq!(owner.get(&account).await.json()["displayName"], "Shop", "{table}");
        assert_eq!(updates(&owner).await, (vec![], vec![]), "{table}");
    }
    owner.patch(&account, json!({ "displayName": "Other", "tags": ["a"] })).await;
    let both = json!(["displayName", "tags"]);
    assert_eq!(updates(&owner).await, (vec![both.clone()], vec![both]));
}

#[tokio::test]
async fn a_change_to_the_current_value_raises_no_event() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = account(&app, &owner).await;
    let same = owner.patch(&account, json!({ "displayName": "Shop", "proxy": null })).await;
    assert_eq!(same.status, http::StatusCode::OK);
    assert_eq!(updates(&owner).await, (vec![], vec![]));
}

#[tokio::test]
async fn the_pacing_of_an_account_is_changed_field_by_field() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = account(&app, &owner).await;
    let pacing = async || owner.get(&account).await.json()["pacing"].clone();
    assert_eq!(pacing().await, json!({ "messagesPerMinute": 0, "jitter": true, "typing": false }));
    for (body, expected) in [
        (
            json!({ "messagesPerMinute": 7 }),
            json!({ "messagesPerMinute": 7, "jitter": true, "typing": false }),
        ),
        (json!({ "typing": true }), json!({ "messagesPerMinute": 7, "jitter": true, "typing": true })),
        (json!({ "jitter": false }), json!({ "messagesPerMinute": 7, "jitter": false, "typing": true })),
        // `null` stands for the server's own rate, which is unlimited here.
        (
            json!({ "messagesPerMinute": null }),
            json!({ "messagesPerMinute": 0, "jitter": false, "typing": true }),
        ),
    ] {
        let answer = owner.patch(&account, json!({ "pacing": body })).await;
        assert_eq!(answer.status, http::StatusCode::OK, "{body}");
        assert_eq!(answer.json()["pacing"], expected);
        assert_eq!(pacing().await, expected);
    }
    let told = vec![json!(["pacing"]); 4];
    assert_eq!(updates(&owner).await, (told.clone(), told));
    let wrong = json!({ "messagesPerMinute": 10_001, "jitter": 1, "typing": "yes", "speed": 3 });
    insta::assert_snapshot!(owner.patch(&account, json!({ "pacing": wrong })).await.refusal(), @"
    400 validation_failed
    pacing.messagesPerMinute: out_of_range: must be a whole number from 0 to 10000
    pacing.jitter: wrong_type: must be true or false
    pacing.typing: wrong_type: must be true or false
    pacing.speed: unknown_field: is not known here
    ");
    insta::assert_snapshot!(owner.patch(&account, json!({ "pacing": {} })).await.refusal(), @"400 nothing_to_change");
    assert_eq!(updates(&owner).await.0.len(), 4);
}
