//! The three analytics routes: their complete answers, what each caller gets, and which requests they refuse.

use linekeeper_model::access::{Permission, Role};
use linekeeper_model::message::MessageStatus::{Delivered, Failed, Queued, Read, Sending, Sent};
use linekeeper_model::status::Reason;
use serde_json::{Value, json};

use super::world::{World, accepted, becomes, moves, received};

const DAY: &str = "from=2026-06-01T12:00:00Z&to=2026-06-01T13:00:00Z";

async fn a_day() -> World {
    let mut world = World::new().await;
    let account = world.account;
    world.start();
    let events = vec![
        becomes((Reason::UserDisconnected, 0), (Reason::Pairing, 60)),
        becomes((Reason::Pairing, 60), (Reason::Online, 70)),
        becomes((Reason::Online, 70), (Reason::NetworkLost, 1_060)),
        becomes((Reason::NetworkLost, 1_060), (Reason::Online, 1_070)),
        received(account, 1, 1_100),
        accepted(account, 2, 1_150),
        moves(account, 2, 1_150, (Queued, Sending)),
        moves(account, 2, 1_160, (Sending, Sent)),
        moves(account, 2, 1_162, (Sent, Delivered)),
        moves(account, 2, 1_220, (Delivered, Read)),
        accepted(account, 3, 1_300),
        moves(account, 3, 1_400, (Queued, Failed)),
    ];
    world.tell(account, events).await;
    world.counted().await;
    world.let_it_be(2_070);
    world
}

