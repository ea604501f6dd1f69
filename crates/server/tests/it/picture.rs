//! An account's profile picture.

use http::Method;
use linekeeper_model::access::Role;
use linekeeper_model::clock::Clock as _;
use linekeeper_storage::{Picture, RuntimeEpoch};

use crate::app::{App, request};

#[tokio::test]
async fn a_picture_is_served_only_to_callers_who_can_access_its_account() {
    let app = App::new().await;
    let owner = app.owner().await;
    let id = app.add_account(&owner.user, "Shop", None).await;
    let account = format!("/api/v1/whatsapp/accounts/{id}");
    let path = format!("{account}/picture");
    assert_eq!(owner.get(&path).await.refusal(), "404 picture_not_found");
    assert!(owner.get(&account).await.json()["profilePicture"].is_null());

    let mut tx = app.storage.begin().await.unwrap();
    let mut stored = tx
        .accounts()
        .get(linekeeper_storage::Reach::all_of(owner.user.workspace_id), id, "2026-06-01")
        .await
        .unwrap()
        .unwrap();
    stored.picture_id = Some("1712".to_owned());
    tx.accounts().update_runtime(&stored, RuntimeEpoch::default()).await.unwrap();
    let picture = Picture {
        account_id: id,
        picture_id: "1712".to_owned(),
        media_type: "image/jpeg".to_owned(),
        bytes: b"\xff\xd8 a jpeg".to_vec(),
        fetched_at: app.clock.now(),
    };
    tx.pictures().put(&picture).await.unwrap();
    tx.commit().await.unwrap();

    let address = owner.get(&account).await.json()["profilePicture"].as_str().unwrap().to_owned();
    assert_eq!(address, format!("{path}?v=1712"));
    let answer = owner.get(&address).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_slice()), (200, picture.bytes.as_slice()));
    assert_eq!((answer.header("content-type"), answer.header("etag")), ("image/jpeg", "\"1712\""));
    assert_eq!(answer.header("cache-control"), "private, max-age=3600");
    assert!(answer.header("content-security-policy").contains("sandbox"));
    assert_eq!(answer.header("x-content-type-options"), "nosniff");

    for (sent, status) in [("\"1712\"", 304), ("\"1711\"", 200)] {
        let asked = request(Method::GET, &path).header("if-none-match", sent);
        let answer = owner.send(asked, String::new()).await;
        assert_eq!((answer.status.as_u16(), answer.header("etag")), (status, "\"1712\""), "{sent}");
    }
    let stranger = app.member("eve@example.org", Role::Owner, None).await;
    assert_eq!(stranger.get(&path).await.refusal(), "404 account_not_found");
}
