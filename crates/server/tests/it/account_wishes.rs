//! Tests of changing, pausing, resuming and deleting an account, as far as no phone is needed.

use linekeeper_model::access::{Permission, Role};
use linekeeper_model::clock::Clock as _;
use linekeeper_model::id::AccountId;
use linekeeper_model::status::{Reason, Status};
use serde_json::{Value, json};

use crate::app::{App, Caller};

const CONNECT: &str = "/api/v1/whatsapp/connect";

fn path(id: impl std::fmt::Display) -> String {
    format!("/api/v1/whatsapp/accounts/{id}")
}

/// A stored account that the server has restored.
async fn account(app: &App, owner: &Caller<'_>) -> String {
    let id = app.add_account(&owner.user, "Shop", Some("+15551234567")).await;
    app.registry.restore().await.unwrap();
    path(id)
}

#[tokio::test]
async fn only_the_given_fields_change() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = account(&app, &owner).await;
    let wish = json!({
        "displayName": "Back office", "dailyLimit": 5, "device": { "icon": "desktop" }, "tags": ["shop", " north "],
        "metadata": { "crm.id": "77" }, "proxy": "socks5://user:hunter2@proxy.example",
    });
    let changed = owner.patch(&account, wish).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert!(!changed.text().contains("hunter2") && !changed.text().contains("user:"), "{}", changed.text());
    let fields = |answer: &Value| {
        ["displayName", "dailyLimit", "device", "tags", "metadata", "proxy"].map(|name| answer[name].clone())
    };
    let expected = [
        json!("Back office"),
        json!(5),
        json!({ "name": "linekeeper", "icon": "desktop" }),
        json!(["north", "shop"]),
        json!({ "crm.id": "77" }),
        json!("socks5://proxy.example:1080"),
    ];
    assert_eq!(fields(&changed.json()), expected);
    assert_eq!(owner.get(&account).await.json(), changed.json());

    let next =
        owner.patch(&account, json!({ "device": { "name": "Desk" }, "tags": [], "proxy": null })).await;
    let mut kept = expected;
    kept[2] = json!({ "name": "Desk", "icon": "desktop" });
    kept[3] = json!([]);
    kept[5] = Value::Null;
    assert_eq!(fields(&next.json()), kept);
    app.lifecycle.stop();
}

#[tokio::test]
async fn an_empty_or_invalid_change_is_refused() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = account(&app, &owner).await;
    for nothing in [json!({}), json!({ "displayName": null }), json!({ "device": {} })] {
        assert_eq!(owner.patch(&account, nothing).await.refusal(), "400 nothing_to_change");
    }
    let nonsense = json!({
        "displayName": "", "dailyLimit": 0, "device": { "name": 7 }, "tags": "north", "metadata": [], "proxy": "x:hunter2",
        "phoneNumber": "+15551234567",
    });
    let refused = owner.patch(&account, nonsense).await;
    insta::assert_snapshot!(refused.refusal(), @"
    400 validation_failed
    displayName: invalid: must have at least one character that can be seen
    dailyLimit: out_of_range: must be a whole number from 1 to 100000
    proxy: invalid: must be socks5://, http:// or https:// with a host and a port, and with a user and password where it asks for them; percent-encode what is special in a URL: / as %2F, @ as %40, : as %3A
    device.name: wrong_type: must be a string
    tags: wrong_type: must be a list
    metadata: wrong_type: must be an object whose values are strings
    phoneNumber: unknown_field: is not known here
    ");
    assert!(!refused.text().contains("hunter2"));
    assert_eq!(owner.get(&account).await.json()["displayName"], "Shop");
    app.lifecycle.stop();
}

