//! The audit log. Every change leaves an entry, only permitted callers can read the entries, and the `audit`
//! commands print them.

use std::time::Duration;

use http::Method;
use linekeeper::http::router;
use linekeeper_model::access::{Permission, Role};
use linekeeper_model::audit::Entry;
use linekeeper_model::clock::Clock as _;
use linekeeper_storage::AuditFilter;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::access_matrix::operations::{Audited, OPERATIONS};
use crate::access_matrix::world::World;
use crate::access_matrix::{an_owner, documented};
use crate::app::{App, PASSWORD, request, sign_in_body};
use crate::process::Program;

const AUDIT: &str = "/api/v1/audit";

/// Returns the number of audit entries, after a check that their hash chains are intact.
async fn entries(app: &App) -> u64 {
    let chains = app.storage.read().await.unwrap().audit().verify(&[]).await.unwrap();
    assert!(chains.iter().all(|chain| chain.flaw.is_none()), "{chains:?}");
    chains.iter().map(|chain| chain.head.unwrap().seq).sum()
}

/// The entries of the installation, latest first.
async fn of_the_installation(app: &App) -> Vec<Entry> {
    let filter = AuditFilter { limit: 200, ..AuditFilter::default() };
    app.storage.read().await.unwrap().audit().page(None, &filter).await.unwrap()
}

#[tokio::test]
async fn every_write_leaves_an_audit_entry() {
    let (mut told, mut excepted) = (0, 0);
    for operation in OPERATIONS {
        let (method, path, _) = documented().into_iter().find(|(_, _, id)| id == operation.id).unwrap();
        let world = World::new(operation, vec![an_owner()]).await;
        let before = entries(&world.app).await;
        let answer = world.ask(&method, &path, 0, world.target(0)).await;
        let written = entries(&world.app).await - before;
        let place = format!("{method} {path}: {}", answer.status);
        match operation.audited {
            Audited::Yes => {
                assert_eq!(written, 1, "{place}");
                told += 1;
            }
            Audited::No(reason) => {
                assert_eq!(written, 0, "{place} ({reason})");
                let harmless = method == "GET" || !answer.status.is_success();
                assert!(harmless || EXCEPTIONS.contains(&operation.id), "{place} is not told of");
                excepted += usize::from(method != "GET");
            }
        }
        world.end().await;
    }
    println!("{told} operations leave an entry, {excepted} that write change nothing here");
}

/// The operations that succeed in this test without leaving an entry.
const EXCEPTIONS: [&str; 4] = [
    // The test sends no cookie, so there is no sign-in to end. `signing_in_and_out_leaves_audit_entries` tests a
    // sign-out that ends a sign-in.
    "signOut",
    // The user has no other sign-in. `requests_that_change_nothing_leave_no_entry` tests a request that ends another
    // sign-in.
    "endOtherSignIns",
    // The sign-in has already entered this workspace. `the_writes_of_one_person_per_minute_are_limited` tests a sign-in
    // that enters another workspace.
    "enterWorkspace",
    // Nobody receives a file that is only uploaded. Like a message, it has its own database row and no audit entry.
    "uploadMedia",
];

#[tokio::test]
async fn an_entry_says_who_did_what() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = app.add_account(&owner.user, "Shop", Some("+15551234567")).await;
    app.registry.restore().await.unwrap();
    let change = json!({ "displayName": "Planted name", "proxy": "socks5://user:hunter2@proxy.example" });
    let path = format!("/api/v1/whatsapp/accounts/{account}");
    let changed = owner
        .send(
            request(Method::PATCH, &path)
                .header("x-request-id", "r-1")
                .header("content-type", "application/json"),
            change.to_string(),
        )
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let log = owner.get(AUDIT).await;
    assert!(!log.text().contains("hunter2") && !log.text().contains("Planted"), "{}", log.text());
    insta::assert_json_snapshot!(log.json(), { ".data[].id" => "[id]", ".data[].actor.id" => "[id]",
        ".data[].target.id" => "[id]", ".data[].facts.userId" => "[id]" }, @r#"
    {
      "data": [
        {
          "action": "account.updated",
          "actor": {
            "id": "[id]",
            "type": "apiKey"
          },
          "address": null,
          "at": "2026-06-01T12:00:00.001Z",
          "facts": {},
          "fields": [
            "displayName",
            "proxy"
          ],
          "id": "[id]",
          "requestId": "r-1",
          "seq": 2,
          "target": {
            "id": "[id]",
            "type": "account"
          }
        },
        {
          "action": "api_key.created",
          "actor": {
            "id": "[id]",
            "type": "commandLine"
          },
          "address": null,
          "at": "2026-06-01T12:00:00Z",
          "facts": {
            "userId": "[id]"
          },
          "fields": [],
          "id": "[id]",
          "requestId": null,
          "seq": 1,
          "target": {
            "id": "[id]",
            "type": "apiKey"
          }
        }
      ],
      "nextCursor": null
    }
    "#);
    assert_eq!(log.json()["data"][0]["target"]["id"], account.to_string());
    app.lifecycle.stop();
}

