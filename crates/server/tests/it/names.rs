//! Names that people choose. The same rule applies to every route.

use serde_json::{Value, json};

use crate::app::App;

/// Texts that cannot be names, and the error code for each.
const HOSTILE: [(&str, &str); 6] = [
    ("\u{200b}\u{2060}", "invalid"),
    ("\u{3164}", "invalid"),
    ("shop\u{202e}gpj.exe", "invalid"),
    ("\u{2066}shop", "invalid"),
    ("shop\nkeeper", "invalid"),
    ("", "invalid"),
];

/// Bodies that contain a name, and the field with the name.
fn bodies(name: &str) -> Vec<(&'static str, &'static str, Value)> {
    let connect = "/api/v1/whatsapp/connect";
    vec![
        (connect, "displayName", json!({ "displayName": name })),
        (connect, "device.name", json!({ "displayName": "Shop", "device": { "name": name } })),
        (connect, "tags[1]", json!({ "displayName": "Shop", "tags": ["good", name] })),
        ("/api/v1/api-keys", "name", json!({ "name": name })),
        ("/api/v1/workspaces", "name", json!({ "name": name })),
    ]
}

#[tokio::test]
async fn an_invalid_name_is_refused_by_every_route() {
    let app = App::new().await;
    let owner = app.owner().await;
    let signed_in = app.signed_in(&owner.user).await;
    let too_long = "x".repeat(101);
    for (name, code) in HOSTILE.into_iter().chain([(too_long.as_str(), "too_long")]) {
        for (path, field, body) in bodies(name) {
            let refused = signed_in.post(path, body).await;
            assert_eq!(refused.status, 400, "{path}: {name:?}: {}", refused.text());
            let error = &refused.json()["errors"][0];
            assert_eq!((&error["field"], &error["code"]), (&field.into(), &code.into()), "{path}: {name:?}");
        }
        let account = app.add_account(&owner.user, "Shop", None).await;
        let path = format!("/api/v1/whatsapp/accounts/{account}");
        let refused = signed_in.patch(&path, json!({ "displayName": name })).await;
        assert_eq!(refused.json()["errors"][0]["code"], code, "{name:?}");
    }
}

#[tokio::test]
async fn names_in_every_script_are_accepted() {
    let app = App::new().await;
    let signed_in = app.signed_in(&app.owner().await.user).await;
    for name in ["店", "متجر", "👩\u{200d}👩\u{200d}👧", "می\u{200c}خواهم"] {
        for (path, _, body) in bodies(name).into_iter().skip(3) {
            let made = signed_in.post(path, body).await;
            assert_eq!(made.status, 201, "{path}: {name}: {}", made.text());
        }
    }
}

/// A rule that was added later must not make an existing account unreadable.
#[tokio::test]
async fn an_account_name_that_is_no_longer_allowed_is_still_shown() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    let mut tx = app.storage.begin().await.unwrap();
    let mut stored = tx.accounts().get_any(account, "2026-06-01").await.unwrap().unwrap();
    stored.display_name = "\u{202e}pohS".to_owned().into();
    tx.accounts().update_settings(&stored).await.unwrap();
    tx.commit().await.unwrap();
    let shown = owner.get(&format!("/api/v1/whatsapp/accounts/{account}")).await;
    assert_eq!(shown.json()["displayName"], "\u{202e}pohS", "{}", shown.text());
}
