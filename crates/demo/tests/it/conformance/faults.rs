//! Each fault and what the client reports for it. linekeeper's state machine relies on these results.

use serde_json::{Value, json};

use super::companion::{Companion, Ending};
use crate::sim::Sim;

struct Connected {
    sim: Sim,
    number: String,
    companion: Companion,
}

impl Connected {
    async fn new() -> anyhow::Result<Self> {
        let sim = Sim::start().await?;
        let number = sim.phone("Ann")?;
        let companion = Companion::linked(&sim, &number).await?;
        Ok(Self { sim, number, companion })
    }

    /// Applies the fault once to the live connection and returns what the client reports. Afterwards, the client can
    /// reconnect.
    async fn struck(&mut self, kind: &str, params: Value) -> anyhow::Result<Vec<Ending>> {
        self.sim.named_fault(&self.number, kind, params, Some(1))?;
        self.companion.ended().await
    }

    /// Applies the fault to the next login and returns what the client reports.
    async fn met_at_login(&mut self, kind: &str, params: Value) -> anyhow::Result<Vec<Ending>> {
        self.companion.hang_up().await?;
        self.companion.restart().await?;
        self.sim.named_fault(&self.number, kind, params, Some(1))?;
        self.companion.dial();
        self.companion.ended().await
    }

    /// Checks that the fault has no lasting effect: the client reconnects and receives a message.
    async fn recovers(mut self) -> anyhow::Result<()> {
        self.companion.restart().await?;
        self.companion.connect().await?;
        let friend = self.sim.phone("Bob")?;
        self.sim.send(&friend, &self.number, "all well?").await?;
        assert_eq!(self.companion.next_text().await?.body, "all well?");
        self.sim.finish().await
    }
}

#[tokio::test]
async fn drop_connection_is_reported_as_a_disconnect() -> anyhow::Result<()> {
    let mut connected = Connected::new().await?;
    assert_eq!(connected.struck("drop_connection", json!({})).await?, [Ending::Disconnected]);
    connected.recovers().await
}

#[tokio::test]
async fn while_the_server_refuses_connections_the_client_reports_nothing() -> anyhow::Result<()> {
    let mut connected = Connected::new().await?;
    connected.companion.hang_up().await?;
    connected.companion.restart().await?;
    let fault = connected.sim.named_fault("all", "refuse_connect", json!({}), None)?;
    connected.companion.dial();
    assert_eq!(connected.companion.ended().await?, []);
    connected.sim.clear(fault)?;
    connected.recovers().await
}

#[tokio::test]
async fn black_hole_drops_what_the_client_sends() -> anyhow::Result<()> {
    let mut connected = Connected::new().await?;
    let friend = connected.sim.phone("Bob")?;
    connected.companion.send_text(&friend, "before").await?;
    connected.sim.heard(&friend, "before").await?;

    let fault = connected.sim.named_fault(&connected.number, "black_hole", json!({}), None)?;
    let swallowed = connected.companion.send_text(&friend, "into the void").await?;
    // The server drops the ping, too, so nobody answers it. The server reads stanzas in order. So when the ping
    // times out, the server has also read and dropped the text.
    connected.companion.ping().await.expect_err("somebody answered");
    connected.sim.send(&friend, &connected.number, "can you hear me?").await?;
    connected.sim.clear(fault)?;

    // The server keeps the order of messages. So if it had accepted the dropped text, the text would be in the
    // friend's inbox before this message.
    let id = connected.companion.send_text(&friend, "after").await?;
    connected.companion.accepted(&id).await?;
    connected.sim.heard(&friend, "after").await?;
    assert!(connected.sim.inbox(&friend)?.iter().all(|message| message.id != swallowed));

    connected.companion.reconnect().await?;
    assert_eq!(connected.companion.next_text().await?.body, "can you hear me?", "it waited at the server");
    connected.companion.hang_up().await?;
    connected.recovers().await
}

#[tokio::test]
async fn black_hole_answers_no_ping_and_keeps_the_socket_open() -> anyhow::Result<()> {
    let mut connected = Connected::new().await?;
    connected.companion.ping().await?;
    let fault = connected.sim.named_fault(&connected.number, "black_hole", json!({}), None)?;
    let silence = connected.companion.ping().await.expect_err("somebody answered");
    assert!(format!("{silence:#}").to_lowercase().contains("time"), "{silence:#}");
    assert_eq!(connected.companion.endings(), [], "the client hears of no end");
    assert_eq!(connected.sim.connections(), 1);
    connected.sim.clear(fault)?;
    connected.companion.ping().await?;
    connected.companion.hang_up().await?;
    connected.recovers().await
}

