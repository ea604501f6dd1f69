//! API keys: how they are created, changed and deleted. A key never has more rights than its creator.

use std::collections::BTreeSet;
use std::time::Duration;

use linekeeper::credentials::api_key::NewApiKey;
use linekeeper::http::Settings;
use linekeeper_model::access::{Permission, Role};
use linekeeper_model::clock::Clock as _;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::app::{App, request};

const KEYS: &str = "/api/v1/api-keys";

#[tokio::test]
async fn a_new_key_is_shown_once_and_works() {
    let app = App::new().await;
    let owner = app.owner().await;
    let made = owner
        .post(
            KEYS,
            json!({ "name": " CRM ", "scopes": ["whatsapp:read"], "expiresAt": "2026-06-02T00:00:00Z" }),
        )
        .await;
    assert_eq!(made.status, 201);
    insta::assert_json_snapshot!(made.json(), { ".id" => "[id]", ".key" => "[key]" }, @r#"
    {
      "accounts": null,
      "createdAt": "2026-06-01T12:00:00Z",
      "expiresAt": "2026-06-02T00:00:00Z",
      "id": "[id]",
      "key": "[key]",
      "name": "CRM",
      "networks": null,
      "scopes": [
        "whatsapp:read"
      ]
    }
    "#);
    let key = made.json()["key"].as_str().unwrap().to_owned();
    assert!(key.starts_with("lk_") && key.len() == 46);
    let asked = request(http::Method::GET, "/api/v1/auth/me").header("x-api-key", key);
    let me = app.send(asked.body(String::new()).unwrap()).await;
    assert_eq!(me.json()["permissions"], json!(["whatsapp:read"]));
}

#[tokio::test]
async fn a_key_cannot_create_a_stronger_key() {
    let app = App::new().await;
    let user = app.add_user("ana@example.org", Role::Owner, None).await;
    let weak = app.with_key(&user, &[Permission::KeysManage, Permission::WhatsappRead], None).await;
    let refused = weak.post(KEYS, json!({ "name": "x", "scopes": ["whatsapp:delete"] })).await;
    insta::assert_snapshot!(refused.refusal(), @"403 permission_denied");
    let own = weak.post(KEYS, json!({ "name": "x" })).await;
    assert_eq!(own.json()["scopes"], json!(["whatsapp:read", "keys:manage"]));
    let agent = app.member("ben@example.org", Role::Agent, Some(user.workspace_id)).await;
    insta::assert_snapshot!(agent.post(KEYS, json!({ "name": "x" })).await.refusal(), @"403 permission_denied");
}

#[tokio::test]
async fn invalid_fields_are_named_in_the_error() {
    let app = App::new().await;
    let owner = app.owner().await;
    let answer = owner
        .post(KEYS, json!({ "name": "", "scopes": ["whatsapp:read", "everything"], "expiresAt": 7 }))
        .await;
    insta::assert_snapshot!(answer.refusal(), @"
    400 validation_failed
    name: invalid: must have at least one character that can be seen
    scopes[1]: invalid: is not a permission
    expiresAt: wrong_type: must be a string
    ");
    let past = owner.post(KEYS, json!({ "name": "x", "expiresAt": "2026-06-01T12:00:00Z" })).await;
    insta::assert_snapshot!(past.refusal(), @"
    400 validation_failed
    expiresAt: out_of_range: must be in the future
    ");
    let empty = owner.post(KEYS, json!({ "name": "x", "scopes": [] })).await;
    insta::assert_snapshot!(empty.refusal(), @"
    400 validation_failed
    scopes: too_short: must name at least one permission
    ");
}

/// A key with only these limits.
fn limited() -> NewApiKey {
    NewApiKey {
        name: "limited".parse().unwrap(),
        scopes: BTreeSet::from(Permission::ALL),
        accounts: None,
        networks: Vec::new(),
        expires_at: None,
    }
}

fn id_in(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// The status and the body, without the parts that differ between two equal requests.
fn plain(answer: &Answer) -> (u16, Value) {
    let mut body = answer.json();
    body.as_object_mut().unwrap().remove("requestId");
    (answer.status.as_u16(), body)
}

#[tokio::test]
async fn api_keys_can_be_read_and_changed_and_deleted_and_listed_in_pages() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    let body = json!({
        "name": "CRM", "scopes": ["whatsapp:read"], "accounts": [account.to_string()],
        "networks": ["192.0.2.7/24", "2001:db8::1"], "expiresAt": "2026-07-01T00:00:00Z",
    });
    let made = owner.post(KEYS, body).await;
    let path = format!("{KEYS}/{}", id_in(&made));
    insta::assert_json_snapshot!(owner.get(&path).await.json(),
        { ".id" => "[id]", ".userId" => "[id]", ".accounts[0]" => "[id]" }, @r#"
    {
      "accounts": [
        "[id]"
      ],
      "createdAt": "2026-06-01T12:00:00.001Z",
      "expiresAt": "2026-07-01T00:00:00Z",
      "id": "[id]",
      "name": "CRM",
      "networks": [
        "192.0.2.0/24",
        "2001:db8::1/128"
      ],
      "scopes": [
        "whatsapp:read"
      ],
      "usedAt": null,
      "userId": "[id]"
    }
    "#);
    let first = owner.get(&format!("{KEYS}?limit=1")).await.json();
    let second = owner.get(&format!("{KEYS}?cursor={}", first["nextCursor"].as_str().unwrap())).await.json();
    assert_eq!(
        (first["data"][0]["name"].as_str(), second["data"][0]["name"].as_str()),
        (Some("test"), Some("CRM"))
    );
    assert_eq!((second["data"].as_array().unwrap().len(), &second["nextCursor"]), (1, &Value::Null));

    let change = json!({ "name": "Desk", "accounts": null, "networks": null, "expiresAt": null });
    let changed = owner.patch(&path, change).await.json();
    assert_eq!(changed, owner.get(&path).await.json());
    assert_eq!([&changed["accounts"], &changed["networks"], &changed["expiresAt"]], [&Value::Null; 3]);
    assert_eq!((&changed["name"], &changed["scopes"]), (&json!("Desk"), &json!(["whatsapp:read"])));
    insta::assert_snapshot!(owner.patch(&path, json!({})).await.refusal(), @"400 nothing_to_change");
    insta::assert_snapshot!(owner.patch(&path, json!({ "accounts": [], "networks": ["here"], "key": "x" })).await.refusal(), @"
    400 validation_failed
    accounts: too_short: must name at least one account
    networks[0]: invalid: must be a network such as 192.0.2.0/24 or 2001:db8::/32, or an address
    key: unknown_field: is not known here
    ");

    assert_eq!(owner.delete(&path).await.status, 204);
    insta::assert_snapshot!(owner.delete(&path).await.refusal(), @"404 api_key_not_found");
    let asked = request(http::Method::GET, "/api/v1/auth/me")
        .header("x-api-key", made.json()["key"].as_str().unwrap());
    insta::assert_snapshot!(app.send(asked.body(String::new()).unwrap()).await.refusal(), @"401 invalid_credential");
}

#[tokio::test]
async fn a_key_of_another_workspace_is_reported_as_not_found() {
    let app = App::new().await;
    let owner = app.owner().await;
    let stranger = app.member("eve@example.org", Role::Owner, None).await;
    let foreign = id_in(&owner.post(KEYS, json!({ "name": "x" })).await);
    let nobodys = "01890a5d-ac96-774b-bcce-b302099a8057";
    for change in [json!(null), json!({ "name": "y" })] {
        let ask = async |id: &str| {
            let path = format!("{KEYS}/{id}");
            match &change {
                Value::Null => (stranger.get(&path).await, stranger.delete(&path).await),
                change => (stranger.patch(&path, change.clone()).await, stranger.get(&path).await),
            }
        };
        let (one, other) = (ask(&foreign).await, ask(nobodys).await);
        assert_eq!((plain(&one.0), plain(&one.1)), (plain(&other.0), plain(&other.1)));
        assert_eq!(one.0.json()["code"], "api_key_not_found");
    }
    assert_eq!(owner.get(&format!("{KEYS}/{foreign}")).await.json()["name"], "x");
    let listed = stranger.get(KEYS).await.json();
    assert!(!listed.to_string().contains(&foreign));
}

/// The error is the same for an account of another workspace and for one that does not exist.
#[tokio::test]
async fn a_key_cannot_be_limited_to_an_account_that_its_creator_cannot_access() {
    let app = App::new().await;
    let owner = app.owner().await;
    let stranger = app.member("eve@example.org", Role::Owner, None).await;
    let own = app.add_account(&owner.user, "Shop", None).await.to_string();
    let foreign = app.add_account(&stranger.user, "Hers", None).await.to_string();
    let nobodys = "01890a5d-ac96-774b-bcce-b302099a8057".to_owned();
    for other in [foreign, nobodys] {
        let refused = owner.post(KEYS, json!({ "name": "x", "accounts": [own, other] })).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(refused.refusal(), @"
            400 validation_failed
            accounts[1]: invalid: is not an account that you can reach
            ");
        }
    }
    let twice = owner.post(KEYS, json!({ "name": "x", "accounts": [own, own] })).await;
    insta::assert_snapshot!(twice.refusal(), @"
    400 validation_failed
    accounts: invalid: must name each account once
    ");
}

#[tokio::test]
async fn a_key_limited_to_some_accounts_works_only_for_those() {
    let app = App::new().await;
    let user = app.add_user("ana@example.org", Role::Owner, None).await;
    let listed = app.add_account(&user, "Listed", None).await;
    let other = app.add_account(&user, "Other", None).await;
    let unlimited = app.with_key(&user, &Permission::ALL, None).await;
    let key = app.with_new_key(&user, NewApiKey { accounts: Some(vec![listed]), ..limited() }).await;

    let accounts = key.get("/api/v1/whatsapp/accounts").await.json();
    assert_eq!(accounts["data"].as_array().unwrap().len(), 1);
    assert_eq!(key.get(&format!("/api/v1/whatsapp/accounts/{listed}")).await.status, 200);
    let path = format!("/api/v1/whatsapp/accounts/{other}");
    insta::assert_snapshot!(key.get(&path).await.refusal(), @"404 account_not_found");
    let create = key.post("/api/v1/whatsapp/connect", json!({ "displayName": "New" })).await;
    insta::assert_snapshot!(create.refusal(), @"403 limited_to_accounts");
    let me = key.get("/api/v1/auth/me").await.json();
    let permissions: Vec<&str> =
        me["permissions"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(permissions.contains(&"keys:manage") && permissions.contains(&"whatsapp:delete"));
    for whole in ["webhooks:manage", "audit:read", "members:manage", "workspace:manage"] {
        assert!(!permissions.contains(&whole), "{whole}");
    }

    // Keys that this key creates get the same limits. This key cannot see other keys.
    let made = key.post(KEYS, json!({ "name": "x", "scopes": ["whatsapp:read"] })).await.json();
    assert_eq!(made["accounts"], json!([listed.to_string()]));
    let wider = json!({ "name": "x", "scopes": ["whatsapp:read"], "accounts": [listed.to_string(), other.to_string()] });
    insta::assert_snapshot!(key.post(KEYS, wider).await.refusal(), @"
    400 validation_failed
    accounts[1]: invalid: is not an account that you can reach
    ");
    let path = format!("{KEYS}/{}", made["id"].as_str().unwrap());
    insta::assert_snapshot!(key.patch(&path, json!({ "accounts": null })).await.refusal(), @"
    400 validation_failed
    accounts: out_of_range: must name accounts: the key that you use is limited to some
    ");
    assert_eq!(unlimited.patch(&path, json!({ "accounts": null })).await.status, 200);
    insta::assert_snapshot!(key.get(&path).await.refusal(), @"404 api_key_not_found");
    insta::assert_snapshot!(key.delete(&path).await.refusal(), @"404 api_key_not_found");
    assert_eq!(key.get(KEYS).await.json()["data"].as_array().unwrap().len(), 1, "itself");
}

#[tokio::test]
async fn a_key_cannot_create_a_key_with_more_networks_or_a_later_expiry() {
    // In tests without a socket, the client's address is `::`.
    let settings = Settings { trusted_proxies: vec!["::".parse().unwrap()], ..Settings::default() };
    let app = App::with(false, settings).await;
    let user = app.add_user("ana@example.org", Role::Owner, None).await;
    let new = NewApiKey {
        networks: vec!["::/128".parse().unwrap(), "192.0.2.0/24".parse().unwrap()],
        expires_at: Some(app.clock.now() + Duration::from_secs(3600)),
        ..limited()
    };
    let key = app.with_new_key(&user, new).await;
    let made = key.post(KEYS, json!({ "name": "x" })).await.json();
    assert_eq!(made["networks"], json!(["::/128", "192.0.2.0/24"]));
    assert_eq!(made["expiresAt"], "2026-06-01T13:00:00Z");
    let within = json!({ "name": "y", "networks": ["192.0.2.128/25"], "expiresAt": "2026-06-01T12:30:00Z" });
    assert_eq!(key.post(KEYS, within).await.status, 201);
    let wider = json!({ "name": "y", "networks": ["192.0.2.1", "192.0.0.0/16"], "expiresAt": "2026-06-01T13:00:01Z" });
    insta::assert_snapshot!(key.post(KEYS, wider).await.refusal(), @"
    400 validation_failed
    networks[1]: out_of_range: must be within the networks of the key that you use
    expiresAt: out_of_range: must not be later than the end of the key that you use
    ");
    let path = format!("{KEYS}/{}", made["id"].as_str().unwrap());
    insta::assert_snapshot!(key.patch(&path, json!({ "networks": null, "expiresAt": null })).await.refusal(), @"
    400 validation_failed
    networks: out_of_range: must name networks: the key that you use is limited to some
    expiresAt: out_of_range: must not be later than the end of the key that you use
    ");
    assert_eq!(key.patch(&path, json!({ "name": "z" })).await.status, 200);
}

/// Only a caller who has all rights of a key may change them.
#[tokio::test]
async fn an_admin_cannot_extend_an_owners_key_beyond_the_rights_of_an_admin() {
    let app = App::new().await;
    let owner = app.owner().await;
    let admin = app.member("ben@example.org", Role::Admin, Some(owner.user.workspace_id)).await;
    let made = owner.post(KEYS, json!({ "name": "x", "expiresAt": "2026-06-02T00:00:00Z" })).await;
    let path = format!("{KEYS}/{}", id_in(&made));
    insta::assert_snapshot!(admin.patch(&path, json!({ "expiresAt": null })).await.refusal(), @"403 permission_denied");
    let weaker = json!({ "scopes": ["whatsapp:read"], "expiresAt": null });
    assert_eq!(admin.patch(&path, weaker).await.status, 200);
    insta::assert_snapshot!(admin.patch(&path, json!({ "scopes": ["whatsapp:delete"] })).await.refusal(), @"403 permission_denied");
    assert_eq!(admin.delete(&path).await.status, 204);
}

#[tokio::test]
async fn a_key_is_refused_from_other_networks() {
    let settings = Settings { trusted_proxies: vec!["::".parse().unwrap()], ..Settings::default() };
    let app = App::with(false, settings).await;
    let user = app.add_user("ana@example.org", Role::Owner, None).await;
    let networks = vec!["192.0.2.0/24".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
    let key = app.with_new_key(&user, NewApiKey { networks, ..limited() }).await;
    let from = async |credential: &str, address: &str| {
        let asked = request(http::Method::GET, "/api/v1/auth/me").header("x-api-key", credential);
        app.send(asked.header("x-forwarded-for", address).body(String::new()).unwrap()).await
    };
    for address in
        ["192.0.2.1", "::ffff:192.0.2.255", "2001:db8:1::1", "[2001:db8::1]:443", "10.0.0.1, 192.0.2.1"]
    {
        assert_eq!(from(key.credential(), address).await.status, 200, "{address}");
    }
    let wrong = from(&format!("lk_{}", "a".repeat(43)), "198.51.100.1").await;
    insta::assert_snapshot!(wrong.refusal(), @"401 invalid_credential");
    for address in ["198.51.100.1", "192.0.3.1", "2001:db9::1", "192.0.2.1, 198.51.100.1", "rubbish"] {
        assert_eq!(plain(&from(key.credential(), address).await), plain(&wrong), "{address}");
    }
}

#[tokio::test]
async fn the_last_use_of_a_key_is_written_at_most_once_a_minute() {
    let app = App::new().await;
    let owner = app.owner().await;
    let used = async |seconds| {
        app.clock.advance(Duration::from_secs(seconds));
        assert_eq!(owner.get("/api/v1/auth/me").await.status, 200);
        app.services().key_uses.flush(&app.storage).await.unwrap();
        owner.get(KEYS).await.json()["data"][0]["usedAt"].clone()
    };
    assert_eq!(used(0).await, "2026-06-01T12:00:00Z");
    assert_eq!(used(59).await, "2026-06-01T12:00:00Z");
    assert_eq!(used(1).await, "2026-06-01T12:01:00Z");
}
