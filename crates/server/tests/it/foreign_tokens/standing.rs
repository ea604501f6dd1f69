//! How older and newer tokens of a CRM change a membership, and the audit entries about it.

use std::time::Duration;

use linekeeper::credentials::foreign_token::TrustedKeys;
use linekeeper_model::access::Role;
use linekeeper_model::clock::Clock as _;
use linekeeper_model::id::UserId;
use linekeeper_model::secret::Secret;
use linekeeper_storage::AuditFilter;
use serde_json::{Value, json};

use super::issuer::trusted;
use super::{SECRET, by_secret, claims, get, me, with, with_secret};
use crate::app::App;

/// A token with this role, issued now.
fn token(app: &App, role: &str) -> String {
    by_secret(&with(claims(app), "role", json!(role)))
}

fn later(app: &App) {
    app.clock.advance(Duration::from_secs(120));
}

/// The action, the kind of actor and the role of each audit entry about members, oldest first.
async fn entries(app: &App, workspace: linekeeper_model::id::WorkspaceId) -> Vec<String> {
    let filter = AuditFilter { limit: 200, ..AuditFilter::default() };
    let mut page = app.storage.read().await.unwrap().audit().page(Some(workspace), &filter).await.unwrap();
    page.reverse();
    let told = page.iter().filter(|entry| entry.action.code().starts_with("member."));
    told.map(|entry| {
        let role = entry.details.facts.get("role").map_or("", String::as_str);
        format!("{} {} {role}", entry.action, entry.actor.kind()).trim_end().to_owned()
    })
    .collect()
}

#[tokio::test]
async fn an_older_token_does_not_undo_a_demotion() {
    let (app, owner) = with_secret().await;
    let admin = token(&app, "admin");
    assert_eq!(me(&app, &admin).await.json()["user"]["role"], "admin");
    later(&app);
    let viewer = token(&app, "viewer");
    assert_eq!(me(&app, &viewer).await.json()["user"]["role"], "viewer");
    insta::assert_snapshot!(me(&app, &admin).await.refusal(), @"401 token_outdated");
    assert_eq!(me(&app, &viewer).await.json()["user"]["role"], "viewer", "the row stayed");
    later(&app);
    assert_eq!(me(&app, &token(&app, "agent")).await.json()["user"]["role"], "agent", "newer ones count");
    assert_eq!(
        entries(&app, owner.workspace_id).await,
        [
            "member.joined foreignToken admin",
            "member.updated foreignToken viewer",
            "member.updated foreignToken agent"
        ]
    );
}

/// The CRM issued three tokens, and the second one arrives after the third.
#[tokio::test]
async fn a_token_older_than_the_newest_one_changes_no_role() {
    let (app, _) = with_secret().await;
    assert_eq!(me(&app, &token(&app, "agent")).await.status, 200);
    later(&app);
    let kept_back = token(&app, "owner");
    later(&app);
    let newest = token(&app, "agent");
    assert_eq!(me(&app, &newest).await.status, 200);
    insta::assert_snapshot!(me(&app, &kept_back).await.refusal(), @"401 token_outdated");
    assert_eq!(me(&app, &newest).await.json()["user"]["role"], "agent");
}

/// The CRM issues a token every 30 seconds.
#[tokio::test]
async fn an_outdated_token_is_still_refused_after_a_restart() {
    let (mut app, _) = with_secret().await;
    for _ in 0..10 {
        assert_eq!(me(&app, &token(&app, "agent")).await.status, 200);
        app.clock.advance(Duration::from_secs(30));
    }
    let issued = app.clock.now() - Duration::from_secs(150);
    let kept_back =
        by_secret(&with(with(claims(&app), "role", json!("owner")), "iat", json!(issued.as_second())));
    // A restarted server knows only what is stored.
    app.trust(trusted(TrustedKeys::Secret(Secret::new(SECRET.to_owned()))));
    assert_eq!(me(&app, &kept_back).await.refusal(), "401 token_outdated");
    assert_eq!(me(&app, &token(&app, "agent")).await.json()["user"]["role"], "agent");
}

