//! Things that an API key creates, such as invitations, outlive the request. They never have more rights than the key.
//! There is one test for each route that creates something lasting. `docs/SECURITY.md` lists these routes.

use std::time::Duration;

use linekeeper::credentials::api_key::NewApiKey;
use linekeeper_model::access::{Permission, Role};
use linekeeper_model::clock::Clock as _;
use linekeeper_model::user::Member;
use serde_json::{Value, json};

use crate::app::{App, Caller, PASSWORD};

const INVITATIONS: &str = "/api/v1/invitations";
/// The client's address in tests without a socket, as a network.
const HERE: &str = "::/128";

/// A key with all permissions except these.
async fn all_but<'a>(app: &'a App, user: &Member, missing: &[Permission]) -> Caller<'a> {
    let scopes: Vec<Permission> = Permission::ALL.into_iter().filter(|p| !missing.contains(p)).collect();
    app.with_key(user, &scopes, None).await
}

async fn with_limits<'a>(
    app: &'a App,
    user: &Member,
    networks: &[&str],
    lifetime: Option<Duration>,
) -> Caller<'a> {
    let new = NewApiKey {
        name: "limited".parse().unwrap(),
        scopes: Permission::ALL.into(),
        accounts: None,
        networks: networks.iter().map(|network| network.parse().unwrap()).collect(),
        expires_at: lifetime.map(|lifetime| app.clock.now() + lifetime),
    };
    app.with_new_key(user, new).await
}

async fn an_account(app: &App, of: &Member) -> String {
    let account = app.add_account(of, "Shop", None).await;
    app.registry.restore().await.unwrap();
    account.to_string()
}

/// The code and the sentence of a refusal.
async fn refused(answer: crate::answer::Answer) -> String {
    let code = answer.refusal();
    format!("{code}: {}", answer.json()["detail"].as_str().unwrap())
}

/// The attack: a key that may only manage members invites an Owner and accepts the invitation.
#[tokio::test]
async fn a_key_that_may_only_manage_members_cannot_create_an_owner() {
    let app = App::new().await;
    let owner = app.owner().await;
    let key = app.with_key(&owner.user, &[Permission::MembersManage], None).await;
    for role in ["owner", "admin", "agent", "viewer"] {
        let answer = key.post(INVITATIONS, json!({ "email": "eve@example.org", "role": role })).await;
        assert_eq!(answer.refusal(), "403 beyond_key", "{role}");
    }
    assert_eq!(owner.get(INVITATIONS).await.json()["data"], json!([]));
}

#[tokio::test]
async fn a_key_can_only_invite_to_roles_within_its_scopes() {
    let app = App::new().await;
    let owner = app.owner().await;
    let invite = async |key: &Caller<'_>, role: &str| {
        key.post(INVITATIONS, json!({ "email": "eve@example.org", "role": role })).await
    };
    let reader =
        app.with_key(&owner.user, &[Permission::MembersManage, Permission::WhatsappRead], None).await;
    assert_eq!(invite(&reader, "viewer").await.status, 201);
    insta::assert_snapshot!(refused(invite(&reader, "agent").await).await, @"403 beyond_key: The request would give more than the API key has: the permission `messages:send`.");
    let admins = all_but(&app, &owner.user, &[Permission::WhatsappDelete, Permission::WorkspaceManage]).await;
    assert_eq!(invite(&admins, "admin").await.status, 201);
    insta::assert_snapshot!(refused(invite(&admins, "owner").await).await, @"403 beyond_key: The request would give more than the API key has: the permission `whatsapp:delete`.");
    assert_eq!(invite(&owner, "owner").await.status, 201, "a key for everything gives everything");
    let narrow = with_limits(&app, &owner.user, &[HERE], None).await;
    insta::assert_snapshot!(refused(invite(&narrow, "viewer").await).await, @"403 beyond_key: The request would give more than the API key has: the key is limited to networks.");
    let brief = with_limits(&app, &owner.user, &[], Some(Duration::from_secs(60))).await;
    insta::assert_snapshot!(refused(invite(&brief, "viewer").await).await, @"403 beyond_key: The request would give more than the API key has: the key expires.");
    // A signed-in person is not bound by the limits of their keys.
    assert_eq!(invite(&app.signed_in(&owner.user).await, "owner").await.status, 201);
}

