//! The second factor: how it is prepared, confirmed and required, and what helps a person who lost it.

use std::time::Duration;

use http::Method;
use linekeeper::credentials::second_factor::Seed;
use linekeeper::http::router;
use linekeeper_model::access::{Permission, Role};
use linekeeper_model::clock::Clock as _;
use linekeeper_model::secret::Secret;
use linekeeper_model::user::Member;
use linekeeper_storage::SecondFactor;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::answer::Answer;
use crate::app::{App, Caller, PASSWORD, request};

const TOTP: &str = "/api/v1/auth/totp";

/// A user with a second factor, the seed in their authenticator and their recovery codes.
struct Guarded<'a> {
    app: &'a App,
    ana: Member,
    signed_in: Caller<'a>,
    seed: Seed,
    recovery_codes: Vec<String>,
}

impl<'a> Guarded<'a> {
    async fn new(app: &'a App) -> Self {
        let ana = app.add_user("ana@example.org", Role::Owner, None).await;
        let signed_in = app.signed_in(&ana).await;
        let prepared = signed_in.post(TOTP, json!({ "password": PASSWORD })).await;
        assert_eq!(prepared.status, 200, "{}", prepared.text());
        let seed = seed(app, &ana).await;
        assert_eq!(prepared.json()["secret"], *seed.text().expose());
        let code = seed.code(app.clock.now());
        let enabled = signed_in.post(&format!("{TOTP}/enable"), json!({ "code": code.expose() })).await;
        assert_eq!(enabled.status, 200, "{}", enabled.text());
        app.clock.advance(Duration::from_secs(30));
        Self { app, ana, signed_in, seed, recovery_codes: codes_of(&enabled) }
    }

    /// The code that the authenticator shows now.
    fn code(&self) -> String {
        self.seed.code(self.app.clock.now()).expose().clone()
    }

    async fn sign_in(&self, code: Option<&str>) -> Answer {
        let body = json!({ "email": "ana@example.org", "password": PASSWORD, "code": code });
        self.app.post("/api/v1/auth/sign-in", body).await
    }
}

/// Reads the seed from the database, where it is sealed.
async fn seed(app: &App, user: &Member) -> Seed {
    let mut tx = app.storage.read().await.unwrap();
    match tx.second_factors().get(user.user.id).await.unwrap() {
        Some(SecondFactor::Prepared(seed) | SecondFactor::On(seed)) => {
            Seed(Secret::new(seed.expose().clone()))
        }
        None => panic!("nothing is prepared"),
    }
}

fn codes_of(answer: &Answer) -> Vec<String> {
    let codes = answer.json()["recoveryCodes"].as_array().unwrap().clone();
    codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect()
}

fn proof(code: &str) -> Value {
    json!({ "password": PASSWORD, "code": code })
}

#[tokio::test]
async fn signing_in_needs_a_code_after_the_second_factor_is_enabled() {
    let app = App::new().await;
    let guarded = Guarded::new(&app).await;
    insta::assert_snapshot!(guarded.sign_in(None).await.refusal(), @"401 totp_required");
    insta::assert_snapshot!(guarded.sign_in(Some("000000")).await.refusal(), @"401 invalid_totp_code");
    let code = guarded.code();
    assert_eq!(guarded.sign_in(Some(&code)).await.status, 200);
    insta::assert_snapshot!(guarded.sign_in(Some(&code)).await.refusal(), @"401 invalid_totp_code");
    app.clock.advance(Duration::from_secs(30));
    let spaced = format!("{} {}", &guarded.code()[..3], &guarded.code()[3..]);
    assert_eq!(guarded.sign_in(Some(&spaced)).await.status, 200);

    let wrong = json!({ "email": "ana@example.org", "password": "wrong", "code": guarded.code() });
    let wrong = app.post("/api/v1/auth/sign-in", wrong).await;
    insta::assert_snapshot!(wrong.refusal(), @"401 sign_in_failed");
    let me = guarded.signed_in.get("/api/v1/auth/me").await.json();
    assert_eq!((&me["totpEnabled"], &me["recoveryCodesLeft"]), (&json!(true), &json!(10)));
}