#[tokio::test]
async fn a_client_recovers_from_stream_errors_503_429_515_and_409() -> anyhow::Result<()> {
    for (code, said) in [
        (503, vec![Ending::Disconnected]),
        (429, vec![Ending::Disconnected]),
        (515, vec![]),
        (409, vec![Ending::Replaced]),
    ] {
        let mut connected = Connected::new().await?;
        assert_eq!(connected.struck("stream_error", json!({ "code": code })).await?, said, "{code}");
        connected.recovers().await?;
    }
    Ok(())
}

#[tokio::test]
async fn stream_errors_401_and_516_log_the_client_out() -> anyhow::Result<()> {
    for code in [401, 516] {
        let mut connected = Connected::new().await?;
        let said = connected.struck("stream_error", json!({ "code": code })).await?;
        assert!(matches!(said[..], [Ending::LoggedOut { on_connect: false, .. }]), "{code}: {said:?}");
        connected.sim.finish().await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_client_reports_the_expected_outcome_for_each_login_failure_code() -> anyhow::Result<()> {
    let logged_out = |code| vec![Ending::LoggedOut { on_connect: true, code }];
    let refused = |code, may_retry| vec![Ending::Refused { code, may_retry }];
    for (params, said) in [
        (json!({ "reason": 401 }), logged_out(401)),
        (json!({ "reason": 403 }), logged_out(403)),
        (json!({ "reason": 406 }), logged_out(406)),
        (
            json!({ "reason": 402, "code": 101, "expire": 3600 }),
            vec![Ending::Banned { code: 101, seconds: 3600 }],
        ),
        (json!({ "reason": 402 }), refused(402, false)),
        (json!({ "reason": 405 }), vec![Ending::Outdated]),
        (json!({ "reason": 500 }), refused(500, true)),
        (json!({ "reason": 503 }), refused(503, true)),
        (json!({ "reason": 400 }), refused(400, false)),
        (json!({ "reason": 409 }), refused(409, false)),
        (json!({ "reason": 499 }), refused(499, false)),
    ] {
        let mut connected = Connected::new().await?;
        assert_eq!(connected.met_at_login("failure", params.clone()).await?, said, "{params}");
        connected.recovers().await?;
    }
    Ok(())
}

#[tokio::test]
async fn after_xmlstreamend_the_client_reports_nothing_or_a_disconnect() -> anyhow::Result<()> {
    let mut connected = Connected::new().await?;
    let said = connected.struck("xmlstreamend", json!({})).await?;
    // When the client receives `xmlstreamend`, it shuts down and reports nothing. But if the client notices the closed
    // socket first, it reports a disconnect.
    assert!(matches!(said[..], [] | [Ending::Disconnected]), "{said:?}");
    connected.recovers().await
}

#[tokio::test]
async fn a_second_connection_of_the_same_device_replaces_the_first() -> anyhow::Result<()> {
    let mut connected = Connected::new().await?;
    let mut twin = connected.companion.twin().await?;
    twin.connect().await?;
    assert_eq!(connected.companion.ended().await?, [Ending::Replaced]);
    connected.sim.finish().await
}

#[tokio::test]
async fn expired_qr_refs_cannot_be_scanned() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let mut companion = Companion::new(&sim).await?;
    let qr = companion.show_qr().await?;
    let fault = sim.named_fault("all", "expire_refs", json!({}), None)?;
    let refusal = sim.scan(&number, &qr).await.expect_err("an expired code was scanned");
    assert!(refusal.to_string().contains("expired"), "{refusal:#}");
    assert!(sim.devices(&number)?.is_empty());
    sim.clear(fault)?;

    let mut other = Companion::new(&sim).await?;
    other.link_by_qr(&sim, &number).await?;
    sim.finish().await
}

#[tokio::test]
async fn a_device_links_and_receives_over_a_slow_connection() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (ann, bob) = (sim.phone("Ann")?, sim.phone("Bob")?);
    sim.named_fault("all", "slow", json!({ "delayMs": 20, "jitterMs": 10 }), None)?;
    let companion = Companion::linked(&sim, &ann).await?;
    for body in ["one", "two", "three"] {
        sim.send(&bob, &ann, body).await?;
    }
    for body in ["one", "two", "three"] {
        assert_eq!(companion.next_text().await?.body, body, "slow, but in order");
    }
    sim.finish().await
}
