//! Invitations: how they are created and mailed or shown. An invitation is accepted once, by the invited person.

use std::collections::BTreeSet;
use std::time::Duration;

use linekeeper_model::access::Role;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::app::{App, Caller, PASSWORD};

const INVITATIONS: &str = "/api/v1/invitations";
const CHOSEN: &str = "staple correct horse";

async fn invite(by: &Caller<'_>, email: &str, role: &str) -> Answer {
    by.post(INVITATIONS, json!({ "email": email, "role": role })).await
}

/// The token in the link of an answer or a mail.
fn token(text: &str) -> String {
    let (_, after) = text.split_once("/invitation#").unwrap_or_else(|| panic!("{text}"));
    after.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect()
}

async fn accept(app: &App, token: &str, password: &str) -> Answer {
    app.post("/api/v1/auth/invitation/accept", json!({ "token": token, "password": password })).await
}

async fn look(app: &App, token: &str) -> Answer {
    app.post("/api/v1/auth/invitation", json!({ "token": token })).await
}

#[tokio::test]
async fn without_mail_the_invitation_link_is_shown_once_and_adds_a_member() {
    let app = App::new().await;
    let owner = app.owner().await;
    let made = invite(&owner, "BEN@example.org", "agent").await;
    assert_eq!(made.status, 201, "{}", made.text());
    insta::assert_json_snapshot!(made.json(), { ".id" => "[id]", ".createdBy" => "[id]", ".link" => "[link]" }, @r#"
    {
      "createdAt": "2026-06-01T12:00:00Z",
      "createdBy": "[id]",
      "email": "ben@example.org",
      "expiresAt": "2026-06-08T12:00:00Z",
      "id": "[id]",
      "link": "[link]",
      "role": "agent"
    }
    "#);
    let list = owner.get(INVITATIONS).await;
    assert!(!list.text().contains("link"), "{}", list.text());
    assert_eq!(list.json()["data"][0]["email"], "ben@example.org");
    let token = token(made.json()["link"].as_str().unwrap());

    insta::assert_json_snapshot!(look(&app, &token).await.json(), @r#"
    {
      "email": "ben@example.org",
      "expiresAt": "2026-06-08T12:00:00Z",
      "hasPassword": null,
      "role": "agent",
      "workspaceName": "Test"
    }
    "#);
    let short = accept(&app, &token, "short").await;
    insta::assert_snapshot!(short.refusal(), @"
    400 validation_failed
    password: too_short: must have at least 12 characters
    ");
    let session = accept(&app, &token, CHOSEN).await;
    assert_eq!(session.status, 201, "{}", session.text());
    assert!(session.header("set-cookie").starts_with("lk_refresh="));
    let user = session.json()["user"].clone();
    assert_eq!((&user["email"], &user["role"]), (&json!("ben@example.org"), &json!("agent")));
    assert_eq!(user["workspaceId"], owner.user.workspace_id.to_string());

    insta::assert_snapshot!(accept(&app, &token, CHOSEN).await.refusal(), @"404 invitation_invalid");
    insta::assert_snapshot!(look(&app, &token).await.refusal(), @"404 invitation_invalid");
    assert_eq!(owner.get(INVITATIONS).await.json()["data"], json!([]));
    insta::assert_snapshot!(invite(&owner, "ben@example.org", "agent").await.refusal(), @"409 already_member");
    let signed_in =
        app.post("/api/v1/auth/sign-in", json!({ "email": "ben@example.org", "password": CHOSEN })).await;
    assert_eq!(signed_in.status, 200);
}

#[tokio::test]
async fn with_mail_the_invitation_link_is_sent_only_by_mail() {
    let mut app = App::new().await;
    app.send_mail();
    let owner = app.owner().await;
    let made = invite(&owner, "ben@example.org", "viewer").await;
    assert_eq!(made.json()["link"], Value::Null);
    let [mail] = app.mails().await.try_into().unwrap();
    assert_eq!((mail.to.as_str(), mail.subject.as_str()), ("ben@example.org", "Invitation to “Test”"));
    assert_eq!(look(&app, &token(&mail.text)).await.json()["hasPassword"], false);
    assert_eq!(accept(&app, &token(&mail.text), CHOSEN).await.status, 201);
}

#[tokio::test]
async fn an_invited_person_who_already_has_a_password_must_enter_it() {
    let mut app = App::new().await;
    app.send_mail();
    let owner = app.owner().await;
    // The list sorts workspaces by age. The clock moves, so that the ages differ.
    app.clock.advance(Duration::from_millis(1));
    let eve = app.member("eve@example.org", Role::Owner, None).await;
    assert_eq!(invite(&owner, "eve@example.org", "admin").await.status, 201);
    let [mail] = app.mails().await.try_into().unwrap();
    let token = token(&mail.text);
    assert_eq!(look(&app, &token).await.json()["hasPassword"], true);
    // Somebody who has the link, such as the Owner who created it, cannot take over the invited person's user.
    insta::assert_snapshot!(accept(&app, &token, CHOSEN).await.refusal(), @"401 sign_in_failed");
    let session = accept(&app, &token, PASSWORD).await;
    assert_eq!(session.status, 201, "{}", session.text());
    let session = app.with_session(&eve.user, &session);
    let workspaces = session.get("/api/v1/workspaces").await.json();
    let current: Vec<(bool, String)> = workspaces["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| (w["current"].as_bool().unwrap(), w["role"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(current, [(true, "admin".to_owned()), (false, "owner".to_owned())]);
}

#[tokio::test]
async fn an_invitation_ends_when_it_expires_is_withdrawn_or_is_replaced() {
    let app = App::new().await;
    let owner = app.owner().await;
    let link = async |by: &Caller<'_>| {
        let made = invite(by, "ben@example.org", "agent").await.json();
        (made["id"].as_str().unwrap().to_owned(), token(made["link"].as_str().unwrap()))
    };
    let (_, first) = link(&owner).await;
    let (id, second) = link(&owner).await;
    insta::assert_snapshot!(look(&app, &first).await.refusal(), @"404 invitation_invalid");
    assert_eq!(look(&app, &second).await.status, 200);
    let foreign = app.member("eve@example.org", Role::Owner, None).await;
    insta::assert_snapshot!(foreign.delete(&format!("{INVITATIONS}/{id}")).await.refusal(), @"404 invitation_not_found");
    assert_eq!(owner.delete(&format!("{INVITATIONS}/{id}")).await.status, 204);
    insta::assert_snapshot!(owner.delete(&format!("{INVITATIONS}/{id}")).await.refusal(), @"404 invitation_not_found");
    insta::assert_snapshot!(accept(&app, &second, CHOSEN).await.refusal(), @"404 invitation_invalid");

    let (_, third) = link(&owner).await;
    app.clock.advance(Duration::from_secs(7 * 24 * 60 * 60));
    insta::assert_snapshot!(accept(&app, &third, CHOSEN).await.refusal(), @"404 invitation_invalid");
    assert_eq!(owner.get(INVITATIONS).await.json()["data"], json!([]));
}

#[tokio::test]
async fn if_one_invitation_is_accepted_many_times_at_once_only_one_request_succeeds() {
    let app = App::new().await;
    let owner = app.owner().await;
    let made = invite(&owner, "ben@example.org", "agent").await.json();
    let token = token(made["link"].as_str().unwrap());
    let answers = futures_util::future::join_all((0..6).map(|_| accept(&app, &token, CHOSEN))).await;
    let joined = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(joined, 1, "{:?}", answers.iter().map(Answer::text).collect::<Vec<_>>());
    assert_eq!(owner.get("/api/v1/members").await.json()["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_admin_cannot_invite_an_owner() {
    let app = App::new().await;
    let owner = app.owner().await;
    let admin = app.member("dora@example.org", Role::Admin, Some(owner.user.workspace_id)).await;
    insta::assert_snapshot!(invite(&admin, "ben@example.org", "owner").await.refusal(), @"403 owner_needed");
    assert_eq!(invite(&admin, "ben@example.org", "admin").await.status, 201);
    let made = invite(&owner, "carl@example.org", "owner").await.json();
    let path = format!("{INVITATIONS}/{}", made["id"].as_str().unwrap());
    insta::assert_snapshot!(admin.delete(&path).await.refusal(), @"403 owner_needed");
    assert_eq!(owner.delete(&path).await.status, 204, "it was still there");
    let wrong = owner.post(INVITATIONS, json!({ "email": "nobody", "role": 7 })).await;
    insta::assert_snapshot!(wrong.refusal(), @"
    400 validation_failed
    email: invalid: must be an e-mail address of at most 254 characters
    role: wrong_type: must be a string
    ");
}

#[tokio::test]
async fn an_invitation_stops_working_when_its_creator_may_no_longer_invite() {
    let app = App::new().await;
    let owner = app.owner().await;
    let of = |addresses: &[&str]| addresses.iter().map(|&one| one.to_owned()).collect::<BTreeSet<_>>();
    let addresses = async || {
        let list = owner.get(INVITATIONS).await.json();
        let data = list["data"].as_array().unwrap().clone();
        // Ids of the same millisecond have no fixed order, so the emails are compared as a set.
        data.iter().map(|one| one["email"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    let second = app.member("olga@example.org", Role::Owner, Some(owner.user.workspace_id)).await;
    let made = invite(&second, "one@example.org", "owner").await.json();
    let withdrawn = token(made["link"].as_str().unwrap());
    invite(&second, "two@example.org", "admin").await;
    invite(&owner, "three@example.org", "owner").await;
    assert_eq!(addresses().await.len(), 3);

    let member = format!("/api/v1/members/{}", second.user.user.id);
    assert_eq!(owner.patch(&member, json!({ "notify": true })).await.status, 200);
    assert_eq!(addresses().await.len(), 3, "the same role may do the same");
    assert_eq!(owner.patch(&member, json!({ "role": "admin" })).await.status, 200);
    assert_eq!(addresses().await, of(&["two@example.org", "three@example.org"]));
    insta::assert_snapshot!(accept(&app, &withdrawn, CHOSEN).await.refusal(), @"404 invitation_invalid");

    assert_eq!(owner.delete(&member).await.status, 204);
    assert_eq!(addresses().await, of(&["three@example.org"]));
}

#[tokio::test]
async fn invitation_mails_to_one_address_are_limited() {
    let mut app = App::new().await;
    app.send_mail();
    app.keep_router();
    let owner = app.owner().await;
    let elsewhere = app.member("eve@example.org", Role::Owner, None).await;
    for _ in 0..3 {
        assert_eq!(invite(&owner, "ben@example.org", "agent").await.status, 201);
    }
    let audited =
        owner.get("/api/v1/audit?action=invitation.created").await.json()["data"].as_array().unwrap().len();
    for by in [&owner, &elsewhere] {
        let refused = invite(by, "Ben@example.org", "agent").await;
        assert_eq!(
            (refused.refusal().as_str(), refused.header("retry-after")),
            ("429 too_many_attempts", "1200")
        );
    }
    assert_eq!(app.mails().await.len(), 3);
    let log = owner.get("/api/v1/audit?action=invitation.created").await.json();
    assert_eq!(log["data"].as_array().unwrap().len(), audited, "what was refused is not told as done");
    assert_eq!(
        owner.get(INVITATIONS).await.json()["data"].as_array().unwrap().len(),
        1,
        "the last one stands"
    );
    assert_eq!(
        invite(&owner, "carl@example.org", "agent").await.status,
        201,
        "others are not kept from theirs"
    );
    app.clock.advance(Duration::from_secs(20 * 60));
    assert_eq!(invite(&owner, "ben@example.org", "agent").await.status, 201);
}

/// The inviter sees the link. It must not reveal whether the invited person already signs in to this server.
#[tokio::test]
async fn an_invitation_link_does_not_reveal_whether_the_person_is_already_a_user() {
    let app = App::new().await;
    let owner = app.owner().await;
    app.member("eve@example.org", Role::Owner, None).await;
    let mut answers = Vec::new();
    for email in ["eve@example.org", "new@example.org"] {
        let made = invite(&owner, email, "agent").await.json();
        let token = token(made["link"].as_str().unwrap());
        let plain = |answer: &Answer| {
            let mut body = answer.json();
            for name in ["requestId", "email"] {
                body.as_object_mut().unwrap().remove(name);
            }
            (answer.status.as_u16(), body)
        };
        let looked = plain(&look(&app, &token).await);
        let mut refused = Vec::new();
        for password in ["", "short", "aaaaaaaaaaaaaaaa", &"x".repeat(1_025)] {
            refused.push(plain(&accept(&app, &token, password).await));
        }
        answers.push((looked, refused));
    }
    assert_eq!(answers[0], answers[1]);
}
