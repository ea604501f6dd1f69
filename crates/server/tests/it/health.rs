//! Health over HTTP: the level, the reasons and the figures of stored accounts, and the daily counts that the
//! figures use.

use std::time::Duration;

use linekeeper_model::Timestamp;
use linekeeper_model::access::Role;
use linekeeper_model::account::{Account, Capping, Desired, Restriction};
use linekeeper_model::clock::Clock as _;
use linekeeper_model::event::{NewEvent, Payload};
use linekeeper_model::health::{Finding, FindingCode, HealthStatus};
use linekeeper_model::id::{AccountId, UserId, WorkspaceId};
use linekeeper_model::limits::Usage;
use linekeeper_model::status::{Reason, Status};
use linekeeper_model::user::Workspace;
use linekeeper_storage::testing::Databases;
use linekeeper_storage::{PasswordHash, RuntimeEpoch, Storage};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::app::{App, Caller};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn health(caller: &Caller<'_>, id: AccountId) -> Value {
    let answer = caller.get(&format!("/api/v1/whatsapp/health/{id}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn codes(health: &Value) -> Vec<&str> {
    health["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

/// Changes the database row of an account.
async fn change(app: &App, caller: &Caller<'_>, id: AccountId, change: impl FnOnce(&mut Account)) {
    let mut tx = app.storage.begin().await.unwrap();
    let mut account = tx
        .accounts()
        .get(linekeeper_storage::Reach::all_of(caller.user.workspace_id), id, "")
        .await
        .unwrap()
        .unwrap();
    change(&mut account);
    tx.accounts().update_settings(&account).await.unwrap();
    tx.accounts().update_runtime(&account, RuntimeEpoch::default()).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn the_health_of_a_healthy_account_is_returned_in_full() {
    let app = App::new().await;
    let owner = app.owner().await;
    let id = app.add_account(&owner.user, "Shop", Some("+15551234567")).await;
    insta::assert_json_snapshot!(health(&owner, id).await, { ".accountId" => "[id]" }, @r#"
    {
      "accountId": "[id]",
      "clientActive": false,
      "connectionStatus": "Disconnected",
      "dailyLimit": 1000,
      "failureRate": null,
      "healthStatus": "Healthy",
      "lastConnectedAt": null,
      "lastDisconnectedAt": null,
      "limitResetsAt": "2026-06-02T00:00:00Z",
      "messagesReceivedToday": 0,
      "messagesSentToday": 0,
      "phoneLastSeenAt": null,
      "reasons": [],
      "restriction": {
        "cappedUntil": null,
        "capping": "none",
        "timeLockedUntil": null
      },
      "uptimeSeconds": null,
      "usagePercentage": 0.0
    }
    "#);
}

#[tokio::test]
async fn the_health_of_an_account_with_every_problem_is_returned_in_full() {
    let app = App::new().await;
    let owner = app.owner().await;
    let id = app.add_account(&owner.user, "Shop", None).await;
    let now = app.clock.now();
    change(&app, &owner, id, |account| {
        account.desired = Desired::Online;
        account.linked = true;
        account.status = Status::of(Reason::LoggedOut, now);
        account.restriction = Restriction {
            capping: Capping::SecondWarning,
            capped_until: Some(now + 3 * DAY),
            time_locked_until: Some(now + DAY),
        };
        account.phone_seen_at = Some(now - 11 * DAY);
        account.last_connected_at = Some(now - 2 * DAY);
        account.last_disconnected_at = Some(now - DAY);
    })
    .await;
    let mut tx = app.storage.begin().await.unwrap();
    tx.accounts().add_usage(id, "2026-06-01", Usage { sent: 901, received: 0 }).await.unwrap();
    tx.accounts().add_usage(id, "2026-06-01", Usage { sent: 0, received: 12 }).await.unwrap();
    tx.commit().await.unwrap();
    insta::assert_json_snapshot!(health(&owner, id).await, { ".accountId" => "[id]" }, @r#"
    {
      "accountId": "[id]",
      "clientActive": false,
      "connectionStatus": "Failed",
      "dailyLimit": 1000,
      "failureRate": null,
      "healthStatus": "Critical",
      "lastConnectedAt": "2026-05-30T12:00:00.001Z",
      "lastDisconnectedAt": "2026-05-31T12:00:00.001Z",
      "limitResetsAt": "2026-06-02T00:00:00Z",
      "messagesReceivedToday": 12,
      "messagesSentToday": 901,
      "phoneLastSeenAt": "2026-05-21T12:00:00.001Z",
      "reasons": [
        {
          "action": "link",
          "code": "logged_out",
          "message": "WhatsApp logged this account out. Link it again."
        },
        {
          "action": "wait",
          "code": "time_locked",
          "message": "WhatsApp does not let this account write first to anybody until 2 June 2026, 12:00 UTC. Answer those who write to it."
        },
        {
          "action": "wait",
          "code": "daily_limit_critical",
          "message": "901 of today's 1000 messages are used. The count begins anew at midnight."
        },
        {
          "action": "slow_down",
          "code": "capping_second_warning",
          "message": "WhatsApp warns for the second time that this account begins too many new chats. Begin no more for now: next, WhatsApp stops them."
        },
        {
          "action": "check_phone",
          "code": "phone_offline",
          "message": "The phone was last online 11 days ago. After about 14 days WhatsApp unlinks this account: open WhatsApp on the phone."
        }
      ],
      "restriction": {
        "cappedUntil": "2026-06-04T12:00:00.001Z",
        "capping": "second_warning",
        "timeLockedUntil": "2026-06-02T12:00:00.001Z"
      },
      "uptimeSeconds": null,
      "usagePercentage": 90.1
    }
    "#);
}

#[tokio::test]
async fn restrictions_end_and_phone_warnings_begin_without_a_new_event() {
    let app = App::new().await;
    let owner = app.owner().await;
    let id = app.add_account(&owner.user, "Shop", None).await;
    let now = app.clock.now();
    change(&app, &owner, id, |account| {
        account.desired = Desired::Online;
        account.linked = true;
        account.status = Status::of(Reason::NetworkLost, now);
        account.restriction.time_locked_until = Some(now + DAY);
        account.phone_seen_at = Some(now - 9 * DAY);
    })
    .await;
    assert_eq!(codes(&health(&owner, id).await), ["time_locked", "network_lost"]);
    app.clock.advance(DAY - Duration::from_millis(1));
    assert_eq!(codes(&health(&owner, id).await), ["time_locked", "network_lost"]);
    app.clock.advance(Duration::from_millis(1));
    let free = health(&owner, id).await;
    assert_eq!(codes(&free), ["network_lost", "phone_offline"]);
    assert_eq!(free["restriction"]["timeLockedUntil"], Value::Null);
    app.clock.advance(2 * DAY);
    let critical = health(&owner, id).await;
    assert_eq!(codes(&critical), ["phone_offline_critical", "network_lost"]);
    assert_eq!(critical["healthStatus"], "Critical");
}

#[tokio::test]
async fn the_account_list_can_be_filtered_by_the_health_level() {
    let app = App::new().await;
    let owner = app.owner().await;
    let busy = app.add_account(&owner.user, "Busy", None).await;
    app.add_account(&owner.user, "Calm", None).await;
    let mut tx = app.storage.begin().await.unwrap();
    tx.accounts().add_usage(busy, "2026-06-01", Usage { sent: 700, received: 0 }).await.unwrap();
    tx.commit().await.unwrap();
    for (level, expected) in
        [("Healthy", json!(["Calm"])), ("Warning", json!(["Busy"])), ("Critical", json!([]))]
    {
        let page = owner.get(&format!("/api/v1/whatsapp/accounts?health={level}")).await.json();
        let names: Vec<_> =
            page["data"].as_array().unwrap().iter().map(|a| a["displayName"].clone()).collect();
        assert_eq!(json!(names), expected, "{level}");
    }
}

/// Includes time zones in which a day begins at an unusual moment, and an unknown zone.
#[tokio::test]
async fn daily_limits_reset_at_the_workspaces_midnight() {
    for (zone, noon, resets) in [
        ("UTC", "2026-06-01T12:00:00Z", "2026-06-02T00:00:00Z"),
        ("Asia/Kolkata", "2026-06-01T12:00:00Z", "2026-06-01T18:30:00Z"),
        ("America/New_York", "2026-11-01T12:00:00Z", "2026-11-02T05:00:00Z"),
        // On this day, clocks go from 00:00 to 01:00.
        ("Asia/Beirut", "2027-03-27T12:00:00Z", "2027-03-27T22:00:00Z"),
        ("Mars/Olympus_Mons", "2026-06-01T12:00:00Z", "2026-06-02T00:00:00Z"),
    ] {
        let app = App::new().await;
        let noon: Timestamp = noon.parse().unwrap();
        let workspace = Workspace {
            id: WorkspaceId::generate(app.clock.now(), &mut rand::rng()),
            name: zone.to_owned(),
            time_zone: zone.to_owned(),
            external_id: None,
            created_at: app.clock.now(),
        };
        let mut tx = app.storage.begin().await.unwrap();
        tx.workspaces().insert(&workspace).await.unwrap();
        tx.commit().await.unwrap();
        app.clock.advance(Duration::try_from(noon.duration_since(app.clock.now())).unwrap());
        let owner = app.member("ana@example.org", Role::Owner, Some(workspace.id)).await;
        let id = app.add_account(&owner.user, "Shop", None).await;
        assert_eq!(health(&owner, id).await["limitResetsAt"], resets, "{zone}");
    }
}

#[tokio::test]
async fn a_running_account_resets_its_daily_counts_at_midnight() {
    let app = App::new().await;
    let owner = app.owner().await;
    let id = app.add_account(&owner.user, "Shop", None).await;
    let mut tx = app.storage.begin().await.unwrap();
    tx.accounts().add_usage(id, "2026-06-01", Usage { sent: 950, received: 0 }).await.unwrap();
    tx.commit().await.unwrap();
    app.registry.restore().await.unwrap();
    assert_eq!(codes(&health(&owner, id).await), ["daily_limit_critical"]);
    app.clock.advance(DAY / 2);
    // Any command makes the account's actor check the clock. The actor's timer would also do this at midnight.
    let done = owner.post(&format!("/api/v1/whatsapp/disconnect/{id}"), Value::Null).await;
    assert_eq!((done.status.as_u16(), &done.json()["healthStatus"]), (200, &json!("Healthy")));
    let today = health(&owner, id).await;
    assert_eq!((&today["messagesSentToday"], codes(&today)), (&json!(0), Vec::new()));
    assert_eq!(today["limitResetsAt"], "2026-06-03T00:00:00Z");
    app.lifecycle.stop();
}

/// Stores changes of an account's level, one minute apart.
async fn levels(app: &App, caller: &Caller<'_>, id: AccountId, levels: &[HealthStatus]) {
    let mut from = HealthStatus::Healthy;
    for &to in levels {
        let code = FindingCode::DailyLimitNear;
        let finding = Finding { code, message: "Much is used.".to_owned(), action: code.action() };
        let reasons = if to == HealthStatus::Healthy { Vec::new() } else { vec![finding] };
        let payload = Payload::AccountHealth { from, to, reasons };
        let now = app.clock.now();
        let event = NewEvent::of_account(caller.user.workspace_id, id, payload, now, &mut rand::rng());
        let mut tx = app.storage.begin().await.unwrap();
        tx.events().append(&event).await.unwrap();
        tx.commit().await.unwrap();
        app.clock.advance(Duration::from_secs(60));
        from = to;
    }
}

#[tokio::test]
async fn the_history_lists_each_level_and_its_duration() {
    let app = App::new().await;
    let owner = app.owner().await;
    let id = app.add_account(&owner.user, "Shop", None).await;
    let other = app.add_account(&owner.user, "Other", None).await;
    levels(&app, &owner, id, &[HealthStatus::Warning, HealthStatus::Healthy]).await;
    levels(&app, &owner, other, &[HealthStatus::Critical]).await;
    let history = owner.get(&format!("/api/v1/whatsapp/health/{id}/history")).await;
    insta::assert_json_snapshot!(history.json(), @r#"
    {
      "data": [
        {
          "durationMs": null,
          "healthStatus": "Healthy",
          "previousStatus": "Warning",
          "reasons": [],
          "since": "2026-06-01T12:01:00.002Z",
          "until": null
        },
        {
          "durationMs": 60000,
          "healthStatus": "Warning",
          "previousStatus": "Healthy",
          "reasons": [
            {
              "action": "wait",
              "code": "daily_limit_near",
              "message": "Much is used."
            }
          ],
          "since": "2026-06-01T12:00:00.002Z",
          "until": "2026-06-01T12:01:00.002Z"
        }
      ],
      "nextCursor": null
    }
    "#);
}

#[tokio::test]
async fn the_history_has_the_correct_duration_of_each_level_on_every_page() {
    use HealthStatus::{Critical, Healthy, Warning};
    let app = App::new().await;
    let owner = app.owner().await;
    let id = app.add_account(&owner.user, "Shop", None).await;
    levels(&app, &owner, id, &[Warning, Critical, Warning, Healthy, Critical]).await;
    let path = format!("/api/v1/whatsapp/health/{id}/history?limit=2");
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = owner.get(&format!("{path}{cursor}")).await.json();
        let periods = page["data"].as_array().unwrap();
        let periods = periods.iter().map(|p| (p["healthStatus"].clone(), p["durationMs"].clone()));
        pages.push(periods.collect::<Vec<_>>());
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let minute = json!(60_000);
    assert_eq!(
        pages,
        [
            vec![(json!("Critical"), Value::Null), (json!("Healthy"), minute.clone())],
            vec![(json!("Warning"), minute.clone()), (json!("Critical"), minute.clone())],
            vec![(json!("Warning"), minute)],
        ]
    );
}

#[tokio::test]
async fn the_history_of_an_account_in_another_workspace_is_not_found() {
    let app = App::new().await;
    let owner = app.owner().await;
    let id = app.add_account(&owner.user, "Shop", None).await;
    let stranger = app.member("eve@example.org", Role::Owner, None).await;
    let path = format!("/api/v1/whatsapp/health/{id}/history");
    assert_eq!(stranger.get(&path).await.refusal(), "404 account_not_found");
    let empty = owner.get(&path).await.json();
    assert_eq!(empty, json!({ "data": [], "nextCursor": null }));
    insta::assert_snapshot!(owner.get(&format!("{path}?limit=201&cursor=-1&x=")).await.refusal(), @r"
    400 validation_failed
    limit: out_of_range: must be a whole number from 1 to 200
    cursor: invalid: must be the nextCursor of an earlier page
    x: unknown_field: is not known here
    ");
}

/// Several processes may count at the same time, because the database adds the counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_count_is_lost_when_several_processes_count_at_the_same_time() {
    const TASKS: u32 = 8;
    const EACH: u32 = 25;
    for database in Databases::each().await {
        let (one, other) = (database.open().await, database.open().await);
        let (workspace, id) = stored_account(&one).await;
        let mut tasks = JoinSet::new();
        for task in 0..TASKS {
            let storage = if task % 2 == 0 { one.clone() } else { other.clone() };
            tasks.spawn(async move {
                for _ in 0..EACH {
                    let mut tx = storage.begin().await.unwrap();
                    tx.accounts().add_usage(id, "2026-06-01", Usage { sent: 1, received: 0 }).await.unwrap();
                    tx.accounts().add_usage(id, "2026-06-01", Usage { sent: 0, received: 2 }).await.unwrap();
                    tx.commit().await.unwrap();
                }
            });
        }
        let all = tokio::time::timeout(Duration::from_secs(60), tasks.join_all()).await;
        all.unwrap_or_else(|_| panic!("{}: a writer waits for ever", database.name()));
        let mut tx = other.read().await.unwrap();
        let account = tx
            .accounts()
            .get(linekeeper_storage::Reach::all_of(workspace), id, "2026-06-01")
            .await
            .unwrap()
            .unwrap();
        let expected = Usage { sent: TASKS * EACH, received: 2 * TASKS * EACH };
        assert_eq!(account.usage, expected, "{}", database.name());
    }
}

async fn stored_account(storage: &Storage) -> (WorkspaceId, AccountId) {
    let now = Timestamp::UNIX_EPOCH;
    let mut rng = rand::rng();
    let workspace = Workspace {
        id: WorkspaceId::generate(now, &mut rng),
        name: "Test".to_owned(),
        time_zone: "UTC".to_owned(),
        external_id: None,
        created_at: now,
    };
    let owner = UserId::generate(now, &mut rng);
    let id = AccountId::generate(now, &mut rng);
    let mut tx = storage.begin().await.unwrap();
    tx.workspaces().insert(&workspace).await.unwrap();
    let email = "ana@example.org".parse().unwrap();
    tx.users().insert(owner, &email, &PasswordHash::new("$argon2id$".to_owned())).await.unwrap();
    tx.members().insert(workspace.id, owner, Role::Owner, true).await.unwrap();
    let account = Account::new(id, workspace.id, owner, "Shop".parse().unwrap(), now);
    tx.accounts().insert(&account).await.unwrap();
    tx.commit().await.unwrap();
    (workspace.id, id)
}
