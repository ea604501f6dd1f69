//! The server disappears from the network and returns.

use crate::http::Sim;
use serde_json::json;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn during_an_outage_nobody_is_served_and_nothing_is_lost() {
    let sim = Sim::start().await;
    sim.post("/admin/phones", json!({ "number": "4915550001" })).await;
    let mut idle = TcpStream::connect(sim.server.addr()).await.unwrap();
    sim.server.go_dark().await;
    let mut nothing = Vec::new();
    let cut_off = tokio::time::timeout(PATIENCE, idle.read_to_end(&mut nothing)).await.unwrap();
    assert!(matches!(cut_off, Ok(0) | Err(_)), "{cut_off:?}");
    assert!(TcpStream::connect(sim.server.addr()).await.is_err());

    sim.server.return_from_dark().await.unwrap();
    sim.server.return_from_dark().await.unwrap();
    assert_eq!(sim.get("/admin/phones/4915550001").await.status, 200);
}

#[tokio::test]
async fn an_outage_ends_after_its_duration() {
    let sim = Sim::start().await;
    let told = sim.post("/admin/outage", json!({ "seconds": 1 })).await;
    assert_eq!((told.status, &told.body), (202, &json!({ "seconds": 1 })));
    let reachable = async |wanted: bool| {
        while TcpStream::connect(sim.server.addr()).await.is_ok() != wanted {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, reachable(false)).await.unwrap();
    tokio::time::timeout(PATIENCE, reachable(true)).await.unwrap();
    assert_eq!(sim.get("/admin/state").await.status, 200);
}

#[tokio::test]
async fn the_duration_of_an_outage_is_limited() {
    let sim = Sim::start().await;
    for body in [json!({ "seconds": 0 }), json!({ "seconds": 601 }), json!({}), json!({ "seconds": "many" })]
    {
        sim.post("/admin/outage", body).await.refuses(400, "invalid_field", "seconds");
    }
}

#[tokio::test]
async fn the_server_can_stop_during_an_outage() {
    let sim = Sim::start().await;
    sim.post("/admin/outage", json!({ "seconds": 600 })).await;
    sim.server.go_dark().await;
    tokio::time::timeout(PATIENCE, sim.server.shutdown()).await.unwrap();
}

#[tokio::test]
async fn peaks_start_at_zero() {
    let sim = Sim::start().await;
    let state = sim.get("/admin/state").await.body;
    assert_eq!((&state["peakHandshakes"], &state["peakConnections"]), (&json!(0), &json!(0)));
    assert_eq!(sim.post("/admin/state/reset-peaks", json!({})).await.status, 204);
}
