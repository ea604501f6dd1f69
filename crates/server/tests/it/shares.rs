//! Sharing accounts: what a share lets a member access, and what not.

use linekeeper_model::access::Role;
use linekeeper_model::clock::Clock as _;
use linekeeper_model::event::{NewEvent, Payload};
use linekeeper_model::id::AccountId;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::app::{App, Caller};

const NOBODYS: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

async fn add_event(app: &App, account: AccountId, of: &Caller<'_>) {
    let payload = Payload::AccountCreated { display_name: "Shop".parse().unwrap() };
    let workspace = of.user.workspace_id;
    let event = NewEvent::of_account(workspace, account, payload, app.clock.now(), &mut rand::rng());
    let mut tx = app.storage.begin().await.unwrap();
    tx.events().append(&event).await.unwrap();
    tx.commit().await.unwrap();
}

/// Reads one account in every way, and returns each status and body.
async fn looks(caller: &Caller<'_>, account: &str) -> Vec<(u16, Value)> {
    let mut seen = Vec::new();
    for path in [
        format!("/whatsapp/accounts/{account}"),
        format!("/whatsapp/health/{account}"),
        format!("/whatsapp/qr-code/{account}"),
        format!("/whatsapp/accounts/{account}/timeline"),
        format!("/events?after=0&accountId={account}"),
    ] {
        seen.push(plain(&caller.get(&format!("/api/v1{path}")).await));
    }
    seen
}

fn plain(answer: &Answer) -> (u16, Value) {
    let mut body = answer.json();
    body.as_object_mut().unwrap().remove("requestId");
    (answer.status.as_u16(), body)
}

async fn listed(caller: &Caller<'_>) -> Vec<String> {
    let list = caller.get("/api/v1/whatsapp/accounts").await.json();
    let accounts = list["data"].as_array().unwrap().iter();
    accounts.map(|account| account["id"].as_str().unwrap().to_owned()).collect()
}

async fn told_of(caller: &Caller<'_>) -> Vec<String> {
    let events = caller.get("/api/v1/events?after=0").await.json();
    let events = events["data"].as_array().unwrap().iter();
    events.map(|event| event["accountId"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_agent_can_access_only_their_own_and_shared_accounts() {
    let app = App::new().await;
    let owner = app.owner().await;
    let agent = app.member("ben@example.org", Role::Agent, Some(owner.user.workspace_id)).await;
    let own = app.add_account(&agent.user, "Own", None).await;
    let shared = app.add_account(&owner.user, "Shared", None).await;
    let other = app.add_account(&owner.user, "Other", None).await;
    for account in [own, shared, other] {
        add_event(&app, account, &owner).await;
    }
    let [own, shared, other] = [own, shared, other].map(|id| id.to_string());
    let path = format!("/api/v1/whatsapp/accounts/{shared}/shares/{}", agent.user.user.id);
    let absent = looks(&agent, NOBODYS).await;
    let statuses = |seen: &[(u16, Value)]| seen.iter().map(|(status, _)| *status).collect::<Vec<_>>();
    // Agents may not link accounts, so they may not see QR codes.
    assert_eq!(statuses(&absent), [404, 404, 403, 404, 404]);
    assert_eq!(listed(&agent).await, std::slice::from_ref(&own));
    assert_eq!(looks(&agent, &shared).await, absent);

    for _ in 0..2 {
        assert_eq!(owner.put(&path).await.status, 204);
    }
    assert_eq!(listed(&agent).await, [own.clone(), shared.clone()]);
    assert_eq!(told_of(&agent).await, [own.clone(), shared.clone()]);
    assert_eq!(statuses(&looks(&agent, &shared).await), [200, 200, 403, 200, 200]);
    assert_eq!(looks(&agent, &other).await, absent);
    // A share gives access to the account, but no more rights than the role has.
    let wish =
        agent.patch(&format!("/api/v1/whatsapp/accounts/{shared}"), json!({ "displayName": "x" })).await;
    insta::assert_snapshot!(wish.refusal(), @"403 permission_denied");
    let shares = owner.get(&format!("/api/v1/whatsapp/accounts/{shared}/shares")).await.json();
    let share = json!({ "userId": agent.user.user.id.to_string(), "createdAt": "2026-06-01T12:00:00.003Z" });
    assert_eq!(shares, json!({ "data": [share], "nextCursor": null }));

    for _ in 0..2 {
        assert_eq!(owner.delete(&path).await.status, 204);
    }
    assert_eq!(listed(&agent).await, std::slice::from_ref(&own));
    assert_eq!(told_of(&agent).await, [own]);
    assert_eq!(looks(&agent, &shared).await, absent);
}

#[tokio::test]
async fn an_account_is_shared_only_with_members_and_only_by_permitted_callers() {
    let app = App::new().await;
    let owner = app.owner().await;
    let agent = app.member("ben@example.org", Role::Agent, Some(owner.user.workspace_id)).await;
    let stranger = app.member("eve@example.org", Role::Owner, None).await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    let path = |account: &str, user: &str| format!("/api/v1/whatsapp/accounts/{account}/shares/{user}");
    let (account, ben) = (account.to_string(), agent.user.user.id.to_string());
    let eve = stranger.user.user.id.to_string();

    let foreign = owner.put(&path(&account, &eve)).await;
    insta::assert_snapshot!(foreign.refusal(), @"404 member_not_found");
    assert_eq!(plain(&foreign), plain(&owner.put(&path(&account, NOBODYS)).await));
    assert_eq!(plain(&foreign), plain(&owner.delete(&path(&account, &eve)).await));
    let theirs = stranger.put(&path(&account, &eve)).await;
    assert_eq!(plain(&theirs), plain(&stranger.put(&path(NOBODYS, &eve)).await));
    assert_eq!(theirs.json()["code"], "account_not_found");
    insta::assert_snapshot!(agent.put(&path(&account, &ben)).await.refusal(), @"403 permission_denied");
    insta::assert_snapshot!(owner.put(&path(&account, "ben")).await.refusal(), @"400 invalid_id");
    assert!(!listed(&stranger).await.contains(&account));
}
