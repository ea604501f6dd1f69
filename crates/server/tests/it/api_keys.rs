//! Making keys over the API.

use linekeeper_model::access::{Permission, Role};
use serde_json::json;

use crate::app::App;

const KEYS: &str = "/api/v1/api-keys";

#[tokio::test]
async fn a_key_is_shown_once_and_works() {
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
      "createdAt": "2026-06-01T12:00:00Z",
      "expiresAt": "2026-06-02T00:00:00Z",
      "id": "[id]",
      "key": "[key]",
      "name": "CRM",
      "scopes": [
        "whatsapp:read"
      ]
    }
    "#);
    let key = made.json()["key"].as_str().unwrap().to_owned();
    assert!(key.starts_with("lk_") && key.len() == 46);
    let asked = crate::app::request(http::Method::GET, "/api/v1/auth/me").header("x-api-key", key);
    let me = app.send(asked.body(String::new()).unwrap()).await;
    assert_eq!(me.json()["permissions"], json!(["whatsapp:read"]));
}

#[tokio::test]
async fn a_key_makes_no_stronger_key() {
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
async fn mistakes_name_their_fields() {
    let app = App::new().await;
    let owner = app.owner().await;
    let answer = owner
        .post(KEYS, json!({ "name": "", "scopes": ["whatsapp:read", "everything"], "expiresAt": 7 }))
        .await;
    insta::assert_snapshot!(answer.refusal(), @"
    400 validation_failed
    name: invalid: must have 1 to 100 characters besides spaces at its ends, and no control characters
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
