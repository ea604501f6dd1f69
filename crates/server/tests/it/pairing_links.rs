//! Pairing links for the person who has the phone: how they are created, opened once, used and revoked.

use std::time::Duration;

use futures_util::future::BoxFuture;
use http::{Method, Request};
use linekeeper::http::router;
use linekeeper_model::access::{Permission, Role};
use linekeeper_model::clock::Clock as _;
use linekeeper_model::id::AccountId;
use linekeeper_storage::RuntimeEpoch;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::answer::Answer;
use crate::app::{App, Caller, request};

const INVALID: &str = "404 pairing_link_invalid";

/// A pairing page whose requests all go to one router, because the router remembers opened pages.
struct Page(Box<dyn Fn(Request<String>) -> BoxFuture<'static, Answer>>);

impl Page {
    fn of(app: &App) -> Self {
        let router = router(app.services());
        Self(Box::new(move |asked| {
            let router = router.clone();
            Box::pin(async move { Answer::of(router.oneshot(asked).await.unwrap()).await })
        }))
    }

    async fn post(&self, what: &str, body: Value) -> Answer {
        let asked = request(Method::POST, &format!("/api/v1/pairing/{what}"));
        let asked = asked.header("content-type", "application/json").body(body.to_string()).unwrap();
        self.0(asked).await
    }

    async fn open(&self, token: &str) -> Answer {
        self.post("open", json!({ "token": token })).await
    }

    /// Opens a link and returns the session of the page.
    async fn session(&self, token: &str) -> String {
        let opened = self.open(token).await;
        assert_eq!(opened.status, 200, "{}", opened.text());
        opened.json()["session"].as_str().unwrap().to_owned()
    }

    async fn state(&self, session: &str) -> Answer {
        self.post("state", json!({ "session": session })).await
    }
}

fn links(account: AccountId) -> String {
    format!("/api/v1/whatsapp/accounts/{account}/pairing-links")
}

/// Creates a link and returns its id and its token.
async fn link(caller: &Caller<'_>, account: AccountId, body: Value) -> (String, String) {
    let made = caller.post(&links(account), body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    let (page, token) = made["url"].as_str().unwrap().split_once('#').unwrap();
    assert_eq!((page, token.len()), ("http://127.0.0.1:8080/pair", 43));
    (made["id"].as_str().unwrap().to_owned(), token.to_owned())
}

async fn account(app: &App, owner: &Caller<'_>) -> AccountId {
    let id = app.add_account(&owner.user, "Shop", None).await;
    app.registry.restore().await.unwrap();
    id
}

#[tokio::test]
async fn a_pairing_link_is_shown_once_and_listed_without_its_secret() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = account(&app, &owner).await;
    let (id, token) = link(&owner, account, json!(null)).await;
    let listed = owner.get(&links(account)).await;
    assert!(!listed.text().contains(&token));
    insta::assert_json_snapshot!(listed.json(), { ".data[].id" => "[id]", ".data[].createdBy" => "[id]" }, @r#"
    {
      "data": [
        {
          "createdAt": "2026-06-01T12:00:00.001Z",
          "createdBy": "[id]",
          "expiresAt": "2026-06-01T12:30:00.001Z",
          "id": "[id]",
          "openedAt": null,
          "revokedAt": null
        }
      ],
      "nextCursor": null
    }
    "#);
    assert_eq!(listed.json()["data"][0]["id"], id.as_str());
    // Ids are ordered by their time in milliseconds. The clock moves, so that the next id is later.
    app.clock.advance(Duration::from_millis(1));
    link(&owner, account, json!({ "expiresInMinutes": 1440 })).await;
    let listed = owner.get(&links(account)).await.json();
    assert_eq!(listed["data"][1]["expiresAt"], "2026-06-02T12:00:00.002Z");
    for minutes in [json!(0), json!(1441), json!("30"), json!(-1)] {
        let refused = owner.post(&links(account), json!({ "expiresInMinutes": minutes })).await.refusal();
        assert!(refused.starts_with("400 validation_failed\nexpiresInMinutes: "), "{refused}");
    }
    app.lifecycle.stop();
}

#[tokio::test]
async fn only_permitted_callers_can_create_pairing_links() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = account(&app, &owner).await;
    let (id, _) = link(&owner, account, json!({})).await;
    let stranger = app.member("eve@example.org", Role::Owner, None).await;
    let reader = app.with_key(&owner.user, &[Permission::WhatsappRead], None).await;
    for (caller, refusal) in [(&stranger, "404 account_not_found"), (&reader, "403 permission_denied")] {
        assert_eq!(caller.post(&links(account), json!({})).await.refusal(), refusal);
        assert_eq!(caller.get(&links(account)).await.refusal(), refusal);
        assert_eq!(caller.delete(&format!("{}/{id}", links(account))).await.refusal(), refusal);
    }
    // A link of another account is not found, even if the caller can access both accounts.
    let other = app.add_account(&owner.user, "Other", None).await;
    let refused = owner.delete(&format!("{}/{id}", links(other))).await.refusal();
    assert_eq!(refused, "404 pairing_link_not_found");
    assert_eq!(owner.delete(&format!("{}/x", links(account))).await.refusal(), "400 invalid_id");
    app.lifecycle.stop();
}

#[tokio::test]
async fn a_pairing_link_opens_once_and_starts_a_pairing() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = account(&app, &owner).await;
    let (_, token) = link(&owner, account, json!({})).await;
    let page = Page::of(&app);
    let session = page.session(&token).await;
    assert_ne!(session, token);
    let shown = page.state(&session).await;
    insta::assert_json_snapshot!(shown.json(), @r#"
    {
      "code": null,
      "displayName": "Shop",
      "done": false,
      "expiresAt": null,
      "linkExpiresAt": "2026-06-01T12:30:00.001Z",
      "message": "Asking WhatsApp for a code.",
      "qrSvg": null,
      "step": "opening"
    }
    "#);
    let paired = owner.get(&format!("/api/v1/whatsapp/accounts/{account}")).await.json();
    assert_eq!(paired["status"]["reason"], "pairing");
    assert_eq!(page.open(&token).await.refusal(), INVALID, "it was opened");
    let listed = owner.get(&links(account)).await.json();
    assert!(listed["data"][0]["openedAt"].is_string());
    // Only the process that opened the page knows its session. Another process refuses the session.
    assert_eq!(Page::of(&app).state(&session).await.refusal(), INVALID);
    app.lifecycle.stop();
}

#[tokio::test]
async fn if_a_pairing_link_is_opened_many_times_at_once_only_one_request_succeeds() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = account(&app, &owner).await;
    let (_, token) = link(&owner, account, json!({})).await;
    let page = Page::of(&app);
    let (one, other) = tokio::join!(page.open(&token), page.open(&token));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404]);
    app.lifecycle.stop();
}

