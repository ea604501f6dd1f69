//! The event log over HTTP: which caller can read which events, waiting for more events, and gaps.

use std::time::Duration;

use linekeeper::events;
use linekeeper::http::{router, serve};
use linekeeper_model::Timestamp;
use linekeeper_model::access::{Permission, Role};
use linekeeper_model::clock::Clock as _;
use linekeeper_model::event::{NewEvent, Payload, Seq};
use linekeeper_model::id::{AccountId, ChatId};
use linekeeper_model::message::{Chat, ChatType};
use linekeeper_model::status::{Reason, Status};
use linekeeper_model::user::Member;
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};

use crate::answer::Answer;
use crate::app::{App, Caller};

const EVENTS: &str = "/api/v1/events";
/// The maximum wait in these tests. It is far longer than any step of a test takes.
pub const PATIENCE: Duration = Duration::from_secs(20);

impl App {
    /// Appends an event as another process does: the readers in this process are not woken.
    async fn append_unheard(&self, user: &Member, account: AccountId, payload: Payload) -> Seq {
        let now = self.clock.now();
        let event = NewEvent::of_account(user.workspace_id, account, payload, now, &mut rand::rng());
        let mut tx = self.storage.begin().await.unwrap();
        let seq = tx.events().append(&event).await.unwrap();
        tx.commit().await.unwrap();
        seq
    }

    pub async fn append(&self, user: &Member, account: AccountId, payload: Payload) -> Seq {
        let seq = self.append_unheard(user, account, payload).await;
        self.log.committed(seq);
        seq
    }

    pub async fn until_waiting(&self, readers: usize) {
        let waiting = async {
            while self.log.subscribers() != readers {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("readers come and go");
    }
}

pub fn linked() -> Payload {
    Payload::AccountLinked {
        phone_number: Some("+15551234567".parse().unwrap()),
        lid: None,
        push_name: Some("Ana".to_owned()),
    }
}

fn updated() -> Payload {
    Payload::AccountUpdated { fields: vec!["tags".to_owned()] }
}

fn seqs(page: &Value) -> Vec<u64> {
    page["data"].as_array().unwrap().iter().map(|event| event["seq"].as_u64().unwrap()).collect()
}

async fn read(caller: &Caller<'_>, query: &str) -> Vec<u64> {
    seqs(&caller.get(&format!("{EVENTS}?{query}")).await.json())
}

async fn soon(answer: impl Future<Output = Answer>) -> Value {
    tokio::time::timeout(PATIENCE, answer).await.expect("long before its wait is over").json()
}

#[tokio::test]
async fn an_event_is_returned_with_all_its_fields() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    app.append(&owner.user, account, linked()).await;
    let page = owner.get(EVENTS).await;
    assert_eq!(page.json()["data"][0]["accountId"], account.to_string());
    assert_eq!(page.json()["data"][0]["workspaceId"], owner.user.workspace_id.to_string());
    insta::assert_json_snapshot!(
        page.json(),
        { ".data[].id" => "[id]", ".data[].workspaceId" => "[id]", ".data[].accountId" => "[id]" },
        @r#"
        {
          "data": [
            {
              "accountId": "[id]",
              "data": {
                "lid": null,
                "phoneNumber": "+15551234567",
                "pushName": "Ana"
              },
              "id": "[id]",
              "occurredAt": "2026-06-01T12:00:00.001Z",
              "seq": 1,
              "type": "account.linked",
              "workspaceId": "[id]"
            }
          ],
          "gap": false,
          "nextCursor": "1"
        }
        "#
    );
}

#[tokio::test]
async fn a_reader_continues_from_its_cursor() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    let empty = owner.get(EVENTS).await.json();
    assert_eq!((&empty["nextCursor"], &empty["gap"]), (&Value::from("0"), &Value::from(false)));
    for payload in [linked(), updated(), linked(), updated(), updated()] {
        app.append(&owner.user, account, payload).await;
    }
    let first = owner.get(&format!("{EVENTS}?limit=2")).await.json();
    assert_eq!((seqs(&first), &first["nextCursor"]), (vec![1, 2], &Value::from("2")));
    let rest = owner.get(&format!("{EVENTS}?after=2&limit=100")).await.json();
    assert_eq!((seqs(&rest), &rest["nextCursor"]), (vec![3, 4, 5], &Value::from("5")));
    assert_eq!(read(&owner, "after=5").await, [] as [u64; 0]);