#[tokio::test]
async fn a_key_can_only_promote_to_roles_within_its_scopes() {
    let app = App::new().await;
    let owner = app.owner().await;
    let ben = app.add_user("ben@example.org", Role::Viewer, Some(owner.user.workspace_id)).await;
    let path = format!("/api/v1/members/{}", ben.user.id);
    let members = app.with_key(&owner.user, &[Permission::MembersManage], None).await;
    for role in ["owner", "admin", "agent"] {
        assert_eq!(members.patch(&path, json!({ "role": role })).await.refusal(), "403 beyond_key", "{role}");
    }
    assert_eq!(owner.get(&path).await.json()["role"], "viewer");
    for key in [
        with_limits(&app, &owner.user, &[HERE], None).await,
        with_limits(&app, &owner.user, &[], Some(Duration::from_secs(60))).await,
    ] {
        assert_eq!(key.patch(&path, json!({ "role": "agent" })).await.refusal(), "403 beyond_key");
        // A change that gives no new rights is allowed.
        assert_eq!(key.patch(&path, json!({ "role": "viewer", "notify": true })).await.status, 200);
    }
    let messages = [Permission::MembersManage, Permission::MessagesRead, Permission::MessagesSend];
    let messages = app.with_key(&owner.user, &messages, None).await;
    assert_eq!(
        messages.patch(&path, json!({ "role": "agent" })).await.status,
        200,
        "reading they could before"
    );
    assert_eq!(members.patch(&path, json!({ "role": "viewer" })).await.status, 200, "taking is not giving");
    assert_eq!(owner.patch(&path, json!({ "role": "owner" })).await.status, 200);
}

#[tokio::test]
async fn a_key_cannot_give_a_share_with_more_rights_than_the_key_has() {
    let app = App::new().await;
    let owner = app.owner().await;
    let ben = app.add_user("ben@example.org", Role::Agent, Some(owner.user.workspace_id)).await;
    let vera = app.add_user("vera@example.org", Role::Viewer, Some(owner.user.workspace_id)).await;
    let dora = app.add_user("dora@example.org", Role::Admin, Some(owner.user.workspace_id)).await;
    let account = an_account(&app, &owner.user).await;
    let path = |with: &Member| format!("/api/v1/whatsapp/accounts/{account}/shares/{}", with.user.id);
    let update = app.with_key(&owner.user, &[Permission::WhatsappUpdate], None).await;
    insta::assert_snapshot!(refused(update.put(&path(&ben)).await).await, @"403 beyond_key: The request would give more than the API key has: the permission `whatsapp:read`.");
    assert_eq!(update.put(&path(&vera)).await.refusal(), "403 beyond_key");
    let reads = [Permission::WhatsappUpdate, Permission::WhatsappRead];
    let reads = app.with_key(&owner.user, &reads, None).await;
    assert_eq!(reads.put(&path(&vera)).await.status, 204);
    insta::assert_snapshot!(refused(reads.put(&path(&ben)).await).await, @"403 beyond_key: The request would give more than the API key has: the permission `messages:send`.");
    for key in [
        with_limits(&app, &owner.user, &[HERE], None).await,
        with_limits(&app, &owner.user, &[], Some(Duration::from_secs(60))).await,
    ] {
        assert_eq!(key.put(&path(&ben)).await.refusal(), "403 beyond_key");
        assert_eq!(key.put(&path(&dora)).await.status, 204, "Admins reach it anyway");
    }
    assert_eq!(owner.put(&path(&ben)).await.status, 204);
    assert_eq!(update.delete(&path(&ben)).await.status, 204, "taking is not giving");
    app.lifecycle.stop();
}

/// The owner of a phone opens a pairing page from another network than the key's network. The page shows only what the
/// key may pass on. So the key's networks do not limit the link. The key's expiry does: the link expires no later than
/// the key.
#[tokio::test]
async fn a_pairing_link_expires_no_later_than_the_key_that_created_it() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = an_account(&app, &owner.user).await;
    let path = format!("/api/v1/whatsapp/accounts/{account}/pairing-links");
    let brief = with_limits(&app, &owner.user, &[HERE], Some(Duration::from_secs(600))).await;
    let made = brief.post(&path, json!(null)).await.json();
    assert_eq!(
        made["expiresAt"],
        (app.clock.now() + Duration::from_secs(600)).to_string(),
        "30 minutes otherwise"
    );
    let refused = brief.post(&path, json!({ "expiresInMinutes": 11 })).await;
    insta::assert_snapshot!(refused.refusal(), @"
    400 validation_failed
    expiresInMinutes: out_of_range: must not be later than the end of the key that you use
    ");
    assert_eq!(brief.post(&path, json!({ "expiresInMinutes": 10 })).await.status, 201);
    app.lifecycle.stop();
}

async fn open(app: &App, link: &Value) -> crate::answer::Answer {
    let token = link["url"].as_str().unwrap().rsplit_once('#').unwrap().1;
    app.post("/api/v1/pairing/open", json!({ "token": token })).await
}