#[tokio::test]
async fn a_new_account_has_the_given_details() {
    let app = App::new().await;
    app.registry.restore().await.unwrap();
    let owner = app.owner().await;
    let wish = json!({
        "displayName": "Shop", "method": "pairingCode", "phoneNumber": "+15551234567", "tags": ["north"],
        "device": { "name": "Desk", "icon": "edge" }, "metadata": { "crm": "1" },
    });
    let made = owner.post(CONNECT, wish).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    assert_eq!(made["device"], json!({ "name": "Desk", "icon": "edge" }));
    assert_eq!((&made["tags"], &made["metadata"]), (&json!(["north"]), &json!({ "crm": "1" })));
    assert_eq!(made["pairing"], json!({ "step": "opening", "expiresAt": null }));
    app.lifecycle.stop();
}

#[tokio::test]
async fn a_deleted_account_can_no_longer_be_read() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = account(&app, &owner).await;
    let gone = owner.delete(&account).await;
    assert_eq!((gone.status.as_u16(), gone.text().as_str()), (204, ""));
    assert_eq!(owner.delete(&account).await.refusal(), "404 account_not_found");
    assert_eq!(owner.get(&account).await.refusal(), "404 account_not_found");
    assert_eq!(owner.get("/api/v1/whatsapp/accounts").await.json()["data"], json!([]));
    app.lifecycle.stop();
}

#[tokio::test]
async fn pausing_is_refused_without_a_session_and_ends_a_pairing_in_progress() {
    let app = App::new().await;
    let owner = app.owner().await;
    let disconnected = account(&app, &owner).await;
    for wish in ["pause", "resume"] {
        let refused = owner.post(&format!("{disconnected}/{wish}"), json!(null)).await;
        assert_eq!(refused.refusal(), "409 not_linked", "{wish}");
    }
    let made = owner.post(CONNECT, json!({ "displayName": "New" })).await.json();
    let pairing = path(made["id"].as_str().unwrap());
    for _ in 0..2 {
        let paused = owner.post(&format!("{pairing}/pause"), json!(null)).await;
        assert_eq!(paused.status, 200, "{}", paused.text());
        let paused = paused.json();
        assert_eq!((&paused["status"]["reason"], &paused["isActive"]), (&json!("not_linked"), &json!(false)));
        assert_eq!(paused["pairing"], Value::Null, "the pairing is given up");
    }
    app.lifecycle.stop();
}

/// Each route needs its own permission, and works only for accounts that the caller can access.
#[tokio::test]
async fn only_permitted_callers_change_accounts() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = account(&app, &owner).await;
    let stranger = app.member("eve@example.org", Role::Owner, None).await;
    let admin = app.member("dora@example.org", Role::Admin, Some(owner.user.workspace_id)).await;
    let reader = app.with_key(&owner.user, &[Permission::WhatsappRead], None).await;
    let missing = path(AccountId::from(uuid::Uuid::from_u128(7)));
    let wish = json!({ "displayName": "Mine" });

    for (caller, account) in [(&stranger, &account), (&owner, &missing)] {
        assert_eq!(caller.patch(account, wish.clone()).await.refusal(), "404 account_not_found");
        assert_eq!(caller.delete(account).await.refusal(), "404 account_not_found");
        for verb in ["pause", "resume"] {
            let refused = caller.post(&format!("{account}/{verb}"), json!(null)).await;
            assert_eq!(refused.refusal(), "404 account_not_found", "{verb}");
        }
    }
    assert_eq!(reader.patch(&account, wish.clone()).await.refusal(), "403 permission_denied");
    for verb in ["pause", "resume"] {
        let refused = reader.post(&format!("{account}/{verb}"), json!(null)).await;
        assert_eq!(refused.refusal(), "403 permission_denied", "{verb}");
    }
    assert_eq!(admin.delete(&account).await.refusal(), "403 permission_denied");
    assert_eq!(admin.patch(&account, wish).await.status, 200);
    app.lifecycle.stop();
}

