//! Who gets mails about which accounts. Nobody gets the same news twice.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use linekeeper::delivery::email::{Mailer, Notifier, Pauses};
use linekeeper_model::access::Role;
use linekeeper_model::account::{Account, Desired};
use linekeeper_model::clock::Clock as _;
use linekeeper_model::event::{NewEvent, Payload, Seq};
use linekeeper_model::id::{AccountId, WorkspaceId};
use linekeeper_model::mail::Mail;
use linekeeper_model::status::{Reason, Status};
use linekeeper_model::user::Member;
use linekeeper_storage::{Reach, RuntimeEpoch};

use crate::app::App;

const PATIENCE: Duration = Duration::from_secs(60);

/// Starts a notifier, as a server does.
fn notifier(app: &App) {
    let notifier = Notifier {
        storage: app.storage.clone(),
        clock: app.clock.clone(),
        log: app.log.clone(),
        mailer: Mailer::on(),
        base_url: "https://whatsapp.example.org/".parse().unwrap(),
        pauses: Pauses { digest: SignedDuration::from_secs(60), quiet: SignedDuration::from_secs(900) },
    };
    app.lifecycle.spawn("notifications", notifier.run(app.lifecycle.stopping().clone()));
}

/// Linked accounts of `owner`.
async fn accounts(app: &App, owner: &Member, names: impl Iterator<Item = String>) -> Vec<AccountId> {
    let now = app.clock.now();
    let mut tx = app.storage.begin().await.unwrap();
    let mut ids = Vec::new();
    for name in names {
        let id = AccountId::generate(now, &mut rand::rng());
        let mut account = Account::new(id, owner.workspace_id, owner.user.id, name.parse().unwrap(), now);
        (account.desired, account.linked) = (Desired::Online, true);
        tx.accounts().insert(&account).await.unwrap();
        ids.push(id);
    }
    tx.commit().await.unwrap();
    ids
}

/// Changes all accounts to a status with this reason.
async fn become_so(app: &App, workspace: WorkspaceId, accounts: &[AccountId], reason: Reason) {
    let now = app.clock.now();
    let mut tx = app.storage.begin().await.unwrap();
    let mut events = Vec::new();
    for id in accounts {
        let mut account = tx.accounts().get(Reach::all_of(workspace), *id, "").await.unwrap().unwrap();
        let status = Status::of(reason, now);
        let payload = Payload::status(Some(&account.status), &status);
        events.push(NewEvent::of_account(workspace, *id, payload, now, &mut rand::rng()));
        account.status = status;
        tx.accounts().update_runtime(&account, RuntimeEpoch::default()).await.unwrap();
    }
    let seq = tx.events().append_all(&events).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    app.log.committed(seq);
}