    let of_a_type = owner.get(&format!("{EVENTS}?types=account.linked,account.qr&limit=3")).await.json();
    let expected = (vec![1, 3], &Value::from("5"));
    assert_eq!((seqs(&of_a_type), &of_a_type["nextCursor"]), expected, "what was not wanted is behind it");
}

#[tokio::test]
async fn each_caller_reads_only_events_of_accounts_that_they_can_access() {
    let app = App::new().await;
    let owner = app.owner().await;
    let workspace = Some(owner.user.workspace_id);
    let agent = app.member("ben@example.org", Role::Agent, workspace).await;
    let admin = app.member("eva@example.org", Role::Admin, workspace).await;
    let stranger = app.member("mal@example.org", Role::Owner, None).await;
    let [ours, theirs] = [
        app.add_account(&owner.user, "Ours", None).await,
        app.add_account(&agent.user, "Theirs", None).await,
    ];
    app.append(&owner.user, ours, linked()).await;
    app.append(&owner.user, theirs, linked()).await;
    let mut tx = app.storage.begin().await.unwrap();
    let of_nobody = NewEvent {
        account_id: None,
        ..NewEvent::of_account(owner.user.workspace_id, ours, updated(), app.clock.now(), &mut rand::rng())
    };
    tx.events().append(&of_nobody).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(read(&owner, "").await, [1, 2, 3]);
    assert_eq!(read(&admin, "").await, [1, 2, 3]);
    assert_eq!(read(&agent, "").await, [2]);
    assert_eq!(read(&stranger, "").await, [] as [u64; 0]);
    assert_eq!(read(&admin, &format!("accountId={theirs}")).await, [2]);
    assert_eq!(read(&agent, &format!("accountId={theirs}")).await, [2]);
    for caller in [&agent, &stranger] {
        let refused = caller.get(&format!("{EVENTS}?accountId={ours}")).await;
        assert_eq!(refused.refusal(), "404 account_not_found");
        let refused = caller.get(&format!("/api/v1/whatsapp/accounts/{ours}/timeline")).await;
        assert_eq!(refused.refusal(), "404 account_not_found");
    }
    assert_eq!(app.get(EVENTS).await.refusal(), "401 credential_required");
}

/// An event about a message in a chat of this type.
fn echo(kind: ChatType) -> Payload {
    let now = Timestamp::UNIX_EPOCH;
    let chat = Chat {
        id: ChatId::generate(now, &mut rand::rng()),
        kind,
        address: "15551234567@s.whatsapp.net".parse().unwrap(),
        name: None,
        person: None,
    };
    Payload::ChatUpdated { chat: Box::new(chat), changed: vec!["name".to_owned()] }
}

#[tokio::test]
async fn status_and_newsletter_events_are_returned_only_if_the_request_names_these_chat_types() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    let other = app.add_account(&owner.user, "Desk", None).await;
    app.append(&owner.user, account, linked()).await;
    for kind in ChatType::ALL {
        app.append(&owner.user, account, echo(kind)).await;
    }
    app.append(&owner.user, other, echo(ChatType::Direct)).await;
    assert_eq!(read(&owner, "").await, [1, 2, 3, 7]);
    assert_eq!(read(&owner, "chatTypes=status,newsletter").await, [1, 4, 5]);
    assert_eq!(read(&owner, &format!("types=chat.*&accounts={account}")).await, [2, 3]);
    assert_eq!(read(&owner, &format!("types=*&accounts={account},{other}")).await, [1, 2, 3, 7]);
    assert_eq!(read(&owner, "types=message.*,account.linked").await, [1]);
    let unknown = owner.get(&format!("{EVENTS}?accounts={account},{}", owner.user.workspace_id)).await;
    assert_eq!(unknown.refusal(), "404 account_not_found");
}