/// The server answers requests before it has restored its accounts.
#[tokio::test]
async fn an_account_that_is_not_restored_yet_is_reported_as_starting() {
    let app = App::starting().await;
    let owner = app.owner().await;
    let id = app.add_account(&owner.user, "Shop", None).await;
    let (pause, again) = (format!("{}/pause", path(id)), json!({ "accountId": id.to_string() }));
    let disconnect = format!("/api/v1/whatsapp/disconnect/{id}");
    let (qr, account) = (format!("/api/v1/whatsapp/qr-code/{id}"), path(id));
    let answers = tokio::join!(
        owner.post(&pause, json!({})),
        owner.post(&disconnect, json!({})),
        owner.post(CONNECT, again),
        owner.post(CONNECT, json!({ "displayName": "Other" })),
        owner.get(&qr),
        owner.patch(&account, json!({ "dailyLimit": 7 })),
        owner.delete(&account),
    );
    let (pause, disconnect, again, create, qr, change, delete) = answers;
    for (what, answer) in [
        ("pause", pause),
        ("disconnect", disconnect),
        ("connect again", again),
        ("create", create),
        ("qr code", qr),
        ("change", change),
        ("delete", delete),
    ] {
        assert_eq!(answer.refusal(), "503 starting", "{what}");
        assert!(answer.headers.contains_key("retry-after"), "{what}");
    }
    let kept = owner.get("/api/v1/whatsapp/accounts").await.json();
    assert_eq!(kept["data"].as_array().map(Vec::len), Some(1), "nothing was created or deleted: {kept}");
    app.lifecycle.stop();
}

#[tokio::test]
async fn an_early_request_waits_until_its_account_is_restored() {
    let app = App::starting().await;
    let owner = app.owner().await;
    let id = app.add_account(&owner.user, "Shop", None).await;
    let restore = async {
        tokio::task::yield_now().await;
        app.registry.restore().await.unwrap()
    };
    let disconnect = format!("/api/v1/whatsapp/disconnect/{id}");
    let (left, restored) = tokio::join!(owner.post(&disconnect, json!({})), restore);
    assert_eq!(left.status, 200, "{}", left.text());
    assert_eq!(restored, 1);
    app.lifecycle.stop();
}

/// A second restore, or one that runs while accounts are created, must not start a second actor for an account.
#[tokio::test]
async fn an_account_that_already_runs_is_not_started_again() {
    let app = App::new().await;
    let owner = app.owner().await;
    let created = owner.post(CONNECT, json!({ "displayName": "Shop" })).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let account = path(created.json()["id"].as_str().unwrap());
    assert_eq!(created.json()["status"]["reason"], "pairing");
    assert_eq!(app.registry.restore().await.unwrap(), 1, "it finds the account");
    assert_eq!(owner.get(&account).await.json()["status"]["reason"], "pairing", "its pairing goes on");
    app.lifecycle.stop();
}

/// The actions in the audit log, oldest first, without those about API keys.
async fn audited(owner: &Caller<'_>) -> Vec<String> {
    let log = owner.get("/api/v1/audit?limit=200").await.json();
    let actions = log["data"].as_array().unwrap().iter().rev().map(|entry| entry["action"].as_str().unwrap());
    actions.filter(|action| !action.starts_with("api_key.")).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_refused_command_leaves_no_audit_entry() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = account(&app, &owner).await;
    let id = account.rsplit('/').next().unwrap();
    let assertion = json!({
        "id": "AQID", "rawId": "AQID", "type": "public-key",
        "response": { "clientDataJSON": "e30", "authenticatorData": "AAAA", "signature": "AAAA" },
    });
    for (path, body, refusal) in [
        (format!("{account}/pause"), json!(null), "409 not_linked"),
        (format!("{account}/resume"), json!(null), "409 not_linked"),
        (format!("{account}/passkey/assertion"), assertion, "409 passkey_not_asked"),
        (format!("{account}/passkey/confirm"), json!(null), "409 passkey_not_asked"),
    ] {
        assert_eq!(owner.post(&path, body).await.refusal(), refusal, "{path}");
    }
    let given = json!({ "displayName": "Given", "phoneNumber": "+15557654321" });
    let given = owner.post(CONNECT, given).await.json()["id"].as_str().unwrap().to_owned();
    owner.post(&format!("/api/v1/whatsapp/disconnect/{given}"), json!(null)).await;
    let before = audited(&owner).await;
    assert_eq!(before, ["account.created", "account.disconnected"]);
    let other = owner.post(CONNECT, json!({ "accountId": given, "replacePhone": true })).await;
    assert_eq!(other.status, 400, "{}", other.text());
    assert_eq!(audited(&owner).await, before);

    let again = owner.post(CONNECT, json!({ "accountId": id })).await;
    assert_eq!(again.status, 200, "{}", again.text());
    assert_eq!(owner.post(&format!("/api/v1/whatsapp/disconnect/{id}"), json!(null)).await.status, 200);
    assert_eq!(owner.delete(&account).await.status, 204);
    let told = audited(&owner).await;
    assert_eq!(told[2..], ["account.connected", "account.disconnected", "account.deleted"]);
    app.lifecycle.stop();
}