/// Advances the clock until `count` mails are in the queue. Takes them out and returns them by recipient.
async fn mails(app: &App, count: usize) -> BTreeMap<String, Mail> {
    let mut found = BTreeMap::new();
    let wait = async {
        loop {
            app.clock.advance(Duration::from_secs(30));
            // The tasks wait on the real clock, so they do not notice that the test advances the server's clock. Wake
            // them, as a new event would.
            app.log.committed(Seq::new(app.clock.now().as_millisecond().unsigned_abs()));
            while let Some(mail) = take_one(app).await {
                let twice = found.insert(mail.to.to_string(), mail);
                assert_eq!(twice, None, "one mail for each");
            }
            if found.len() >= count {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("people are told");
    found
}

async fn take_one(app: &App) -> Option<Mail> {
    let next = app.storage.read().await.unwrap().mail().next().await.unwrap()?;
    let mut tx = app.storage.begin().await.unwrap();
    let mail = tx.mail().message(next.id).await.unwrap();
    tx.mail().delete(next.id).await.unwrap();
    tx.commit().await.unwrap();
    mail
}

fn subjects(mails: &BTreeMap<String, Mail>) -> Vec<(&str, &str)> {
    mails.iter().map(|(to, mail)| (to.as_str(), mail.subject.as_str())).collect()
}

#[tokio::test]
async fn members_get_mails_about_accounts_that_they_can_access() {
    let app = App::new().await;
    let ana = app.add_user("ana@example.org", Role::Owner, None).await;
    let mut members = Vec::new();
    for (email, role, notify) in [
        ("admin@example.org", Role::Admin, true),
        ("agent@example.org", Role::Agent, true),
        ("idle@example.org", Role::Viewer, true),
        ("unasked@example.org", Role::Admin, false),
    ] {
        let before = app.add_user(email, role, Some(ana.workspace_id)).await;
        let member = Member { notify, ..before.clone() };
        let mut tx = app.storage.begin().await.unwrap();
        tx.members().update_mails(&before, &member).await.unwrap();
        tx.commit().await.unwrap();
        members.push(member);
    }
    let foreign = app.add_user("eve@example.org", Role::Owner, None).await;
    let of_ana = accounts(&app, &ana, ["Bar".to_owned(), "Desk".to_owned()].into_iter()).await;
    let of_agent = accounts(&app, &members[1], ["Van".to_owned()].into_iter()).await;
    let of_eve = accounts(&app, &foreign, ["Eve's".to_owned()].into_iter()).await;
    notifier(&app);
    let lost = [of_ana.as_slice(), &of_agent].concat();
    become_so(&app, ana.workspace_id, &lost, Reason::LoggedOut).await;
    become_so(&app, foreign.workspace_id, &of_eve, Reason::DeviceRemoved).await;
    let first = mails(&app, 4).await;
    assert_eq!(
        subjects(&first),
        [
            ("admin@example.org", "3 WhatsApp accounts need attention"),
            ("agent@example.org", "WhatsApp account “Van” needs attention"),
            ("ana@example.org", "3 WhatsApp accounts need attention"),
            ("eve@example.org", "WhatsApp account “Eve's” needs attention"),
        ]
    );
    assert!(
        first["agent@example.org"]
            .text
            .contains(&format!("https://whatsapp.example.org/#/accounts/{}", of_agent[0]))
    );

    become_so(&app, ana.workspace_id, &lost, Reason::Pairing).await;
    become_so(&app, ana.workspace_id, &of_agent, Reason::Online).await;
    assert_eq!(
        subjects(&mails(&app, 3).await),
        ["admin@example.org", "agent@example.org", "ana@example.org"]
            .map(|to| (to, "WhatsApp account “Van” works again"))
    );
}

#[tokio::test]
async fn two_servers_send_only_one_mail_about_an_outage_of_500_accounts() {
    let app = App::new().await;
    let ana = app.add_user("ana@example.org", Role::Owner, None).await;
    let all = accounts(&app, &ana, (0..500).map(|number| format!("Shop {number}"))).await;
    notifier(&app);
    notifier(&app);
    become_so(&app, ana.workspace_id, &all, Reason::RetriesExhausted).await;
    let lost = mails(&app, 1).await;
    assert_eq!(subjects(&lost), [("ana@example.org", "500 WhatsApp accounts need attention")]);
    assert!(lost["ana@example.org"].text.contains("and 460 more"));

    // The same problem again causes no mail, but a new problem does.
    become_so(&app, ana.workspace_id, &all, Reason::Connecting).await;
    become_so(&app, ana.workspace_id, &all[1..], Reason::RetriesExhausted).await;
    become_so(&app, ana.workspace_id, &all[..1], Reason::LoggedOut).await;
    assert_eq!(
        subjects(&mails(&app, 1).await),
        [("ana@example.org", "WhatsApp account “Shop 0” needs attention")]
    );
    become_so(&app, ana.workspace_id, &all, Reason::Online).await;
    assert_eq!(subjects(&mails(&app, 1).await), [("ana@example.org", "500 WhatsApp accounts work again")]);
    // Stop the notifiers. They must have nothing left to report.
    app.lifecycle.stop();
    assert!(app.lifecycle.drained().await);
    assert_eq!(take_one(&app).await, None);
}