/// The server does not refuse a caller that may read only one kind of events. It leaves the other kind out.
#[tokio::test]
async fn events_that_the_caller_may_not_read_are_left_out() {
    let app = App::new().await;
    let owner = app.owner().await;
    let viewer = app.member("vera@example.org", Role::Viewer, Some(owner.user.workspace_id)).await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    let shared = format!("/api/v1/whatsapp/accounts/{account}/shares/{}", viewer.user.user.id);
    app.registry.restore().await.unwrap();
    assert_eq!(owner.put(&shared).await.status, 204);
    app.append(&owner.user, account, linked()).await;
    app.append(&owner.user, account, echo(ChatType::Direct)).await;
    assert_eq!(read(&viewer, "").await, [1], "a Viewer reads no message");
    assert_eq!(read(&viewer, "types=chat.updated").await, [] as [u64; 0]);
    for (scopes, expected) in [
        (&[Permission::MessagesRead][..], &[2][..]),
        (&[Permission::WhatsappRead], &[1]),
        (&[Permission::MessagesRead, Permission::WhatsappRead], &[1, 2]),
    ] {
        let key = app.with_key(&owner.user, scopes, None).await;
        assert_eq!(read(&key, "").await, expected, "{scopes:?}");
        assert_eq!(read(&key, "types=*").await, expected, "{scopes:?}");
        // The caller may read no event after position 2, so even a wait returns none.
        let page = key.get(&format!("{EVENTS}?wait=1&after=2")).await.json();
        assert_eq!((seqs(&page), &page["nextCursor"]), (vec![], &Value::from("2")));
    }
    let key = app.with_key(&owner.user, &[Permission::MessagesSend], None).await;
    assert_eq!(key.get(EVENTS).await.refusal(), "403 permission_denied");
}

#[tokio::test]
async fn every_invalid_parameter_is_named_in_the_error() {
    let app = App::new().await;
    let owner = app.owner().await;
    let query = "after=-1&types=account.status,account.exploded&accountId=x&wait=61&limit=501&since=0";
    let refused = owner.get(&format!("{EVENTS}?{query}")).await;
    insta::assert_snapshot!(refused.refusal(), @r"
    400 validation_failed
    after: invalid: must be the nextCursor of an earlier answer, or 0
    types: invalid: must be of *, account.*, message.*, media.*, chat.*, contact.*, account.created, account.updated, account.deleted, account.status, account.qr, account.linked, account.profile, account.health, account.restriction, account.phone_offline, account.reconnect_loop, message.received, message.echo, message.accepted, message.status, message.undecryptable, message.reaction, message.edited, message.revoked, media.ready, media.failed, chat.updated, chat.merged, contact.updated, contact.merged, contact.erased, separated by commas
    accountId: invalid: must be a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057
    wait: out_of_range: must be a whole number from 0 to 60
    limit: out_of_range: must be a whole number from 1 to 500
    since: unknown_field: is not known here
    ");
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let both = format!("accountId={id}&accounts={id}");
    for query in [
        "wait=-1",
        "limit=0",
        "after=99999999999999999999",
        "types=account",
        "types=messages.*",
        "wait=soon",
        "accounts=x",
        "accounts=,",
        "chatTypes=direct,stories",
        "chatTypes=,",
        &both,
    ] {
        let refused = owner.get(&format!("{EVENTS}?{query}")).await.refusal();
        let field = query.split('=').next().unwrap();
        assert!(refused.starts_with(&format!("400 validation_failed\n{field}: ")), "{refused}");
    }
}

#[tokio::test]
async fn a_waiting_request_is_answered_as_soon_as_an_event_happens() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    app.append(&owner.user, account, updated()).await;
    let waiting = soon(owner.get("/api/v1/events?after=1&types=account.linked&wait=60"));
    let happening = async {
        app.until_waiting(1).await;
        app.append(&owner.user, account, updated()).await;
        app.append(&owner.user, account, linked()).await;
    };
    let (page, ()) = tokio::join!(waiting, happening);
    assert_eq!((seqs(&page), &page["nextCursor"]), (vec![3], &Value::from("3")));
    app.until_waiting(0).await;
    // The request does not wait if events already exist.
    let page = soon(owner.get("/api/v1/events?after=1&wait=60")).await;
    assert_eq!(seqs(&page), [2, 3]);
}