#[tokio::test]
async fn the_figures_of_one_account_are_returned_in_full() {
    let world = a_day().await;
    let path = format!("/api/v1/analytics/accounts/{}?{DAY}&step=hour", world.account);
    let answer = world.owner().get(&path).await;
    insta::assert_json_snapshot!(answer.json(), { ".accountId" => "[id]" }, @r#"
        {
          "accountId": "[id]",
          "buckets": [
            {
              "figures": {
                "failures": 0,
                "failuresByReason": {},
                "links": 0,
                "losses": 0,
                "lossesByReason": {},
                "reconnects": 1,
                "reconnectsByReason": {
                  "network_lost": 1
                },
                "time": {
                  "connectedMs": 1990000,
                  "connectingMs": 20000,
                  "disconnectedMs": 60000,
                  "failedMs": 0,
                  "notRunningMs": 0
                },
                "uptime": 0.99005,
                "webhooks": {
                  "dead": 0,
                  "failed": 0,
                  "success": null,
                  "taken": 0
                }
              },
              "from": "2026-06-01T12:00:00Z",
              "to": "2026-06-01T13:00:00Z"
            }
          ],
          "displayName": "Shop",
          "period": {
            "from": "2026-06-01T12:00:00Z",
            "step": "hour",
            "timeZone": "UTC",
            "to": "2026-06-01T13:00:00Z"
          },
          "total": {
            "failures": 0,
            "failuresByReason": {},
            "links": 0,
            "losses": 0,
            "lossesByReason": {},
            "reconnects": 1,
            "reconnectsByReason": {
              "network_lost": 1
            },
            "time": {
              "connectedMs": 1990000,
              "connectingMs": 20000,
              "disconnectedMs": 60000,
              "failedMs": 0,
              "notRunningMs": 0
            },
            "uptime": 0.99005,
            "webhooks": {
              "dead": 0,
              "failed": 0,
              "success": null,
              "taken": 0
            }
          }
        }
        "#);
    assert_eq!(answer.header("vary"), "accept");
    let csv = world.owner().get_as(&path, "text/csv").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    insta::assert_snapshot!(csv.text().replace('\r', ""), @r#"
        from,to,uptime,connectedMs,connectingMs,disconnectedMs,failedMs,notRunningMs,reconnects,reconnectsByReason,failures,failuresByReason,links,losses,lossesByReason,webhooksTaken,webhooksFailed,webhooksDead,webhookSuccess
        2026-06-01T12:00:00Z,2026-06-01T13:00:00Z,0.99005,1990000,20000,60000,0,0,1,network_lost:1,0,,0,0,,0,0,0,
        "#);
}

#[tokio::test]
async fn the_figures_of_all_accounts_are_returned_in_full() {
    let world = a_day().await;
    let desk = world.app.add_account(&world.owner, "=Desk, 2nd", None).await;
    let events = vec![becomes((Reason::UserDisconnected, 2_000), (Reason::LoggedOut, 2_030))];
    world.tell(desk, events).await;
    world.counted().await;
    let path = format!("/api/v1/analytics/accounts?{DAY}");
    let answer = world.owner().get(&path).await.json();
    let names: Vec<&Value> =
        answer["data"].as_array().unwrap().iter().map(|one| &one["displayName"]).collect();
    assert_eq!(names, ["Shop", "=Desk, 2nd"]);
    assert_eq!(answer["buckets"].as_array().unwrap().len(), 1);
    assert_eq!(answer["buckets"][0]["figures"], answer["total"]);
    assert_eq!(answer["period"]["from"], "2026-06-01T00:00:00Z");
    assert_eq!(answer["total"]["failuresByReason"], json!({ "logged_out": 1 }));
    assert_eq!(answer["total"]["lossesByReason"], json!({ "logged_out": 1 }));
    assert_eq!(answer["data"][1]["figures"]["uptime"], 0.0);
    let csv = world.owner().get_as(&path, "text/csv").await.text().replace('\r', "");
    let hidden = csv.replace(&world.account.to_string(), "[shop]").replace(&desk.to_string(), "[desk]");
    insta::assert_snapshot!(hidden, @r#"
        accountId,displayName,uptime,connectedMs,connectingMs,disconnectedMs,failedMs,notRunningMs,reconnects,reconnectsByReason,failures,failuresByReason,links,losses,lossesByReason,webhooksTaken,webhooksFailed,webhooksDead,webhookSuccess
        [shop],Shop,0.99005,1990001,20000,60000,0,0,1,network_lost:1,0,,0,0,,0,0,0,
        [desk],"'=Desk, 2nd",0,0,0,30000,40001,0,0,,1,logged_out:1,0,1,logged_out:1,0,0,0,
        "#);
}

#[tokio::test]
async fn the_figures_of_messages_are_returned_in_full() {
    let world = a_day().await;
    let path = format!("/api/v1/analytics/messages?{DAY}&step=week&accountId={}", world.account);
    insta::assert_json_snapshot!(world.owner().get(&path).await.json(), @r#"
        {
          "buckets": [
            {
              "figures": {
                "counts": {
                  "accepted": 2,
                  "cancelled": 0,
                  "delivered": 1,
                  "echoed": 0,
                  "failed": 1,
                  "played": 0,
                  "read": 1,
                  "received": 1,
                  "sent": 1,
                  "unknown": 0
                },
                "deliveryTime": {
                  "count": 1,
                  "p50Ms": 1961,
                  "p95Ms": 1961
                },
                "failuresByCode": {
                  "expired": 1
                },
                "firstResponseTime": {
                  "count": 1,
                  "p50Ms": 57549,
                  "p95Ms": 57549
                },
                "readTime": {
                  "count": 1,
                  "p50Ms": 57549,
                  "p95Ms": 57549
                },
                "types": [
                  {
                    "counts": {
                      "accepted": 2,
                      "cancelled": 0,
                      "delivered": 1,
                      "echoed": 0,
                      "failed": 1,
                      "played": 0,
                      "read": 1,
                      "received": 1,
                      "sent": 1,
                      "unknown": 0
                    },
                    "type": "text"
                  }
                ]
              },
              "from": "2026-06-01T00:00:00Z",
              "to": "2026-06-08T00:00:00Z"
            }
          ],
          "period": {
            "from": "2026-06-01T00:00:00Z",
            "step": "week",
            "timeZone": "UTC",
            "to": "2026-06-08T00:00:00Z"
          },
          "total": {
            "counts": {
              "accepted": 2,
              "cancelled": 0,
              "delivered": 1,
              "echoed": 0,
              "failed": 1,
              "played": 0,
              "read": 1,
              "received": 1,
              "sent": 1,
              "unknown": 0
            },
            "deliveryTime": {
              "count": 1,
              "p50Ms": 1961,
              "p95Ms": 1961
            },
            "failuresByCode": {
              "expired": 1
            },
            "firstResponseTime": {
              "count": 1,
              "p50Ms": 57549,
              "p95Ms": 57549
            },
            "readTime": {
              "count": 1,
              "p50Ms": 57549,
              "p95Ms": 57549
            },
            "types": [
              {
                "counts": {
                  "accepted": 2,
                  "cancelled": 0,
                  "delivered": 1,
                  "echoed": 0,
                  "failed": 1,
                  "played": 0,
                  "read": 1,
                  "received": 1,
                  "sent": 1,
                  "unknown": 0
                },
                "type": "text"
              }
            ]
          }
        }
        "#);
    let csv = world.owner().get_as(&path, "text/csv").await;
    insta::assert_snapshot!(csv.text().replace('\r', ""), @r#"
        from,to,type,received,echoed,accepted,sent,delivered,read,played,failed,cancelled,unknown,failuresByCode,deliveryCount,deliveryP50Ms,deliveryP95Ms,readCount,readP50Ms,readP95Ms,firstResponseCount,firstResponseP50Ms,firstResponseP95Ms
        2026-06-01T00:00:00Z,2026-06-08T00:00:00Z,all,1,0,2,1,1,1,0,1,0,0,expired:1,1,1961,1961,1,57549,57549,1,57549,57549
        2026-06-01T00:00:00Z,2026-06-08T00:00:00Z,text,1,0,2,1,1,1,0,1,0,0,,,,,,,,,,
        "#);
}

#[tokio::test]
async fn days_and_hours_follow_the_workspaces_time_zone() {
    let world = a_day().await;
    let workspace = format!("/api/v1/workspaces/{}", world.owner.workspace_id);
    // Noon in UTC is 17:45 in this time zone.
    let changed = world.owner().patch(&workspace, json!({ "timeZone": "Asia/Kathmandu" })).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let path = format!("/api/v1/analytics/accounts/{}?{DAY}&step=hour", world.account);
    let answer = world.owner().get(&path).await.json();
    let buckets = answer["buckets"].as_array().unwrap();
    let from: Vec<&str> = buckets.iter().map(|bucket| bucket["from"].as_str().unwrap()).collect();
    assert_eq!(from, ["2026-06-01T11:15:00Z", "2026-06-01T12:15:00Z"]);
    let connected: Vec<&Value> =
        buckets.iter().map(|bucket| &bucket["figures"]["time"]["connectedMs"]).collect();
    // The times are in milliseconds. The first hour ends 15 minutes past noon: in these 15 minutes, the account was not
    // connected for 70 seconds. In the second hour, the account was not connected for the 10 seconds of the outage.
    assert_eq!(connected, [830_000, 1_160_000]);
    assert_eq!(answer["period"]["timeZone"], "Asia/Kathmandu");
    let day = world.owner().get(&format!("/api/v1/analytics/messages?{DAY}&step=day")).await.json();
    assert_eq!(day["period"]["from"], "2026-05-31T18:15:00Z");
    assert_eq!(day["total"]["counts"]["accepted"], 2);
}

#[tokio::test]
async fn each_caller_gets_only_figures_of_accounts_that_they_can_access() {
    let world = a_day().await;
    let app = &world.app;
    let workspace = Some(world.owner.workspace_id);
    let agent = app.member("ben@example.org", Role::Agent, workspace).await;
    let viewer = app.member("eva@example.org", Role::Viewer, workspace).await;
    let stranger = app.member("mal@example.org", Role::Owner, None).await;
    let theirs = app.add_account(&agent.user, "Theirs", None).await;
    world.tell(theirs, vec![received(theirs, 50, 1_200)]).await;
    world.counted().await;
    let messages = format!("/api/v1/analytics/messages?{DAY}");
    let seen = async |caller: &crate::app::Caller<'_>| {
        let accounts = caller.get(&format!("/api/v1/analytics/accounts?{DAY}")).await.json();
        let accounts = accounts["data"].as_array().unwrap().len();
        let figures = caller.get(&messages).await.json();
        (accounts, figures["total"]["counts"]["received"].clone())
    };
    assert_eq!(seen(&world.owner()).await, (2, json!(2)));
    assert_eq!(seen(&agent).await, (1, json!(1)));
    assert_eq!(seen(&stranger).await, (0, json!(0)));
    assert_eq!(viewer.get(&messages).await.refusal(), "403 permission_denied");
    for caller in [&agent, &stranger] {
        let refused = caller.get(&format!("{messages}&accountId={}", world.account)).await;
        assert_eq!(refused.refusal(), "404 account_not_found");
        let refused = caller.get(&format!("/api/v1/analytics/accounts/{}", world.account)).await;
        assert_eq!(refused.refusal(), "404 account_not_found");
    }
    let share = format!("/api/v1/whatsapp/accounts/{}/shares/{}", world.account, agent.user.user.id);
    let shared = world.owner().put(&share).await;
    assert_eq!(shared.status, 204, "{}", shared.text());
    assert_eq!(seen(&agent).await, (2, json!(2)));
    let body = json!({ "name": "one", "scopes": ["whatsapp:read", "messages:read"], "accounts": [theirs] });
    let made = world.owner().post("/api/v1/api-keys", body).await.json();
    let key = app.with_header(&world.owner, "x-api-key", made["key"].as_str().unwrap());
    assert_eq!(seen(&key).await, (1, json!(1)));
    let reads = app.with_key(&world.owner, &[Permission::WhatsappRead], None).await;
    assert_eq!(reads.get(&messages).await.refusal(), "403 permission_denied");
}

#[tokio::test]
async fn invalid_parameters_are_named_in_the_error() {
    let world = World::new().await;
    let owner = world.owner();
    let refused =
        async |query: &str| owner.get(&format!("/api/v1/analytics/messages?{query}")).await.refusal();
    for query in [
        "from=yesterday",
        "to=2026-06-01",
        "step=month",
        "from=2026-06-02T00:00:00Z&to=2026-06-01T00:00:00Z",
        "from=2026-06-02T00:00:00Z&to=2026-06-02T00:00:00Z",
        "from=2027-06-02T00:00:00Z",
        "from=2026-01-01T00:00:00Z&step=hour",
        "from=0001-01-01T00:00:00Z&to=9999-01-01T00:00:00Z&step=week",
        "accountId=x",
        "zone=UTC",
    ] {
        let refused = refused(query).await;
        assert!(refused.starts_with("400 validation_failed"), "{query}: {refused}");
    }
    insta::assert_snapshot!(refused("from=x&step=month&zone=UTC").await, @r#"
        400 validation_failed
        from: invalid: must be a time such as 2027-01-01T00:00:00Z
        step: invalid: must be hour, day or week
        zone: unknown_field: is not known here
        "#);
    insta::assert_snapshot!(refused("from=2026-01-01T00:00:00Z&step=hour").await, @r#"
        400 validation_failed
        step: out_of_range: must be longer, or from and to closer together: an answer has at most 750 buckets
        "#);
    let most = "from=2026-05-01T00:00:00Z&to=2026-05-31T23:59:59Z&step=hour";
    let hours = owner.get(&format!("/api/v1/analytics/messages?{most}")).await.json();
    assert_eq!(hours["buckets"].as_array().unwrap().len(), 31 * 24);
    let html = owner.get_as("/api/v1/analytics/accounts", "text/html").await;
    assert_eq!(html.refusal(), "406 not_acceptable");
    assert_eq!(html.json()["detail"], "`Accept` must allow one of these types: application/json, text/csv.");
}