#[tokio::test]
async fn new_audit_entries_do_not_shift_the_next_pages() {
    let app = App::new().await;
    let owner = app.owner().await;
    let make = async |number: u32| {
        let made = owner.post("/api/v1/api-keys", json!({ "name": format!("key {number}") })).await;
        made.json()["id"].as_str().unwrap().to_owned()
    };
    let mut expected = Vec::new();
    for number in 0..6 {
        expected.insert(0, make(number).await);
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = owner.get(&format!("{AUDIT}?action=api_key.created&limit=2{cursor}")).await.json();
        let ids = page["data"].as_array().unwrap().iter();
        seen.extend(ids.map(|entry| entry["target"]["id"].as_str().unwrap().to_owned()));
        make(99).await;
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    // The six new keys, and the key that the Owner uses, which is older.
    assert_eq!(seen.len(), 7);
    assert_eq!(seen[..6], expected);
}

#[tokio::test]
async fn entries_can_be_filtered_and_only_permitted_callers_read_them() {
    let app = App::new().await;
    let owner = app.owner().await;
    let first = app.clock.now().to_string();
    let made = owner.post("/api/v1/api-keys", json!({ "name": "CRM" })).await.json();
    app.clock.advance(Duration::from_secs(60));
    app.post("/api/v1/auth/sign-in", sign_in_body("ana@example.org")).await;
    let later = app.clock.now().to_string();
    let actions = async |query: &str| {
        let page = owner.get(&format!("{AUDIT}?{query}")).await;
        let page = page.json();
        let actions =
            page["data"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap().to_owned());
        actions.collect::<Vec<_>>()
    };
    let both = ["api_key.created", "api_key.created"];
    assert_eq!(actions("").await, ["auth.signed_in", both[0], both[1]]);
    assert_eq!(actions("action=auth.signed_in").await, ["auth.signed_in"]);
    assert_eq!(actions(&format!("targetId={}", made["id"].as_str().unwrap())).await, both[..1]);
    assert_eq!(actions(&format!("actor={}", owner.user.user.id)).await, ["auth.signed_in"]);
    assert_eq!(actions(&format!("from={later}")).await, ["auth.signed_in"]);
    assert_eq!(actions(&format!("from={first}&to={later}")).await, both);
    let wrong =
        owner.get(&format!("{AUDIT}?action=x&actor=7&targetId=7&from=x&to=x&limit=0&cursor=-1&q=1")).await;
    insta::assert_snapshot!(wrong.refusal(), @"
    400 validation_failed
    actor: invalid: must be a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057
    action: invalid: is not an action of the audit log
    targetId: invalid: must be a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057
    from: invalid: must be a time such as 2027-01-01T00:00:00Z
    to: invalid: must be a time such as 2027-01-01T00:00:00Z
    limit: out_of_range: must be a whole number from 1 to 200
    cursor: invalid: must be the nextCursor of an earlier page
    q: unknown_field: is not known here
    ");

    let stranger = app.member("eve@example.org", Role::Owner, None).await;
    assert_eq!(stranger.get(AUDIT).await.json()["data"].as_array().unwrap().len(), 1, "only their own key");
    let agent = app.member("ben@example.org", Role::Agent, Some(owner.user.workspace_id)).await;
    assert_eq!(agent.get(AUDIT).await.refusal(), "403 permission_denied");
    let reader = app.with_key(&owner.user, &[Permission::AuditRead], None).await;
    assert_eq!(reader.get(AUDIT).await.status, 200);
}

#[tokio::test]
async fn a_key_limited_to_some_accounts_cannot_read_the_audit_log() {
    let app = App::new().await;
    let owner = app.owner().await;
    let reader = app.with_key(&owner.user, &[Permission::AuditRead], None).await;
    let rows = app.rows().await;
    rows.execute("UPDATE api_keys SET listed_accounts = 1").await;
    assert_eq!(reader.get(AUDIT).await.refusal(), "403 permission_denied");
}

#[tokio::test]
async fn signing_in_and_out_leaves_audit_entries() {
    let app = App::new().await;
    let owner = app.owner().await;
    let with_cookie = async |path: &str, cookie: &str| {
        app.send(request(Method::POST, path).header("cookie", cookie).body(String::new()).unwrap()).await
    };
    let first = app.post("/api/v1/auth/sign-in", sign_in_body("ana@example.org")).await.cookie();
    with_cookie("/api/v1/auth/sign-out", &first).await;
    let wrong = json!({ "email": "ana@example.org", "password": "wrong" });
    app.post("/api/v1/auth/sign-in", wrong).await;
    let stolen = app.post("/api/v1/auth/sign-in", sign_in_body("ana@example.org")).await.cookie();
    with_cookie("/api/v1/auth/refresh", &stolen).await;
    app.clock.advance(Duration::from_secs(11));
    with_cookie("/api/v1/auth/refresh", &stolen).await;
    let log = owner.get(AUDIT).await.json();
    let told: Vec<(&str, &str)> = log["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["action"].as_str().unwrap(), entry["actor"]["type"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("auth.token_reused", "nobody"),
            ("auth.signed_in", "member"),
            ("auth.sign_in_failed", "nobody"),
            ("auth.signed_out", "member"),
            ("auth.signed_in", "member"),
            ("api_key.created", "commandLine"),
        ]
    );
    assert_eq!(log["data"][2]["target"], json!({ "type": "user", "id": owner.user.user.id }));
    assert_eq!(of_the_installation(&app).await, []);
}

/// Many attempts with unknown names leave only some entries. A later entry has the number of attempts that were
/// left out.
#[tokio::test]
async fn many_failed_sign_ins_leave_few_entries() {
    let app = App::new().await;
    let router = router(app.services());
    let attempt = async |number: u32| {
        let body = json!({ "email": format!("{number}@example.org"), "password": "wrong" });
        let asked = request(Method::POST, "/api/v1/auth/sign-in").header("content-type", "application/json");
        let status = router.clone().oneshot(asked.body(body.to_string()).unwrap()).await.unwrap().status();
        assert_eq!(status, 401);
        // The server also slows down sign-ins from one address, so the clock moves between attempts.
        app.clock.advance(Duration::from_secs(5));
    };
    for number in 0..45 {
        attempt(number).await;
    }
    let written = of_the_installation(&app).await;
    // Up to 30 attempts in a short time leave an entry each. After that, at most one attempt per minute leaves an
    // entry.
    assert!((30..=34).contains(&written.len()), "{}", written.len());
    app.clock.advance(Duration::from_secs(60));
    attempt(1_000).await;
    let last = &of_the_installation(&app).await[0];
    let told: usize = written
        .iter()
        .chain([last])
        .filter_map(|entry| entry.details.facts.get("leftOut"))
        .map(|n| n.parse::<usize>().unwrap())
        .sum();
    assert_eq!(written.len() + 1 + told, 46);
}

/// Covers operations that need more than one request, such as pausing a pairing and opening a pairing link.
#[tokio::test]
async fn pairing_leaves_audit_entries() {
    let app = App::new().await;
    app.registry.restore().await.unwrap();
    let owner = app.owner().await;
    let made = owner.post("/api/v1/whatsapp/connect", json!({ "displayName": "Shop" })).await.json();
    let account = format!("/api/v1/whatsapp/accounts/{}", made["id"].as_str().unwrap());
    let link = owner.post(&format!("{account}/pairing-links"), Value::Null).await.json();
    assert_eq!(owner.post(&format!("{account}/pause"), Value::Null).await.status, 200);
    let router = router(app.services());
    let ask = async |path: &str, body: Value| {
        let asked = request(Method::POST, path).header("content-type", "application/json");
        let response = router.clone().oneshot(asked.body(body.to_string()).unwrap()).await.unwrap();
        crate::answer::Answer::of(response).await
    };
    let token = link["url"].as_str().unwrap().split_once('#').unwrap().1;
    let opened = ask("/api/v1/pairing/open", json!({ "token": token })).await.json();
    let window = ask("/api/v1/pairing/new-window", json!({ "session": opened["session"] })).await;
    assert_eq!(window.status, 200, "{}", window.text());
    let log = owner.get(AUDIT).await.json();
    let told: Vec<&str> =
        log["data"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(
        told[..5],
        [
            "pairing_link.window_requested",
            "pairing_link.opened",
            "account.paused",
            "pairing_link.created",
            "account.created",
        ]
    );
    assert!(!log.to_string().contains(token));
    app.lifecycle.stop();
}

#[test]
fn commands_leave_audit_entries_and_the_verify_command_checks_the_log() {
    let program = Program::new();
    let none = program.run(&["audit", "verify"], "");
    assert!(none.code == 1 && none.err.contains("there is no installation"), "{none:?}");
    let owner = ["owner", "create", "--email", "ana@example.org", "--password-stdin"];
    assert_eq!(program.run(&owner, PASSWORD).code, 0);
    assert_eq!(
        program.run(&["api-key", "create", "--email", "ana@example.org", "--name", "crm"], "").code,
        0
    );
    assert_eq!(program.run(&["keys", "rotate"], "").code, 0);
    let verified = program.run(&["audit", "verify"], "");
    assert_eq!((verified.code, verified.err.as_str()), (0, ""));
    let heads: Vec<&str> = verified.out.lines().collect();
    assert!(heads.len() == 2 && heads[0].starts_with("installation:2:"), "{heads:?}");
    let (workspace, rest) = heads[1].split_once(':').unwrap();
    assert!(rest.starts_with("2:"), "{rest}");

    let noted = program.run(&["audit", "verify", "--head", heads[0], "--head", heads[1]], "");
    assert_eq!((noted.code, noted.out), (0, verified.out.clone()));
    let later = heads[1].replacen(":2:", ":3:", 1);
    let cut = program.run(&["audit", "verify", "--head", &later], "");
    assert_eq!((cut.code, cut.err), (1, format!("{workspace}: entry 3 is missing\n")));
    let other = format!("{workspace}:2:{}", "0".repeat(64));
    let other = program.run(&["audit", "verify", "--head", &other], "");
    assert_eq!((other.code, other.err), (1, format!("{workspace}: entry 2 is not the one of --head\n")));

    let shown = program.run(&["audit", "show"], "");
    let actions: Vec<Value> = shown.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let actions: Vec<&str> = actions.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["keys.rotated", "keys.rotation_started"]);
    let shown = program.run(&["audit", "show", "--workspace", workspace, "--limit", "1"], "");
    let entry: Value = serde_json::from_str(&shown.out).unwrap();
    assert_eq!(
        (&entry["action"], &entry["actor"]["type"]),
        (&json!("api_key.created"), &json!("commandLine"))
    );
}

#[tokio::test]
async fn requests_that_change_nothing_leave_no_entry() {
    let app = App::new().await;
    let owner = app.owner().await;
    let signed_in = app.signed_in(&owner.user).await;
    let ben = app.member("ben@example.org", Role::Agent, Some(owner.user.workspace_id)).await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    app.registry.restore().await.unwrap();
    let workspace = format!("/api/v1/workspaces/{}", owner.user.workspace_id);
    let member = format!("/api/v1/members/{}", ben.user.user.id);
    let share = format!("/api/v1/whatsapp/accounts/{account}/shares/{}", ben.user.user.id);
    let made =
        owner.post("/api/v1/api-keys", json!({ "name": "CRM", "networks": ["192.0.2.0/24"] })).await.json();
    let key = format!("/api/v1/api-keys/{}", made["id"].as_str().unwrap());
    assert_eq!(owner.put(&share).await.status, 204);
    let before = entries(&app).await;
    for _ in 0..2 {
        let enter = signed_in.post(&format!("{workspace}/enter"), Value::Null).await;
        assert_eq!((enter.status.as_u16(), &enter.json()["current"]), (200, &json!(true)));
        assert_eq!(signed_in.post("/api/v1/auth/sign-ins/end-others", Value::Null).await.status, 204);
        let same = json!({ "name": "Test", "timeZone": "utc" });
        let same = owner.patch(&workspace, same).await;
        assert_eq!((same.status.as_u16(), &same.json()["timeZone"]), (200, &json!("UTC")));
        assert_eq!(owner.patch(&member, json!({ "role": "agent", "notify": false })).await.status, 200);
        assert_eq!(
            owner
                .patch(&key, json!({ "name": "CRM", "networks": ["192.0.2.7/24"], "expiresAt": null }))
                .await
                .status,
            200
        );
        assert_eq!(owner.put(&share).await.status, 204);
    }
    assert_eq!(entries(&app).await, before);
    assert_eq!(owner.delete(&share).await.status, 204);
    let after = entries(&app).await;
    assert_eq!(after, before + 1);
    assert_eq!(owner.delete(&share).await.status, 204);
    assert_eq!(entries(&app).await, after);

    // Ending another sign-in leaves an entry.
    app.signed_in(&owner.user).await;
    let after = entries(&app).await;
    assert_eq!(signed_in.post("/api/v1/auth/sign-ins/end-others", Value::Null).await.status, 204);
    assert_eq!(entries(&app).await, after + 1);

    // An entry names only the fields that changed.
    assert_eq!(owner.patch(&key, json!({ "name": "CRM", "networks": null })).await.status, 200);
    assert_eq!(owner.patch(&member, json!({ "role": "viewer", "notify": false })).await.status, 200);
    assert_eq!(owner.patch(&workspace, json!({ "name": "Shop", "timeZone": "UTC" })).await.status, 200);
    let log = owner.get(&format!("{AUDIT}?limit=3")).await.json();
    let fields: Vec<_> =
        log["data"].as_array().unwrap().iter().map(|entry| entry["fields"].to_string()).collect();
    assert_eq!(fields, [r#"["name"]"#, r#"["role"]"#, r#"["networks"]"#]);
    app.lifecycle.stop();
}

/// A Viewer may change little, but the rate of these changes must be limited too.
#[tokio::test]
async fn the_writes_of_one_person_per_minute_are_limited() {
    let mut app = App::new().await;
    let owner = app.add_user("ana@example.org", Role::Owner, None).await;
    let vera = app.add_user("vera@example.org", Role::Viewer, None).await;
    let mut tx = app.storage.begin().await.unwrap();
    tx.members().insert(owner.workspace_id, vera.user.id, Role::Viewer, false).await.unwrap();
    tx.commit().await.unwrap();
    app.keep_router();
    let vera_here = app.signed_in(&vera).await;
    let ana_here = app.signed_in(&owner).await;
    vera_here.post(&format!("/api/v1/workspaces/{}/enter", vera.workspace_id), Value::Null).await;
    let before = entries(&app).await;
    let (mut done, mut refused) = (0, None);
    for turn in 0..400 {
        let workspace = if turn % 2 == 0 { owner.workspace_id } else { vera.workspace_id };
        let answer = vera_here.post(&format!("/api/v1/workspaces/{workspace}/enter"), Value::Null).await;
        match answer.status.as_u16() {
            200 => done += 1,
            _ => refused = refused.or(Some(answer)),
        }
    }
    let refused = refused.expect("at some point it is enough");
    assert_eq!((refused.refusal().as_str(), refused.header("retry-after")), ("429 too_many_attempts", "1"));
    assert_eq!(entries(&app).await - before, done);
    assert!(done <= 200, "{done}");
    // The limit affects neither other people nor reads.
    assert_eq!(ana_here.post("/api/v1/workspaces", json!({ "name": "Second" })).await.status, 201);
    assert_eq!(vera_here.get("/api/v1/auth/me").await.status, 200);
    app.clock.advance(Duration::from_secs(1));
    let again = vera_here.post(&format!("/api/v1/workspaces/{}/enter", vera.workspace_id), Value::Null).await;
    assert_eq!(again.status, 200, "{}", again.text());
}

/// Each sign-in also adds a database row and an audit entry. So a limit on sign-ins is needed too.
#[tokio::test]
async fn the_sign_ins_of_one_person_are_limited() {
    let mut app = App::new().await;
    app.add_user("ana@example.org", Role::Owner, None).await;
    app.keep_router();
    let mut statuses = Vec::new();
    for _ in 0..40 {
        statuses
            .push(app.post("/api/v1/auth/sign-in", sign_in_body("ana@example.org")).await.status.as_u16());
    }
    assert_eq!((statuses.iter().filter(|status| **status == 200).count(), statuses[39]), (30, 429));
    app.clock.advance(Duration::from_secs(10));
    assert_eq!(app.post("/api/v1/auth/sign-in", sign_in_body("ana@example.org")).await.status, 200);
}
