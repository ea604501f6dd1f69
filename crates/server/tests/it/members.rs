//! Members of a workspace: how they are changed and removed. A workspace always has an Owner.

use linekeeper_model::access::{Permission, Role};
use linekeeper_model::id::UserId;
use linekeeper_storage::Reach;
use serde_json::{Value, json};

use crate::app::{App, Caller};

const MEMBERS: &str = "/api/v1/members";

fn path(user: UserId) -> String {
    format!("{MEMBERS}/{user}")
}

async fn addresses(caller: &Caller<'_>) -> Vec<Value> {
    let list = caller.get(MEMBERS).await.json();
    list["data"].as_array().unwrap().iter().map(|member| member["email"].clone()).collect()
}

#[tokio::test]
async fn members_are_listed_page_by_page() {
    let app = App::new().await;
    let owner = app.owner().await;
    let mut expected = vec![json!("ana@example.org")];
    for name in ["ben", "carl", "dora"] {
        app.clock.advance(std::time::Duration::from_millis(1));
        let email = format!("{name}@example.org");
        app.add_user(&email, Role::Agent, Some(owner.user.workspace_id)).await;
        expected.push(json!(email));
    }
    app.add_user("eve@example.org", Role::Owner, None).await;
    assert_eq!(addresses(&owner).await, expected);
    let first = owner.get(&format!("{MEMBERS}?limit=3")).await.json();
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = owner.get(&format!("{MEMBERS}?limit=3&cursor={cursor}")).await.json();
    assert_eq!((second["data"].as_array().unwrap().len(), &second["nextCursor"]), (1, &Value::Null));
    insta::assert_json_snapshot!(second["data"][0], { ".userId" => "[id]" }, @r#"
    {
      "email": "dora@example.org",
      "externalId": null,
      "joinedAt": "2026-06-01T12:00:00.003Z",
      "notify": false,
      "role": "agent",
      "totpEnabled": false,
      "userId": "[id]",
      "weeklyReport": false
    }
    "#);
}

#[tokio::test]
async fn a_new_role_applies_at_once_even_to_api_keys() {
    let app = App::new().await;
    let owner = app.owner().await;
    let ben = app.member("ben@example.org", Role::Admin, Some(owner.user.workspace_id)).await;
    assert_eq!(ben.get(MEMBERS).await.status, 200);
    let changed = owner.patch(&path(ben.user.user.id), json!({ "role": "viewer", "notify": true })).await;
    let changed = changed.json();
    assert_eq!((&changed["role"], &changed["notify"]), (&json!("viewer"), &json!(true)));
    insta::assert_snapshot!(ben.get(MEMBERS).await.refusal(), @"403 permission_denied");
    let nothing = owner.patch(&path(ben.user.user.id), json!({})).await;
    insta::assert_snapshot!(nothing.refusal(), @"400 nothing_to_change");
    let wrong = owner.patch(&path(ben.user.user.id), json!({ "role": "king", "notify": 1 })).await;
    insta::assert_snapshot!(wrong.refusal(), @"
    400 validation_failed
    role: invalid: must be owner, admin, agent or viewer
    notify: wrong_type: must be true or false
    ");
}

#[tokio::test]
async fn an_admin_cannot_change_owners_and_the_last_owner_cannot_leave() {
    let app = App::new().await;
    let owner = app.owner().await;
    let admin = app.member("dora@example.org", Role::Admin, Some(owner.user.workspace_id)).await;
    let (ana, dora) = (path(owner.user.user.id), path(admin.user.user.id));
    for body in [json!({ "role": "agent" }), json!({ "notify": false })] {
        assert_eq!(admin.patch(&ana, body).await.refusal(), "403 owner_needed");
    }
    insta::assert_snapshot!(admin.delete(&ana).await.refusal(), @"403 owner_needed");
    insta::assert_snapshot!(admin.patch(&dora, json!({ "role": "owner" })).await.refusal(), @"403 owner_needed");

    insta::assert_snapshot!(owner.patch(&ana, json!({ "role": "admin" })).await.refusal(), @"409 last_owner");
    insta::assert_snapshot!(owner.delete(&ana).await.refusal(), @"409 last_owner");
    assert_eq!(owner.patch(&ana, json!({ "role": "owner" })).await.status, 200, "no change");
    assert_eq!(owner.patch(&dora, json!({ "role": "owner" })).await.status, 200);
    assert_eq!(owner.patch(&ana, json!({ "role": "admin" })).await.status, 200);
    insta::assert_snapshot!(owner.patch(&dora, json!({ "role": "admin" })).await.refusal(), @"403 owner_needed");
}

#[tokio::test]
async fn if_the_last_two_owners_leave_at_once_one_request_is_refused() {
    let app = App::new().await;
    let ana = app.owner().await;
    let ben = app.member("ben@example.org", Role::Owner, Some(ana.user.workspace_id)).await;
    let (ana_path, ben_path) = (path(ana.user.user.id), path(ben.user.user.id));
    let (first, second) = tokio::join!(ana.delete(&ana_path), ben.delete(&ben_path));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
}

#[tokio::test]
async fn the_accounts_of_a_removed_member_go_to_an_owner() {
    let app = App::new().await;
    let owner = app.owner().await;
    let ben = app.member("ben@example.org", Role::Admin, Some(owner.user.workspace_id)).await;
    let carl = app.member("carl@example.org", Role::Agent, Some(owner.user.workspace_id)).await;
    let account = app.add_account(&ben.user, "Shop", None).await;
    app.registry.restore().await.unwrap();
    let share = format!("/api/v1/whatsapp/accounts/{account}/shares/{}", carl.user.user.id);
    assert_eq!(owner.put(&share).await.status, 204);
    let session = app.signed_in(&ben.user).await;

    assert_eq!(owner.delete(&path(ben.user.user.id)).await.status, 204);
    insta::assert_snapshot!(owner.delete(&path(ben.user.user.id)).await.refusal(), @"404 member_not_found");
    insta::assert_snapshot!(ben.get(MEMBERS).await.refusal(), @"401 invalid_credential");
    insta::assert_snapshot!(session.get(MEMBERS).await.refusal(), @"401 invalid_credential");
    let shown = owner.get(&format!("/api/v1/whatsapp/accounts/{account}")).await.json();
    assert_eq!(shown["userId"], owner.user.user.id.to_string(), "the live account says it too");
    let mut tx = app.storage.read().await.unwrap();
    let stored = tx.accounts().get(Reach::of(&owner.user), account, "").await.unwrap().unwrap();
    assert_eq!(stored.user_id, owner.user.user.id);
    assert_eq!(tx.users().get(ben.user.user.id).await.unwrap(), None, "forgotten");
    drop(tx);

    // Carl leaves the workspace himself, and an Owner gets his accounts.
    let his = app.add_account(&carl.user, "Desk", None).await;
    insta::assert_snapshot!(carl.delete(&path(carl.user.user.id)).await.refusal(), @"403 permission_denied");
    let himself = app.signed_in(&carl.user).await;
    insta::assert_snapshot!(himself.delete(&path(owner.user.user.id)).await.refusal(), @"403 permission_denied");
    assert_eq!(himself.delete(&path(carl.user.user.id)).await.status, 204);
    let shown = owner.get(&format!("/api/v1/whatsapp/accounts/{his}")).await.json();
    assert_eq!(shown["userId"], owner.user.user.id.to_string());
}

#[tokio::test]
async fn removing_a_member_does_not_remove_the_person_from_other_workspaces() {
    let app = App::new().await;
    let owner = app.owner().await;
    let ben = app.member("ben@example.org", Role::Agent, Some(owner.user.workspace_id)).await;
    let eve = app.member("eve@example.org", Role::Owner, None).await;
    let mut tx = app.storage.begin().await.unwrap();
    tx.members().insert(eve.user.workspace_id, ben.user.user.id, Role::Agent, false).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(owner.delete(&path(ben.user.user.id)).await.status, 204);
    assert_eq!(eve.get(&path(ben.user.user.id)).await.status, 200);
    let session = app.signed_in(&ben.user).await.get("/api/v1/auth/me").await.json();
    assert_eq!(session["user"]["workspaceId"], eve.user.workspace_id.to_string());
    // A caller cannot see who is a member of another workspace.
    insta::assert_snapshot!(owner.get(&path(eve.user.user.id)).await.refusal(), @"404 member_not_found");
    assert_eq!(
        app.with_key(&owner.user, &[Permission::MembersManage], None).await.get(MEMBERS).await.status,
        200
    );
}