/// The answer is the same for every link that does not work.
#[tokio::test]
async fn wrong_expired_and_revoked_links_get_the_same_answer() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = account(&app, &owner).await;
    let page = Page::of(&app);
    let (id, revoked) = link(&owner, account, json!({})).await;
    let (_, opened) = link(&owner, account, json!({})).await;
    let (_, expired) = link(&owner, account, json!({ "expiresInMinutes": 1 })).await;
    page.session(&opened).await;
    let revoke = format!("{}/{id}", links(account));
    assert_eq!(owner.delete(&revoke).await.status, 204);
    assert_eq!(owner.delete(&revoke).await.refusal(), "404 pairing_link_not_found");
    app.clock.advance(Duration::from_secs(60));
    let plain = |answer: Answer| {
        let mut problem = answer.json();
        problem.as_object_mut().unwrap().remove("requestId");
        (answer.status, problem)
    };
    let wrong = plain(page.open(&"A".repeat(43)).await);
    assert_eq!(wrong.1["code"], "pairing_link_invalid");
    for token in [revoked.as_str(), &opened, &expired, "", "short", &"x".repeat(5_000)] {
        assert_eq!(plain(page.open(token).await), wrong, "{token}");
    }
    for session in ["", revoked.as_str()] {
        assert_eq!(plain(page.state(session).await), wrong, "{session}");
    }
    app.lifecycle.stop();
}

