//! Signing in with a password returns tokens, and a refresh token returns new ones.

use std::time::Duration;

use http::Method;
use linekeeper::http::{Settings, router};
use linekeeper_model::access::Role;
use linekeeper_model::audit::Action;
use linekeeper_storage::AuditFilter;
use serde_json::json;
use tower::ServiceExt as _;
use url::Url;

use crate::answer::Answer;
use crate::app::{App, request, sign_in_body};

async fn with_cookie(app: &App, path: &str, cookie: &str) -> Answer {
    app.send(request(Method::POST, path).header("cookie", cookie).body(String::new()).unwrap()).await
}

async fn me(app: &App, token: &str) -> Answer {
    let asked = request(Method::GET, "/api/v1/auth/me").header("authorization", format!("Bearer {token}"));
    app.send(asked.body(String::new()).unwrap()).await
}

#[tokio::test]
async fn an_access_token_identifies_the_person_who_signed_in() {
    let app = App::new().await;
    app.add_user("vera@example.org", Role::Viewer, None).await;
    let session = app.post("/api/v1/auth/sign-in", sign_in_body("VERA@example.org")).await;
    assert_eq!(session.status, 200);
    let cookie = session.header("set-cookie");
    assert!(cookie.ends_with("; Path=/api/v1/auth; Max-Age=2592000; HttpOnly; SameSite=Strict"), "{cookie}");
    let token = session.json()["accessToken"].as_str().unwrap().to_owned();
    insta::assert_json_snapshot!(me(&app, &token).await.json(), { ".user.id" => "[id]", ".user.workspaceId" => "[id]" }, @r#"
    {
      "notify": false,
      "permissions": [
        "whatsapp:read"
      ],
      "recoveryCodesLeft": null,
      "totpEnabled": false,
      "user": {
        "email": "vera@example.org",
        "externalId": null,
        "id": "[id]",
        "role": "viewer",
        "workspaceId": "[id]"
      },
      "via": "accessToken",
      "weeklyReport": false
    }
    "#);
    app.clock.advance(Duration::from_secs(15 * 60));
    insta::assert_snapshot!(me(&app, &token).await.refusal(), @"401 token_expired");
}

#[tokio::test]
async fn over_tls_the_cookie_is_marked_secure() {
    let public_url = Some(Url::parse("https://line.example.org").unwrap());
    let settings = Settings { public_url, ..Settings::default() };
    let app = App::with(false, settings).await;
    app.add_user("ana@example.org", Role::Owner, None).await;
    let session = app.post("/api/v1/auth/sign-in", sign_in_body("ana@example.org")).await;
    assert!(session.header("set-cookie").ends_with("; Secure"));
}

#[tokio::test]
async fn unknown_people_and_wrong_passwords_get_the_same_answer() {
    let app = App::new().await;
    app.add_user("ana@example.org", Role::Owner, None).await;
    let wrong =
        app.post("/api/v1/auth/sign-in", json!({ "email": "ana@example.org", "password": "wrong" })).await;
    let unknown =
        app.post("/api/v1/auth/sign-in", json!({ "email": "eve@example.org", "password": "wrong" })).await;
    insta::assert_snapshot!(wrong.refusal(), @"401 sign_in_failed");
    let plain = |answer: &Answer| {
        let mut body = answer.json();
        body.as_object_mut().unwrap().remove("requestId");
        body
    };
    assert_eq!(plain(&wrong), plain(&unknown));
    assert_eq!(wrong.header("www-authenticate"), unknown.header("www-authenticate"));
}

#[tokio::test]
async fn after_many_wrong_passwords_the_right_password_is_also_refused_for_a_time() {
    let app = App::new().await;
    app.add_user("ana@example.org", Role::Owner, None).await;
    let router = router(app.services());
    let attempt = async |body: serde_json::Value| {
        let asked = request(Method::POST, "/api/v1/auth/sign-in").header("content-type", "application/json");
        router.clone().oneshot(asked.body(body.to_string()).unwrap()).await.unwrap()
    };
    let wrong = json!({ "email": "ana@example.org", "password": "wrong" });
    for _ in 0..8 {
        assert_eq!(attempt(wrong.clone()).await.status(), 401);
    }
    let refused = attempt(sign_in_body("ana@example.org")).await;
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (429, "30"));
    app.clock.advance(Duration::from_secs(30));
    assert_eq!(attempt(sign_in_body("ana@example.org")).await.status(), 200);
}