#[tokio::test]
async fn a_waiting_request_that_times_out_returns_the_cursor() {
    let app = App::new().await;
    let owner = app.owner().await;
    let agent = app.member("ben@example.org", Role::Agent, Some(owner.user.workspace_id)).await;
    let account = app.add_account(&owner.user, "Not the agent's", None).await;
    let waiting = soon(agent.get("/api/v1/events?wait=1"));
    let happening = async {
        app.until_waiting(1).await;
        app.append(&owner.user, account, linked()).await;
    };
    let (page, ()) = tokio::join!(waiting, happening);
    assert_eq!((seqs(&page), &page["nextCursor"]), (vec![], &Value::from("1")));
    assert_eq!(page["gap"], false);
}

#[tokio::test]
async fn stopping_the_server_ends_all_waiting_requests() {
    let app = App::new().await;
    let owner = app.owner().await;
    let stopping = async {
        app.until_waiting(1).await;
        app.lifecycle.stop();
    };
    let (page, ()) = tokio::join!(soon(owner.get("/api/v1/events?wait=60")), stopping);
    assert_eq!((seqs(&page), &page["nextCursor"]), (vec![], &Value::from("0")));
}

#[tokio::test]
async fn a_request_stops_waiting_when_its_caller_disconnects() {
    let app = App::new().await;
    let owner = app.owner().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    app.lifecycle.spawn(
        "http",
        serve(listener, router(app.services()), app.admission(), app.lifecycle.stopping().clone()),
    );
    let mut connection = TcpStream::connect(address).await.unwrap();
    let key = owner.credential();
    let request = format!("GET {EVENTS}?wait=60 HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    app.until_waiting(1).await;
    drop(connection);
    app.until_waiting(0).await;
}

#[tokio::test]
async fn events_appended_by_another_process_are_noticed() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    let stopping = app.lifecycle.stopping().clone();
    app.lifecycle.spawn("event tail", events::tail(app.log.clone(), app.storage.clone(), stopping));
    let happening = async {
        app.until_waiting(1).await;
        app.append_unheard(&owner.user, account, linked()).await;
    };
    let (page, ()) = tokio::join!(soon(owner.get("/api/v1/events?wait=60")), happening);
    assert_eq!(seqs(&page), [1]);
}