#[tokio::test]
async fn a_pairing_page_stops_working_when_its_link_ends() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = account(&app, &owner).await;
    let page = Page::of(&app);

    let (id, token) = link(&owner, account, json!({})).await;
    let session = page.session(&token).await;
    assert_eq!(page.state(&session).await.status, 200);
    assert_eq!(owner.delete(&format!("{}/{id}", links(account))).await.status, 204);
    for what in ["state", "new-window"] {
        assert_eq!(page.post(what, json!({ "session": session })).await.refusal(), INVALID, "{what}");
    }
    let code = json!({ "session": session, "phoneNumber": "+15551234567" });
    assert_eq!(page.post("code", code).await.refusal(), INVALID);

    let (_, token) = link(&owner, account, json!({ "expiresInMinutes": 1 })).await;
    let session = page.session(&token).await;
    app.clock.advance(Duration::from_secs(59));
    assert_eq!(page.state(&session).await.status, 200);
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(page.state(&session).await.refusal(), INVALID);

    let (_, token) = link(&owner, account, json!({})).await;
    let session = page.session(&token).await;
    assert_eq!(owner.delete(&format!("/api/v1/whatsapp/accounts/{account}")).await.status, 204);
    assert_eq!(page.state(&session).await.refusal(), INVALID, "the account is gone");
    app.lifecycle.stop();
}

/// The page does not affect an account that is already linked. It does not bring the account online, and does not
/// show its next pairing.
#[tokio::test]
async fn opening_a_pairing_link_does_not_change_an_already_linked_account() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    let mut tx = app.storage.begin().await.unwrap();
    let mut stored = tx
        .accounts()
        .get(linekeeper_storage::Reach::all_of(owner.user.workspace_id), account, "2026-06-01")
        .await
        .unwrap()
        .unwrap();
    stored.linked = true;
    stored.desired = linekeeper_model::account::Desired::Paused;
    stored.status =
        linekeeper_model::status::Status::of(linekeeper_model::status::Reason::Paused, app.clock.now());
    tx.accounts().update_runtime(&stored, RuntimeEpoch::default()).await.unwrap();
    tx.commit().await.unwrap();
    linekeeper_storage::testing::link(&app.storage, account, "15551234567").await;
    app.registry.restore().await.unwrap();
    let page = Page::of(&app);
    let (_, token) = link(&owner, account, json!({})).await;
    let session = page.session(&token).await;
    let shown = page.state(&session).await.json();
    assert_eq!((&shown["step"], &shown["done"]), (&json!("done"), &json!(true)));
    let refused = page.post("new-window", json!({ "session": session })).await;
    assert_eq!(refused.refusal(), "409 already_connected");
    let code = json!({ "session": session, "phoneNumber": "+15551234567" });
    assert_eq!(page.post("code", code).await.refusal(), "409 already_connected");
    let path = format!("/api/v1/whatsapp/accounts/{account}");
    assert_eq!(owner.get(&path).await.json()["status"]["reason"], "paused");

    // The account is disconnected and paired again later. The page must still say that its own pairing is done.
    assert_eq!(owner.post(&format!("/api/v1/whatsapp/disconnect/{account}"), json!(null)).await.status, 200);
    let again = owner.post("/api/v1/whatsapp/connect", json!({ "accountId": account.to_string() })).await;
    assert_eq!(again.json()["status"]["reason"], "pairing");
    assert_eq!(page.state(&session).await.json()["done"], true);
    app.lifecycle.stop();
}

#[tokio::test]
async fn guessing_link_tokens_is_slowed_down() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = account(&app, &owner).await;
    let page = Page::of(&app);
    let (_, token) = link(&owner, account, json!({})).await;
    for _ in 0..30 {
        assert_eq!(page.open(&"A".repeat(43)).await.refusal(), INVALID);
    }
    let refused = page.open(&token).await;
    assert_eq!((refused.refusal().as_str(), refused.header("retry-after")), ("429 too_many_attempts", "5"));
    assert_eq!(page.state("x").await.refusal(), "429 too_many_attempts");
    app.clock.advance(Duration::from_secs(5));
    let session = page.session(&token).await;
    // Requests with a valid session do not count as guesses, however many there are.
    for _ in 0..40 {
        assert_eq!(page.state(&session).await.status, 200);
    }
    app.lifecycle.stop();
}

#[tokio::test]
async fn the_pairing_page_validates_its_request_bodies() {
    let app = App::new().await;
    let page = Page::of(&app);
    insta::assert_snapshot!(page.post("open", json!({ "token": 7, "x": 1 })).await.refusal(), @"
    400 validation_failed
    token: wrong_type: must be a string
    x: unknown_field: is not known here
    ");
    insta::assert_snapshot!(page.post("code", json!({ "phoneNumber": "0770" })).await.refusal(), @"
    400 validation_failed
    session: required: must be given
    phoneNumber: invalid: must be a phone number in E.164: a plus sign, then 7 to 15 digits, the first not 0
    ");
    insta::assert_snapshot!(page.post("new-window", json!({})).await.refusal(), @"
    400 validation_failed
    session: required: must be given
    ");
}