/// A command and its audit entry are written together, or neither is written.
#[tokio::test]
async fn a_command_that_cannot_be_audited_is_refused() {
    let app = App::new().await;
    app.registry.restore().await.unwrap();
    let owner = app.owner().await;
    let made = owner.post(CONNECT, json!({ "displayName": "New" })).await.json();
    let id = made["id"].as_str().unwrap();
    let account = path(id);
    let rows = app.rows().await;
    rows.execute("ALTER TABLE audit_log RENAME TO audit_log_away").await;
    let refused = [
        owner.post(&format!("{account}/pause"), json!(null)).await,
        owner.post(&format!("/api/v1/whatsapp/disconnect/{id}"), json!(null)).await,
        owner.delete(&account).await,
    ];
    rows.execute("ALTER TABLE audit_log_away RENAME TO audit_log").await;
    for answer in refused {
        assert!(answer.status.is_server_error(), "{}", answer.text());
    }
    let still = owner.get(&account).await.json();
    assert_eq!(still["isActive"], true, "{still}");
    assert_eq!(audited(&owner).await, ["account.created"]);
    app.lifecycle.stop();
}

#[tokio::test]
async fn an_account_taken_over_by_another_server_is_shown_but_cannot_be_changed() {
    let app = App::new().await;
    let owner = app.owner().await;
    let created = owner.post(CONNECT, json!({ "displayName": "Shop" })).await.json();
    let account = path(created["id"].as_str().unwrap());
    let id: AccountId = created["id"].as_str().unwrap().parse().unwrap();
    let audited_before = audited(&owner).await;

    // This is what another server does when it starts on the same database: it takes over the account and changes its
    // status.
    let mut tx = app.storage.begin().await.unwrap();
    let epoch = tx.accounts().take_over(id).await.unwrap().unwrap();
    let mut elsewhere = tx.accounts().get_any(id, "").await.unwrap().unwrap();
    elsewhere.status = Status::of(Reason::QrExpired, app.clock.now());
    assert!(tx.accounts().update_runtime(&elsewhere, epoch).await.unwrap());
    tx.commit().await.unwrap();

    assert_eq!(owner.post(&format!("{account}/pause"), json!(null)).await.refusal(), "503 busy");
    while owner.get(&account).await.json()["status"]["reason"] != "qr_expired" {
        tokio::task::yield_now().await;
    }
    let disconnect = format!("/api/v1/whatsapp/disconnect/{id}");
    assert_eq!(owner.post(&disconnect, json!({})).await.refusal(), "503 busy");
    assert_eq!(owner.delete(&account).await.refusal(), "503 busy");
    let mut tx = app.storage.read().await.unwrap();
    assert_eq!(
        tx.accounts().get_any(id, "").await.unwrap(),
        Some(elsewhere),
        "the row is the other server's"
    );
    assert_eq!(audited(&owner).await, audited_before);
    app.lifecycle.stop();
}