#[tokio::test]
async fn old_events_are_deleted_and_late_readers_see_that_there_is_a_gap() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    let day = Duration::from_secs(24 * 60 * 60);
    app.append(&owner.user, account, linked()).await;
    app.append(&owner.user, account, linked()).await;
    app.clock.advance(29 * day);
    app.append(&owner.user, account, updated()).await;
    app.clock.advance(2 * day);
    let stopping = app.lifecycle.stopping().clone();
    let pruning = events::prune(app.storage.clone(), app.clock.clone(), 30 * day, stopping);
    app.lifecycle.spawn("event retention", pruning);
    let gone = async {
        while app.storage.read().await.unwrap().events().extent().await.unwrap().pruned == Seq::START {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("old events are removed");

    let told = async |query: &str| {
        let page = owner.get(&format!("{EVENTS}?{query}")).await.json();
        (seqs(&page), page["nextCursor"].clone(), page["gap"].clone())
    };
    assert_eq!(told("").await, (vec![3], "3".into(), false.into()));
    assert_eq!(told("after=1").await, (vec![3], "3".into(), true.into()));
    assert_eq!(told("after=2").await, (vec![3], "3".into(), false.into()));
    assert_eq!(told("after=3").await, (vec![], "3".into(), false.into()));
    let beyond = told("after=4&wait=60").await;
    assert_eq!(beyond, (vec![], "3".into(), true.into()), "a log that ends earlier is another one");
}

#[tokio::test]
async fn a_timeline_lists_states_with_reason_and_duration() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    let mut from = None;
    for (reason, seconds) in [(Reason::Connecting, 1), (Reason::Online, 3_600), (Reason::NetworkLost, 5)] {
        let to = Status { attempt: 2, ..Status::of(reason, app.clock.now()) };
        app.append(&owner.user, account, Payload::status(from.as_ref(), &to)).await;
        app.append(&owner.user, account, updated()).await;
        app.clock.advance(Duration::from_secs(seconds));
        from = Some(to);
    }
    let timeline = format!("/api/v1/whatsapp/accounts/{account}/timeline");
    let whole = owner.get(&timeline).await.json();
    insta::assert_json_snapshot!(whole, @r#"
    {
      "data": [
        {
          "action": "wait",
          "attempt": 2,
          "durationMs": null,
          "message": "The connection to WhatsApp was lost; trying again.",
          "reason": "network_lost",
          "since": "2026-06-01T13:00:01.001Z",
          "state": "Connecting",
          "until": null
        },
        {
          "action": "none",
          "attempt": 2,
          "durationMs": 3600000,
          "message": "Connected.",
          "reason": "online",
          "since": "2026-06-01T12:00:01.001Z",
          "state": "Connected",
          "until": "2026-06-01T13:00:01.001Z"
        },
        {
          "action": "wait",
          "attempt": 2,
          "durationMs": 1000,
          "message": "Connecting to WhatsApp.",
          "reason": "connecting",
          "since": "2026-06-01T12:00:00.001Z",
          "state": "Connecting",
          "until": "2026-06-01T12:00:01.001Z"
        }
      ],
      "nextCursor": null
    }
    "#);
    let first = owner.get(&format!("{timeline}?limit=2")).await.json();
    assert_eq!(first["data"].as_array().unwrap()[..], whole["data"].as_array().unwrap()[..2]);
    let next = first["nextCursor"].as_str().unwrap();
    let rest = owner.get(&format!("{timeline}?limit=1&cursor={next}")).await.json();
    assert_eq!(rest["data"].as_array().unwrap()[..], whole["data"].as_array().unwrap()[2..]);
    assert_eq!(rest["nextCursor"], Value::Null);
    let refused = owner.get(&format!("{timeline}?cursor=x&limit=201")).await;
    insta::assert_snapshot!(refused.refusal(), @r"
    400 validation_failed
    limit: out_of_range: must be a whole number from 1 to 200
    cursor: invalid: must be the nextCursor of an earlier page
    ");
}

/// What a member may still read after the change.
#[derive(PartialEq)]
enum Reads {
    Both,
    OnlyTheirOwn,
    Nothing,
}

/// Makes a change while a member waits for events. Returns the answer that the member then gets.
async fn changed_while_waiting(
    role: Role,
    still: Reads,
    change: impl AsyncFnOnce(&App, &Caller<'_>, &Caller<'_>, AccountId),
) -> String {
    let app = App::new().await;
    let owner = app.owner().await;
    let ben = app.member("ben@example.org", role, Some(owner.user.workspace_id)).await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    let other = app.add_account(&ben.user, "Desk", None).await;
    let share = format!("/api/v1/whatsapp/accounts/{account}/shares/{}", ben.user.user.id);
    app.registry.restore().await.unwrap();
    assert_eq!(owner.put(&share).await.status, 204);
    let mark = app.append(&owner.user, account, linked()).await;
    let asked = format!("{EVENTS}?wait=60&after={mark}");
    let (answer, ()) = tokio::join!(ben.get(&asked), async {
        app.until_waiting(1).await;
        change(&app, &owner, &ben, account).await;
        app.append(&owner.user, account, updated()).await;
        if still == Reads::OnlyTheirOwn {
            // The member may not read the first event, so it does not end the wait.
            app.append(&owner.user, other, updated()).await;
        }
    });
    app.lifecycle.stop();
    match answer.status.as_u16() {
        200 => {
            let page = answer.json();
            let own = page["data"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|event| event["accountId"] == other.to_string());
            let (all, own) = (page["data"].as_array().unwrap().len(), own.count());
            format!("{} of others, {own} own", all - own)
        }
        _ => answer.refusal(),
    }
}

#[tokio::test]
async fn rights_are_checked_again_before_a_waiting_request_is_answered() {
    let member = |of: &Caller<'_>| format!("/api/v1/members/{}", of.user.user.id);
    let removed = changed_while_waiting(Role::Agent, Reads::Nothing, async |_, owner, ben, _| {
        assert_eq!(owner.delete(&member(ben)).await.status, 204);
    });
    insta::assert_snapshot!(removed.await, @"401 invalid_credential");
    let demoted =
        changed_while_waiting(Role::Admin, Reads::OnlyTheirOwn, async |app, owner, ben, account| {
            assert_eq!(owner.patch(&member(ben), serde_json::json!({ "role": "viewer" })).await.status, 200);
            let share = format!("/api/v1/whatsapp/accounts/{account}/shares/{}", ben.user.user.id);
            assert_eq!(owner.delete(&share).await.status, 204);
            let _ = app;
        });
    insta::assert_snapshot!(demoted.await, @"0 of others, 1 own");
    let unshared = changed_while_waiting(Role::Agent, Reads::OnlyTheirOwn, async |_, owner, ben, account| {
        let share = format!("/api/v1/whatsapp/accounts/{account}/shares/{}", ben.user.user.id);
        assert_eq!(owner.delete(&share).await.status, 204);
    });
    insta::assert_snapshot!(unshared.await, @"0 of others, 1 own");
    let key_deleted = changed_while_waiting(Role::Agent, Reads::Nothing, async |app, _, ben, _| {
        assert_eq!(
            app.rows()
                .await
                .execute(&format!("DELETE FROM api_keys WHERE user_id = '{}'", ben.user.user.id))
                .await,
            1
        );
    });
    insta::assert_snapshot!(key_deleted.await, @"401 invalid_credential");
    let scope_taken = changed_while_waiting(Role::Agent, Reads::Nothing, async |app, _, ben, _| {
        let set = format!(
            "UPDATE api_keys SET scopes = '[\"messages:send\"]' WHERE user_id = '{}'",
            ben.user.user.id
        );
        assert_eq!(app.rows().await.execute(&set).await, 1);
    });
    insta::assert_snapshot!(scope_taken.await, @"403 permission_denied");
    let nothing = changed_while_waiting(Role::Agent, Reads::Both, async |_, _, _, _| {});
    insta::assert_snapshot!(nothing.await, @"1 of others, 0 own");
}

/// For a signed-in person, a wait ends when the sign-in ends or moves to another workspace.
#[tokio::test]
async fn a_waiting_request_is_refused_when_the_sign_in_of_its_caller_ends() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    let mark = app.append(&owner.user, account, linked()).await;
    let asked = format!("{EVENTS}?wait=60&after={mark}");
    let first = app.signed_in(&owner.user).await;
    let (answer, ()) = tokio::join!(first.get(&asked), async {
        app.until_waiting(1).await;
        app.rows().await.execute("DELETE FROM sign_ins").await;
        app.append(&owner.user, account, updated()).await;
    });
    insta::assert_snapshot!(answer.refusal(), @"401 invalid_credential");

    let second = app.signed_in(&owner.user).await;
    let made = second.post("/api/v1/workspaces", serde_json::json!({ "name": "Second" })).await.json();
    let mark = app.append(&owner.user, account, linked()).await;
    let asked = format!("{EVENTS}?wait=60&after={mark}");
    let (answer, ()) = tokio::join!(second.get(&asked), async {
        app.until_waiting(1).await;
        let enter = format!("/api/v1/workspaces/{}/enter", made["id"].as_str().unwrap());
        assert_eq!(second.post(&enter, Value::Null).await.status, 200);
        app.append(&owner.user, account, updated()).await;
    });
    insta::assert_snapshot!(answer.refusal(), @"401 invalid_credential");
}
