//! The probes for programs that monitor the server.

use crate::app::App;

#[tokio::test]
async fn healthz_answers_at_once_and_readyz_after_the_accounts_are_restored() {
    let app = App::starting().await;
    assert_eq!(app.get("/healthz").await.json()["status"], "alive");
    let early = app.get("/readyz").await;
    assert_eq!(early.status, 503);
    insta::assert_json_snapshot!(early.json(), @r#"
    {
      "checks": [
        {
          "name": "storage",
          "ok": true
        },
        {
          "name": "keys",
          "ok": true
        },
        {
          "name": "accounts",
          "ok": false
        },
        {
          "name": "running",
          "ok": true
        }
      ],
      "degraded": false,
      "ready": false
    }
    "#);
    app.registry.restore().await.unwrap();
    let ready = app.get("/readyz").await;
    assert_eq!((ready.status.as_u16(), ready.json()["ready"].as_bool()), (200, Some(true)));
    app.lifecycle.stop();
    assert_eq!(app.get("/readyz").await.status, 503);
}

#[tokio::test]
async fn without_its_database_the_server_is_not_ready_and_refuses_requests() {
    let app = App::new().await;
    let owner = app.owner().await;
    app.registry.restore().await.unwrap();
    app.storage.close().await;
    let readiness = app.get("/readyz").await;
    assert_eq!((readiness.status.as_u16(), &readiness.json()["checks"][0]["ok"]), (503, &false.into()));
    assert_eq!(app.get("/healthz").await.status, 200);
    let refused = owner.get("/api/v1/auth/me").await.refusal();
    assert_eq!(refused, "503 storage_unavailable");
}