#[tokio::test]
async fn a_code_works_only_once_even_in_concurrent_requests() {
    let app = App::new().await;
    let guarded = Guarded::new(&app).await;
    let code = guarded.code();
    let attempts = (0..8).map(|_| guarded.sign_in(Some(&code)));
    let answers = futures_util::future::join_all(attempts).await;
    let good = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(good, 1, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
}

/// On PostgreSQL, several requests can read at the same time that the second factor is off. On SQLite they cannot,
/// because there is only one writer.
#[tokio::test]
async fn only_one_of_many_concurrent_requests_enables_the_second_factor() {
    let app = App::new().await;
    let ana = app.add_user("ana@example.org", Role::Owner, None).await;
    let signed_in = app.signed_in(&ana).await;
    assert_eq!(signed_in.post(TOTP, json!({ "password": PASSWORD })).await.status, 200);
    let code = seed(&app, &ana).await.code(app.clock.now());
    let enable = format!("{TOTP}/enable");
    let attempts = (0..8).map(|_| signed_in.post(&enable, json!({ "code": code.expose() })));
    let answers = futures_util::future::join_all(attempts).await;
    let (on, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    let [on] = on.as_slice() else { panic!("{} turned it on", on.len()) };
    assert!(refused.iter().all(|answer| answer.refusal() == "409 totp_enabled"), "{}", refused[0].refusal());
    let code = &codes_of(on)[0];
    let body = json!({ "email": "ana@example.org", "password": PASSWORD, "code": code });
    assert_eq!(app.post("/api/v1/auth/sign-in", body).await.status, 200);
}

#[tokio::test]
async fn a_recovery_code_works_once() {
    let app = App::new().await;
    let guarded = Guarded::new(&app).await;
    let [first, second, ..] = guarded.recovery_codes.as_slice() else { panic!("ten codes") };
    assert_eq!(guarded.sign_in(Some(&first.to_uppercase().replace('-', " "))).await.status, 200);
    insta::assert_snapshot!(guarded.sign_in(Some(first)).await.refusal(), @"401 invalid_totp_code");
    let me = guarded.signed_in.get("/api/v1/auth/me").await.json();
    assert_eq!(me["recoveryCodesLeft"], 9);

    let path = format!("{TOTP}/recovery-codes");
    let fresh = guarded.signed_in.post(&path, proof(&guarded.code())).await;
    assert_eq!(codes_of(&fresh).len(), 10);
    insta::assert_snapshot!(guarded.sign_in(Some(second)).await.refusal(), @"401 invalid_totp_code");
    assert_eq!(guarded.sign_in(Some(&codes_of(&fresh)[0])).await.status, 200);
}

#[tokio::test]
async fn disabling_the_second_factor_needs_the_password_and_a_code() {
    let mut app = App::new().await;
    app.send_mail();
    let guarded = Guarded::new(&app).await;
    let disable = async |body| guarded.signed_in.post(&format!("{TOTP}/disable"), body).await;
    insta::assert_snapshot!(disable(proof("000000")).await.refusal(), @"401 invalid_totp_code");
    let wrong = json!({ "password": "wrong", "code": guarded.code() });
    insta::assert_snapshot!(disable(wrong).await.refusal(), @"403 wrong_password");
    assert_eq!(disable(proof(&guarded.code())).await.status, 204);
    insta::assert_snapshot!(disable(proof(&guarded.code())).await.refusal(), @"409 totp_not_enabled");
    assert_eq!(guarded.sign_in(None).await.status, 200);
    assert_eq!(app.mails().await.len(), 1, "they are told");
}

#[tokio::test]
async fn the_second_factor_is_off_until_a_first_code_is_confirmed() {
    let app = App::new().await;
    let ana = app.add_user("ana@example.org", Role::Owner, None).await;
    let signed_in = app.signed_in(&ana).await;
    let enable =
        async |code: String| signed_in.post(&format!("{TOTP}/enable"), json!({ "code": code })).await;
    insta::assert_snapshot!(enable("123456".to_owned()).await.refusal(), @"409 totp_not_enabled");
    let wrong = signed_in.post(TOTP, json!({ "password": "wrong" })).await;
    insta::assert_snapshot!(wrong.refusal(), @"403 wrong_password");
    assert_eq!(signed_in.post(TOTP, json!({ "password": PASSWORD })).await.status, 200);
    let first = seed(&app, &ana).await;
    assert_eq!(signed_in.post(TOTP, json!({ "password": PASSWORD })).await.status, 200);
    let now = app.clock.now();
    insta::assert_snapshot!(enable(first.code(now).expose().clone()).await.refusal(), @"401 invalid_totp_code");
    assert_eq!(app.signed_in(&ana).await.get("/api/v1/auth/me").await.json()["totpEnabled"], false);
    let second = seed(&app, &ana).await;
    assert_eq!(enable(second.code(now).expose().clone()).await.status, 200);
    insta::assert_snapshot!(enable(second.code(now).expose().clone()).await.refusal(), @"409 totp_enabled");
    let again = signed_in.post(TOTP, json!({ "password": PASSWORD })).await;
    insta::assert_snapshot!(again.refusal(), @"409 totp_enabled");
    // An API key cannot manage the second factor of its user.
    let key = app.with_key(&ana, &Permission::ALL, None).await;
    insta::assert_snapshot!(key.post(TOTP, json!({ "password": PASSWORD })).await.refusal(), @"403 sign_in_needed");
}

#[tokio::test]
async fn guessing_codes_is_slowed_down_like_guessing_passwords() {
    let app = App::new().await;
    let guarded = Guarded::new(&app).await;
    let router = router(app.services());
    let attempt = async |code: &str| {
        let body = json!({ "email": "ana@example.org", "password": PASSWORD, "code": code });
        let asked = request(Method::POST, "/api/v1/auth/sign-in").header("content-type", "application/json");
        router.clone().oneshot(asked.body(body.to_string()).unwrap()).await.unwrap().status().as_u16()
    };
    for _ in 0..8 {
        assert_eq!(attempt("000000").await, 401);
    }
    assert_eq!(attempt(&guarded.code()).await, 429);
    app.clock.advance(Duration::from_secs(30));
    assert_eq!(attempt(&guarded.code()).await, 200);
    assert_eq!(guarded.ana.user.login.email().unwrap().as_str(), "ana@example.org");
}

#[tokio::test]
async fn codes_are_accepted_after_the_clock_is_set_back() {
    let app = App::new().await;
    let guarded = Guarded::new(&app).await;
    app.clock.advance(Duration::from_secs(3_600));
    assert_eq!(guarded.sign_in(Some(&guarded.code())).await.status, 200);
    app.clock.set_back(Duration::from_secs(3_600));
    let code = guarded.code();
    let signed_in = guarded.sign_in(Some(&code)).await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.text());
    // Each code works only once, even after the clock was set back.
    insta::assert_snapshot!(guarded.sign_in(Some(&code)).await.refusal(), @"401 invalid_totp_code");
}