#[tokio::test]
async fn of_two_tokens_issued_in_the_same_second_the_lower_role_applies() {
    for (first, second) in [("admin", "viewer"), ("viewer", "admin")] {
        let (app, _) = with_secret().await;
        let (first, second) = (token(&app, first), token(&app, second));
        assert_eq!(me(&app, &first).await.status, 200);
        assert_eq!(me(&app, &second).await.json()["user"]["role"], "viewer");
        assert_eq!(me(&app, &first).await.json()["user"]["role"], "viewer");
    }
}

#[tokio::test]
async fn a_removed_user_returns_only_with_a_newer_token_and_the_return_is_audited() {
    let (app, owner) = with_secret().await;
    let key = app.with_key(&owner, &linekeeper_model::access::Permission::ALL, None).await;
    let old = token(&app, "agent");
    let user = me(&app, &old).await.json()["user"]["id"].as_str().unwrap().to_owned();
    later(&app);
    let unused = token(&app, "admin");
    later(&app);
    assert_eq!(key.delete(&format!("/api/v1/members/{user}")).await.status, 204);
    for stale in [&old, &unused] {
        assert_eq!(me(&app, stale).await.refusal(), "401 token_outdated");
    }
    let gone: UserId = user.parse().unwrap();
    assert_eq!(app.storage.read().await.unwrap().users().get(gone).await.unwrap(), None);
    // The clocks of the CRM and the server may differ by up to a minute. So a token that was issued up to a minute
    // after the removal is still refused.
    app.clock.advance(Duration::from_secs(60));
    insta::assert_snapshot!(me(&app, &token(&app, "agent")).await.refusal(), @"401 token_outdated");
    app.clock.advance(Duration::from_secs(1));
    let fresh = token(&app, "viewer");
    assert_eq!(me(&app, &fresh).await.json()["user"]["role"], "viewer");
    insta::assert_snapshot!(me(&app, &old).await.refusal(), @"401 token_outdated");
    assert_eq!(
        entries(&app, owner.workspace_id).await,
        ["member.joined foreignToken agent", "member.removed apiKey", "member.joined foreignToken viewer"]
    );
}

#[tokio::test]
async fn a_token_without_an_issue_time_is_refused() {
    let (app, _) = with_secret().await;
    let now = claims(&app)["iat"].as_i64().unwrap();
    let mut without = claims(&app);
    without.as_object_mut().unwrap().remove("iat");
    for (claims, refusal) in [
        (without, "403 token_unclear"),
        (with(claims(&app), "iat", Value::Null), "401 invalid_credential"),
        (with(claims(&app), "iat", json!("yesterday")), "401 invalid_credential"),
        // A token from the future would make all later tokens look old.
        (with(claims(&app), "iat", json!(now + 61)), "401 invalid_credential"),
    ] {
        assert_eq!(me(&app, &by_secret(&claims)).await.refusal(), refusal);
    }
    let ahead = by_secret(&with(claims(&app), "iat", json!(now + 60)));
    assert_eq!(me(&app, &ahead).await.status, 200);
    app.clock.advance(Duration::from_secs(2));
    let promoted = token(&app, "admin");
    assert_eq!(
        me(&app, &promoted).await.json()["user"]["role"],
        "admin",
        "its iat counts as the time it came"
    );
}

/// Invitations and pairing links stop working when their creator loses the right to create them, even if the loss is
/// caused by a token of the CRM.
#[tokio::test]
async fn a_demotion_by_token_withdraws_invitations() {
    let (app, owner) = with_secret().await;
    let key = app.with_key(&owner, &linekeeper_model::access::Permission::ALL, None).await;
    let admin = token(&app, "admin");
    let body = json!({ "email": "ben@example.org", "role": "admin" }).to_string();
    let asked = crate::app::request(http::Method::POST, "/api/v1/invitations")
        .header("authorization", format!("Bearer {admin}"))
        .header("content-type", "application/json");
    assert_eq!(app.send(asked.body(body).unwrap()).await.status, 201);
    later(&app);
    assert_eq!(get(&app, "/api/v1/auth/me", &token(&app, "viewer")).await.status, 200);
    assert_eq!(key.get("/api/v1/invitations").await.json()["data"], json!([]));
    let stored = app.storage.read().await.unwrap().members().of_workspace(owner.workspace_id).await.unwrap();
    assert!(stored.iter().any(|member| member.role == Role::Viewer));
}
