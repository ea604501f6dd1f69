//! Starting and stopping the server, and requests that are not valid.

use crate::http::Sim;
use std::net::Ipv4Addr;
use whatsim::{Server, StartError};

#[tokio::test]
async fn by_default_the_server_listens_only_on_loopback() {
    let refused = Server::builder().listen((Ipv4Addr::UNSPECIFIED, 0)).start().await;
    assert!(matches!(refused.err(), Some(StartError::NotLoopback(_))));
}

#[tokio::test]
async fn a_port_in_use_is_named_in_the_error() {
    let sim = Sim::start().await;
    let refused = Server::builder().listen(sim.server.addr()).start().await.err().unwrap();
    assert!(refused.to_string().contains(&sim.server.addr().to_string()), "{refused}");
}

#[tokio::test]
async fn the_port_is_free_after_a_shutdown() {
    let sim = Sim::start().await;
    let addr = sim.server.addr();
    sim.server.shutdown().await;
    Server::builder().listen(addr).start().await.unwrap();
}

#[tokio::test]
async fn the_same_seed_gives_the_same_root_key() {
    let root = async |seed: &str| Server::builder().noise_seed(seed).start().await.unwrap().noise_root();
    assert_eq!(root("one").await, root("one").await);
    assert_ne!(root("one").await, root("two").await);
}

#[tokio::test]
async fn invalid_http_requests_are_refused_and_open_no_whatsapp_connection() {
    let sim = Sim::start().await;
    sim.get("/").await.refuses(404, "not_found", "nothing");
    sim.delete("/admin/state").await.refuses(405, "method_not_allowed", "method");
    let (status, _) = sim.exchange("GET", "/ws/chat", "").await;
    assert!((400..500).contains(&status), "{status}");
    let (status, metrics) = sim.exchange("GET", "/metrics", "").await;
    assert_eq!(status, 200);
    assert!(metrics.contains("whatsim_connections 0"), "{metrics}");
}
