//! Weekly reports: who gets one and about which accounts. Nobody gets a report twice.

use std::time::Duration;

use linekeeper::delivery::email::{Mailer, WeeklyReports};
use linekeeper_model::access::Role;
use linekeeper_model::clock::Clock as _;
use linekeeper_model::id::{AccountId, WorkspaceId};
use linekeeper_model::mail::Mail;
use linekeeper_model::status::{Reason, Status};
use linekeeper_model::user::Member;
use linekeeper_storage::{Reach, RuntimeEpoch};
use serde_json::{Value, json};

use crate::app::{App, Caller};

const ME: &str = "/api/v1/auth/me";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn reports(app: &App) -> WeeklyReports {
    WeeklyReports {
        storage: app.storage.clone(),
        clock: app.clock.clone(),
        mailer: Mailer::on(),
        base_url: "https://whatsapp.example.org/".parse().unwrap(),
    }
}

/// An account of `owner` whose status gets this reason now.
async fn account(app: &App, owner: &Member, name: &str, reason: Reason) -> AccountId {
    let id = app.add_account(owner, name, None).await;
    let mut tx = app.storage.begin().await.unwrap();
    let mut account = tx.accounts().get(Reach::all_of(owner.workspace_id), id, "").await.unwrap().unwrap();
    account.status = Status::of(reason, app.clock.now());
    tx.accounts().update_runtime(&account, RuntimeEpoch::default()).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn person<'a>(app: &'a App, email: &str, role: Role, workspace: Option<WorkspaceId>) -> Caller<'a> {
    let user = app.add_user(email, role, workspace).await;
    app.signed_in(&user).await
}

async fn wants(person: &Caller<'_>) {
    let me = person.patch(ME, json!({ "weeklyReport": true })).await;
    assert_eq!((me.status.as_u16(), &me.json()["weeklyReport"]), (200, &json!(true)), "{}", me.text());
}

/// Takes the waiting mails out of the queue, sorted by recipient.
async fn written(app: &App) -> Vec<Mail> {
    let mut mails = app.mails().await;
    mails.sort_by(|a, b| a.to.as_str().cmp(b.to.as_str()));
    mails
}

fn recipients(mails: &[Mail]) -> Vec<&str> {
    mails.iter().map(|mail| mail.to.as_str()).collect()
}

#[tokio::test]
async fn subscribed_members_get_a_report_of_their_accounts_on_monday_morning() {
    let app = App::new().await;
    // The clock shows noon on Monday, 1 June 2026.
    let owner = person(&app, "ana@example.org", Role::Owner, None).await;
    let workspace = Some(owner.user.workspace_id);
    let agent = person(&app, "agent@example.org", Role::Agent, workspace).await;
    let viewer = person(&app, "viewer@example.org", Role::Viewer, workspace).await;
    let _unasked = person(&app, "unasked@example.org", Role::Admin, workspace).await;
    account(&app, &owner.user, "Bar", Reason::Online).await;
    account(&app, &agent.user, "Van", Reason::DeviceRemoved).await;
    for person in [&owner, &agent, &viewer] {
        wants(person).await;
    }
    let reports = reports(&app);
    assert_eq!(reports.write_due().await.unwrap(), 0, "the week before is none of theirs");

    app.clock.advance(DAY * 6 + Duration::from_secs(18 * 60 * 60 + 59 * 60));
    assert_eq!(reports.write_due().await.unwrap(), 0, "it is a minute to seven");
    app.clock.advance(Duration::from_secs(60));
    assert_eq!(reports.write_due().await.unwrap(), 2);
    let mails = written(&app).await;
    assert_eq!(recipients(&mails), ["agent@example.org", "ana@example.org"], "the viewer reaches nothing");
    assert_eq!(mails[1].subject.as_str(), "WhatsApp accounts from 1 to 7 June 2026");
    let (agents, owners) = (&mails[0].text, &mails[1].text);
    assert!(
        owners.contains("All 2 accounts\n") && owners.contains("Bar\n  Connected 100 % of the time.\n"),
        "{owners}"
    );
    assert!(owners.find("Van").unwrap() < owners.find("Bar").unwrap(), "{owners}");
    assert!(agents.contains("Van\n  Connected 0.0 % of the time.\n") && !agents.contains("Bar"), "{agents}");

    assert_eq!(reports.write_due().await.unwrap(), 0, "nobody is told twice");
    app.clock.advance(DAY * 7);
    assert_eq!(reports.write_due().await.unwrap(), 2, "the next week");
}

#[tokio::test]
async fn each_report_is_sent_only_once_if_several_servers_run() {
    let app = App::new().await;
    let owner = person(&app, "ana@example.org", Role::Owner, None).await;
    account(&app, &owner.user, "Bar", Reason::Online).await;
    wants(&owner).await;
    app.clock.advance(DAY * 8);
    let (first, second) = (reports(&app), reports(&app));
    let (first, second) = tokio::join!(first.write_due(), second.write_due());
    assert_eq!(first.unwrap() + second.unwrap(), 1);
    assert_eq!(recipients(&written(&app).await), ["ana@example.org"]);
}

#[tokio::test]
async fn only_a_signed_in_person_can_change_their_mail_settings() {
    let app = App::new().await;
    let owner = person(&app, "ana@example.org", Role::Owner, None).await;
    let shown = async || {
        let me = owner.get(ME).await.json();
        (me["notify"].clone(), me["weeklyReport"].clone())
    };
    let before = shown().await;
    assert_eq!(before.1, Value::Bool(false));
    wants(&owner).await;
    let quiet = owner.patch(ME, json!({ "notify": false, "weeklyReport": false })).await;
    assert_eq!(quiet.status, 200, "{}", quiet.text());
    assert_eq!(shown().await, (json!(false), json!(false)));
    insta::assert_snapshot!(owner.patch(ME, json!({})).await.refusal(), @"400 nothing_to_change");
    insta::assert_snapshot!(owner.patch(ME, json!({ "weeklyReport": 1, "role": "owner" })).await.refusal(), @"
    400 validation_failed
    weeklyReport: wrong_type: must be true or false
    role: unknown_field: is not known here
    ");
    let key = app.with_key(&owner.user, &linekeeper_model::access::Permission::ALL, None).await;
    insta::assert_snapshot!(key.patch(ME, json!({ "weeklyReport": true })).await.refusal(), @"403 sign_in_needed");
    // A member who turned the report off before it was due gets none.
    account(&app, &owner.user, "Bar", Reason::Online).await;
    app.clock.advance(DAY * 8);
    assert_eq!(reports(&app).write_due().await.unwrap(), 0);
}