#[tokio::test]
async fn a_refresh_token_works_once_and_reusing_it_ends_the_sign_in() {
    let app = App::new().await;
    app.add_user("ana@example.org", Role::Owner, None).await;
    let first = app.post("/api/v1/auth/sign-in", sign_in_body("ana@example.org")).await.cookie();
    let second = with_cookie(&app, "/api/v1/auth/refresh", &first).await;
    assert_eq!(second.status, 200);
    assert_ne!(second.cookie(), first);
    let token = second.json()["accessToken"].as_str().unwrap().to_owned();
    assert_eq!(me(&app, &token).await.status, 200);

    app.clock.advance(Duration::from_secs(11));
    let copied = with_cookie(&app, "/api/v1/auth/refresh", &first).await;
    insta::assert_snapshot!(copied.refusal(), @"401 sign_in_required");
    assert!(copied.header("set-cookie").starts_with("lk_refresh=; Path=/api/v1/auth; Max-Age=0"));
    let newest = with_cookie(&app, "/api/v1/auth/refresh", &second.cookie()).await;
    insta::assert_snapshot!(newest.refusal(), @"401 sign_in_required");
}

#[tokio::test]
async fn a_sign_in_ends_by_expiry_and_by_signing_out() {
    let app = App::new().await;
    app.add_user("ana@example.org", Role::Owner, None).await;
    let old = app.post("/api/v1/auth/sign-in", sign_in_body("ana@example.org")).await.cookie();
    app.clock.advance(Duration::from_secs(30 * 24 * 60 * 60));
    assert_eq!(with_cookie(&app, "/api/v1/auth/refresh", &old).await.status, 401);

    let fresh = app.post("/api/v1/auth/sign-in", sign_in_body("ana@example.org")).await.cookie();
    // A caller who knows only the id in a refresh token cannot end the sign-in.
    let guessed = format!("{}.{}", fresh.split('.').next().unwrap(), "A".repeat(43));
    assert_eq!(with_cookie(&app, "/api/v1/auth/sign-out", &guessed).await.status, 204);
    let fresh = with_cookie(&app, "/api/v1/auth/refresh", &fresh).await.cookie();
    assert_eq!(with_cookie(&app, "/api/v1/auth/sign-out", &fresh).await.status, 204);
    assert_eq!(with_cookie(&app, "/api/v1/auth/refresh", &fresh).await.status, 401);
    assert_eq!(app.post("/api/v1/auth/sign-out", json!(null)).await.status, 204);
}

const REFRESH: &str = "/api/v1/auth/refresh";

/// The number of audit entries about reused refresh tokens.
async fn alarms(app: &App) -> usize {
    let filter = AuditFilter { limit: 200, action: Some(Action::TokenReused), ..AuditFilter::default() };
    let workspace = app.storage.read().await.unwrap().workspaces().all().await.unwrap()[0].id;
    app.storage.read().await.unwrap().audit().page(Some(workspace), &filter).await.unwrap().len()
}

#[tokio::test]
async fn two_tabs_that_refresh_at_once_both_stay_signed_in() {
    let app = App::new().await;
    app.add_user("ana@example.org", Role::Owner, None).await;
    let first = app.post("/api/v1/auth/sign-in", sign_in_body("ana@example.org")).await.cookie();
    let tabs = futures_util::future::join_all((0..4).map(|_| with_cookie(&app, REFRESH, &first))).await;
    // All answers have the same cookie, so it does not matter which one the browser stores last.
    let next = tabs[0].cookie();
    for tab in &tabs {
        assert_eq!((tab.status.as_u16(), tab.cookie()), (200, next.clone()), "{}", tab.text());
        assert_eq!(me(&app, tab.json()["accessToken"].as_str().unwrap()).await.status, 200);
    }
    app.clock.advance(Duration::from_secs(10));
    assert_eq!(with_cookie(&app, REFRESH, &first).await.status, 200, "still within the grace");
    let third = with_cookie(&app, REFRESH, &next).await;
    assert_eq!(third.status, 200, "{}", third.text());

    // The grace period applies only to the token that was replaced last, and it is short.
    app.clock.advance(Duration::from_secs(11));
    assert_eq!(with_cookie(&app, REFRESH, &next).await.status, 401);
    assert_eq!(with_cookie(&app, REFRESH, &third.cookie()).await.status, 401, "the sign-in has ended");
    assert_eq!(alarms(&app).await, 1);
}

