//! Workspaces over the API: how they are created, entered, changed and deleted. Nobody can see a workspace from
//! outside.

use std::time::Duration;

use linekeeper::credentials::external_name;
use linekeeper_model::access::Role;
use linekeeper_model::id::WorkspaceId;
use serde_json::json;

use crate::app::{App, Caller};

const WORKSPACES: &str = "/api/v1/workspaces";

async fn names(caller: &Caller<'_>) -> Vec<String> {
    let list = caller.get(WORKSPACES).await.json();
    let of = |w: &serde_json::Value| {
        let mark = if w["current"] == true { "*" } else { "" };
        format!("{}{mark}", w["name"].as_str().unwrap())
    };
    list["data"].as_array().unwrap().iter().map(of).collect()
}

#[tokio::test]
async fn an_owner_creates_another_workspace_and_enters_it() {
    let app = App::new().await;
    let ana = app.add_user("ana@example.org", Role::Owner, None).await;
    let key = app.with_key(&ana, &linekeeper_model::access::Permission::ALL, None).await;
    let signed_in = app.signed_in(&ana).await;
    app.add_account(&ana, "Shop", None).await;
    let made = signed_in.post(WORKSPACES, json!({ "name": " Second ", "timeZone": "europe/madrid" })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    insta::assert_json_snapshot!(made.json(), { ".id" => "[id]" }, @r#"
    {
      "createdAt": "2026-06-01T12:00:00.001Z",
      "current": false,
      "externalId": null,
      "id": "[id]",
      "name": "Second",
      "role": "owner",
      "timeZone": "Europe/Madrid"
    }
    "#);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    insta::assert_snapshot!(key.post(WORKSPACES, json!({ "name": "Third" })).await.refusal(), @"403 sign_in_needed");
    assert_eq!(names(&signed_in).await, ["Test*", "Second"]);
    assert_eq!(names(&key).await, ["Test*"], "a key belongs to one");
    insta::assert_snapshot!(signed_in.get(&format!("{WORKSPACES}/{id}")).await.refusal(), @"404 workspace_not_found");

    assert_eq!(signed_in.post(&format!("{WORKSPACES}/{id}/enter"), json!(null)).await.status, 200);
    assert_eq!(names(&signed_in).await, ["Test", "Second*"]);
    assert_eq!(signed_in.get(&format!("{WORKSPACES}/{id}")).await.status, 200);
    let accounts = signed_in.get("/api/v1/whatsapp/accounts").await.json();
    assert_eq!(accounts["data"], json!([]), "nothing crosses");
    let eve = app.add_user("eve@example.org", Role::Owner, None).await;
    let eve = app.signed_in(&eve).await;
    insta::assert_snapshot!(eve.post(&format!("{WORKSPACES}/{id}/enter"), json!(null)).await.refusal(), @"404 workspace_not_found");
}

#[tokio::test]
async fn only_an_owner_changes_a_workspace() {
    let app = App::new().await;
    let owner = app.owner().await;
    let other = app.member("eve@example.org", Role::Owner, None).await;
    let path = format!("{WORKSPACES}/{}", owner.user.workspace_id);
    let changed = owner.patch(&path, json!({ "name": "Shop", "timeZone": "Asia/Kolkata" })).await.json();
    assert_eq!((&changed["name"], &changed["timeZone"]), (&json!("Shop"), &json!("Asia/Kolkata")));
    let theirs = format!("{WORKSPACES}/{}", other.user.workspace_id);
    let wrong = owner.patch(&path, json!({ "name": " ", "timeZone": "Mars/Olympus" })).await;
    insta::assert_snapshot!(wrong.refusal(), @"
    400 validation_failed
    name: invalid: must have at least one character that can be seen
    timeZone: invalid: must be an IANA time zone such as Europe/Madrid
    ");
    insta::assert_snapshot!(owner.patch(&path, json!({})).await.refusal(), @"400 nothing_to_change");
    insta::assert_snapshot!(owner.patch(&theirs, json!({ "name": "x" })).await.refusal(), @"404 workspace_not_found");
}

#[tokio::test]
async fn the_daily_counts_restart_if_a_new_time_zone_changes_the_date() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    let sent_then = "INSERT INTO account_usage (account_id, day, sent, received)
        SELECT id, '2026-06-01', 7, 0 FROM accounts";
    assert_eq!(app.rows().await.execute(sent_then).await, 1);
    app.registry.restore().await.unwrap();
    let path = format!("{WORKSPACES}/{}", owner.user.workspace_id);
    let sent = async || {
        let shown = owner.get(&format!("/api/v1/whatsapp/health/{account}")).await.json();
        shown["messagesSentToday"].as_u64().unwrap()
    };
    // Noon of 1 June in UTC is on the same day in Madrid, but already on the next day in Kiritimati, where the day
    // begins at 10:00 UTC.
    assert_eq!(sent().await, 7);
    assert_eq!(owner.patch(&path, json!({ "timeZone": "Europe/Madrid" })).await.status, 200);
    assert_eq!(sent().await, 7);
    assert_eq!(owner.patch(&path, json!({ "timeZone": "Pacific/Kiritimati" })).await.status, 200);
    let turned = async {
        while sent().await != 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), turned).await.expect("the account hears of it at once");
}

#[tokio::test]
async fn a_workspace_can_be_deleted_only_if_it_is_empty_and_not_the_last() {
    let app = App::new().await;
    let ana = app.add_user("ana@example.org", Role::Owner, None).await;
    let signed_in = app.signed_in(&ana).await;
    let first = format!("{WORKSPACES}/{}", ana.workspace_id);
    insta::assert_snapshot!(signed_in.delete(&first).await.refusal(), @"409 last_workspace");
    let made = signed_in.post(WORKSPACES, json!({ "name": "Second" })).await.json();
    let second = format!("{WORKSPACES}/{}", made["id"].as_str().unwrap());
    assert_eq!(signed_in.post(&format!("{second}/enter"), json!(null)).await.status, 200);
    let ben = app
        .add_user("ben@example.org", Role::Agent, Some(made["id"].as_str().unwrap().parse().unwrap()))
        .await;
    let mut of_ana = ana.clone();
    of_ana.workspace_id = ben.workspace_id;
    let account = app.add_account(&of_ana, "Shop", None).await;
    insta::assert_snapshot!(signed_in.delete(&second).await.refusal(), @"409 workspace_not_empty");
    let mut tx = app.storage.begin().await.unwrap();
    tx.accounts().delete(account).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(signed_in.delete(&second).await.status, 204);
    insta::assert_snapshot!(signed_in.get(WORKSPACES).await.refusal(), @"401 invalid_credential");
    let again = app.signed_in(&ana).await;
    assert_eq!(names(&again).await, ["Test*"]);
    let gone = app.storage.read().await.unwrap().users().get(ben.user.id).await.unwrap();
    assert_eq!(gone, None, "who was there alone is forgotten");
}

/// The external name decides which workspace gets the users and accounts of a CRM, so an Owner must not choose it.
#[tokio::test]
async fn an_owner_cannot_set_the_external_id_of_a_workspace() {
    let app = App::new().await;
    let owner = app.owner().await;
    let path = format!("{WORKSPACES}/{}", owner.user.workspace_id);
    for value in [json!("tenant-7"), json!(null), json!(7)] {
        let refused = owner.patch(&path, json!({ "name": "Shop", "externalId": value })).await;
        insta::allow_duplicates! { insta::assert_snapshot!(refused.refusal(), @"
        400 validation_failed
        externalId: read_only: is assigned by the person who runs the server: `linekeeper workspace set-external-id`
        "); }
    }
    let made = app.signed_in(&owner.user).await;
    let refused = made.post(WORKSPACES, json!({ "name": "Second", "externalId": "tenant-7" })).await;
    insta::assert_snapshot!(refused.refusal(), @"
    400 validation_failed
    externalId: read_only: is assigned by the person who runs the server: `linekeeper workspace set-external-id`
    ");
    let shown = owner.get(&path).await.json();
    assert_eq!((&shown["name"], &shown["externalId"]), (&json!("Test"), &json!(null)), "nothing changed");
}

#[tokio::test]
async fn the_configured_workspace_names_apply_at_each_start() {
    let app = App::new().await;
    let [ana, eve] = [app.owner().await, app.member("eve@example.org", Role::Owner, None).await];
    let [here, there] = [ana.user.workspace_id, eve.user.workspace_id];
    let apply = async |names: &[(&str, WorkspaceId)]| {
        let names = names.iter().map(|(name, id)| (name.parse().unwrap(), *id)).collect();
        external_name::apply(&app.storage, &names).await.unwrap();
    };
    let names = async || {
        let mut tx = app.storage.read().await.unwrap();
        let mut name = async |id| tx.workspaces().get(id).await.unwrap().unwrap().external_id;
        [name(here).await, name(there).await].map(Option::unwrap_or_default)
    };
    let entries = async |caller: &Caller<'_>| {
        let log = caller.get("/api/v1/audit?action=workspace.updated").await.json();
        log["data"].as_array().unwrap().len()
    };
    apply(&[("one", here), ("two", there)]).await;
    assert_eq!(names().await, ["one", "two"]);
    apply(&[("one", here), ("two", there)]).await;
    assert_eq!([entries(&ana).await, entries(&eve).await], [1, 1], "what is so already leaves no entry");
    apply(&[("one", there), ("two", here)]).await;
    assert_eq!(names().await, ["two", "one"], "they exchanged theirs");
    // `here` has the name "two". The configuration now gives this name to `there`, so `here` loses it. A workspace
    // keeps its name if the configuration mentions neither the workspace nor the name.
    apply(&[("two", there)]).await;
    assert_eq!(names().await, ["", "two"]);
    apply(&[("three", "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap())]).await;
    apply(&[]).await;
    assert_eq!(names().await, ["", "two"]);
}