/// An invitation or a pairing link that a key created stops working when the key is deleted or expires, or when the key
/// loses the right to create it.
#[tokio::test]
async fn invitations_and_links_of_a_key_end_when_the_key_loses_its_rights() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = an_account(&app, &owner.user).await;
    let links = format!("/api/v1/whatsapp/accounts/{account}/pairing-links");
    let accept = async |made: &Value| {
        let token = made["link"].as_str().unwrap().rsplit_once('#').unwrap().1.to_owned();
        app.post("/api/v1/auth/invitation/accept", json!({ "token": token, "password": PASSWORD })).await
    };
    let make = async |key: &Caller<'_>, email: &str| {
        let made = key.post(INVITATIONS, json!({ "email": email, "role": "agent" })).await.json();
        (made, key.post(&links, json!(null)).await.json())
    };
    let id_of = async |name: &str| {
        let keys = owner.get("/api/v1/api-keys").await.json();
        let found = keys["data"].as_array().unwrap().iter().find(|key| key["name"] == name).cloned();
        format!("/api/v1/api-keys/{}", found.unwrap()["id"].as_str().unwrap())
    };
    let key = async |name: &str| {
        let new = NewApiKey {
            name: name.parse().unwrap(),
            scopes: Permission::ALL.into(),
            accounts: None,
            networks: Vec::new(),
            expires_at: None,
        };
        app.with_new_key(&owner.user, new).await
    };

    let deleted = key("deleted").await;
    let (invitation, link) = make(&deleted, "one@example.org").await;
    assert_eq!(owner.delete(&id_of("deleted").await).await.status, 204);
    insta::assert_snapshot!(accept(&invitation).await.refusal(), @"404 invitation_invalid");
    insta::assert_snapshot!(open(&app, &link).await.refusal(), @"404 pairing_link_invalid");
    assert_eq!(owner.get(INVITATIONS).await.json()["data"], json!([]));

    let limited = key("limited").await;
    let (invitation, link) = make(&limited, "two@example.org").await;
    let scopes = json!({ "scopes": ["members:manage", "whatsapp:read"] });
    assert_eq!(owner.patch(&id_of("limited").await, scopes).await.status, 200);
    insta::assert_snapshot!(accept(&invitation).await.refusal(), @"404 invitation_invalid");
    insta::assert_snapshot!(open(&app, &link).await.refusal(), @"404 pairing_link_invalid");

    let kept = key("kept").await;
    let (invitation, link) = make(&kept, "three@example.org").await;
    assert_eq!(accept(&invitation).await.status, 201);
    assert_eq!(open(&app, &link).await.status, 200);
    app.lifecycle.stop();
}

/// A pairing link works only as long as the person who created it may connect the account.
#[tokio::test]
async fn a_pairing_link_stops_working_when_its_creator_may_no_longer_connect() {
    let app = App::new().await;
    let owner = app.owner().await;
    let admin = app.member("dora@example.org", Role::Admin, Some(owner.user.workspace_id)).await;
    let account = an_account(&app, &owner.user).await;
    let links = format!("/api/v1/whatsapp/accounts/{account}/pairing-links");
    let dora = app.signed_in(&admin.user).await;
    let link = dora.post(&links, json!(null)).await.json();
    let opened = dora.post(&links, json!(null)).await.json();
    let mut app = app;
    app.keep_router();
    let session = open(&app, &opened).await.json()["session"].clone();
    let state = async || app.post("/api/v1/pairing/state", json!({ "session": session })).await;
    assert_eq!(state().await.status, 200);
    let mut tx = app.storage.begin().await.unwrap();
    let user = tx.users().by_email(&"dora@example.org".parse().unwrap()).await.unwrap().unwrap().0;
    let workspace = tx.workspaces().all().await.unwrap()[0].id;
    let member = tx.members().get(workspace, user.id).await.unwrap().unwrap();
    tx.members().update_role(&Member { role: Role::Agent, ..member }).await.unwrap();
    tx.commit().await.unwrap();
    insta::assert_snapshot!(open(&app, &link).await.refusal(), @"404 pairing_link_invalid");
    insta::assert_snapshot!(state().await.refusal(), @"404 pairing_link_invalid");
    app.lifecycle.stop();
}

/// An answer that was stored for one key is not shown to another key with narrower limits.
#[tokio::test]
async fn a_stored_response_is_not_returned_to_a_key_with_stricter_limits() {
    let app = App::new().await;
    let owner = app.owner().await;
    let narrow = with_limits(&app, &owner.user, &[HERE], None).await;
    let brief = with_limits(&app, &owner.user, &[], Some(Duration::from_secs(60))).await;
    let make = async |key: &Caller<'_>| {
        let asked = crate::app::request(http::Method::POST, "/api/v1/api-keys");
        let asked = asked.header("idempotency-key", "one").header("content-type", "application/json");
        key.send(asked, json!({ "name": "CRM" }).to_string()).await
    };
    assert_eq!(make(&owner).await.status, 201);
    for key in [&narrow, &brief] {
        assert_eq!(make(key).await.refusal(), "422 idempotency_key_reused");
    }
}