#[tokio::test]
async fn a_refresh_token_with_the_secret_of_another_sign_in_is_refused() {
    let app = App::new().await;
    app.add_user("ana@example.org", Role::Owner, None).await;
    let sign_in = async || app.post("/api/v1/auth/sign-in", sign_in_body("ana@example.org")).await.cookie();
    let (here, there) = (sign_in().await, sign_in().await);
    assert_eq!(with_cookie(&app, REFRESH, &here).await.status, 200);
    // A token with the id of one sign-in and the secret of another.
    let mixed = format!("{}.{}", there.split('.').next().unwrap(), here.split('.').nth(1).unwrap());
    assert_eq!(with_cookie(&app, REFRESH, &mixed).await.status, 401);
    assert_eq!(with_cookie(&app, REFRESH, &there).await.status, 200, "it goes on");
    assert_eq!(alarms(&app).await, 0);
}

/// The id of a sign-in is in the audit log, which every Admin can read. The id alone must be of no use.
#[tokio::test]
async fn a_wrong_refresh_secret_neither_ends_the_sign_in_nor_raises_an_alarm() {
    let app = App::new().await;
    app.add_user("ana@example.org", Role::Owner, None).await;
    let cookie = app.post("/api/v1/auth/sign-in", sign_in_body("ana@example.org")).await.cookie();
    let id = cookie.split('.').next().unwrap();
    for secret in ["A".repeat(43), "-_".repeat(22)[..43].to_owned()] {
        let forged = with_cookie(&app, REFRESH, &format!("{id}.{secret}")).await;
        insta::allow_duplicates! { insta::assert_snapshot!(forged.refusal(), @"401 sign_in_required"); }
    }
    assert_eq!(alarms(&app).await, 0);
    assert_eq!(with_cookie(&app, REFRESH, &cookie).await.status, 200);
}

#[tokio::test]
async fn requests_from_other_sites_cannot_refresh_or_sign_out() {
    let public_url = Some(Url::parse("https://line.example.org").unwrap());
    let app = App::with(false, Settings { public_url, ..Settings::default() }).await;
    app.add_user("ana@example.org", Role::Owner, None).await;
    let mut cookie = app.post("/api/v1/auth/sign-in", sign_in_body("ana@example.org")).await.cookie();
    let send = async |path: &str, cookie: &str, headers: &[(&str, &str)]| {
        let mut asked = request(Method::POST, path).header("cookie", cookie).header("host", "inside:8080");
        for (name, value) in headers {
            asked = asked.header(*name, *value);
        }
        app.send(asked.body(String::new()).unwrap()).await
    };
    for headers in [
        [("sec-fetch-site", "cross-site")].as_slice(),
        &[("sec-fetch-site", "same-site"), ("origin", "https://evil.example.org")],
        &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
        &[("sec-fetch-site", "rubbish")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "https://inside:8080.evil.example")],
        &[("origin", "http://line.example.org")],
        &[("origin", "https://line.example.org"), ("origin", "https://evil.example")],
    ] {
        for path in [REFRESH, "/api/v1/auth/sign-out"] {
            assert_eq!(send(path, &cookie, headers).await.refusal(), "403 cross_site", "{path} {headers:?}");
        }
    }
    for headers in [
        [].as_slice(),
        &[("sec-fetch-site", "same-origin"), ("origin", "https://line.example.org")],
        &[("sec-fetch-site", "none")],
        &[("origin", "https://line.example.org")],
        &[("origin", "http://inside:8080")],
        &[("sec-fetch-site", "same-site"), ("origin", "https://line.example.org")],
    ] {
        let refreshed = send(REFRESH, &cookie, headers).await;
        assert_eq!(refreshed.status, 200, "{headers:?}: {}", refreshed.text());
        cookie = refreshed.cookie();
    }
    assert_eq!(send("/api/v1/auth/sign-out", &cookie, &[]).await.status, 204);
}

#[tokio::test]
async fn people_can_sign_in_after_the_clock_is_set_back() {
    let mut app = App::new().await;
    app.add_user("ana@example.org", Role::Owner, None).await;
    app.keep_router();
    let wrong = json!({ "email": "ana@example.org", "password": "wrong" });
    app.clock.advance(Duration::from_secs(3_600));
    for _ in 0..8 {
        assert_eq!(app.post("/api/v1/auth/sign-in", wrong.clone()).await.status, 401);
    }
    app.clock.set_back(Duration::from_secs(3_600));
    let refused = app.post("/api/v1/auth/sign-in", sign_in_body("ana@example.org")).await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, "30"));
    app.clock.advance(Duration::from_secs(30));
    let signed_in = app.post("/api/v1/auth/sign-in", sign_in_body("ana@example.org")).await;
    assert_eq!(signed_in.status, 200, "what Retry-After said is true: {}", signed_in.text());
}
