//! Long polling: a `GET` waits for packets to the client, and a `POST` brings packets from the client.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use tokio::time::{Instant, sleep_until};

use super::packet::{self, CLOSE, NOOP, PING, PONG, SEPARATOR};
use super::sessions::{Line, PING_INTERVAL, PING_TIMEOUT, Session};
use super::talk::{Step, Talk};
use super::{MOST, Wrong, texts};
use crate::http::answer::error::ApiError;
use crate::http::request::body::bounded;
use crate::http::state::Shared;
use crate::telemetry::metrics::Transport;

/// If events wait and the client has not polled for this long, the client is too slow.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a waiting poll goes on after a WebSocket has begun to take over the session.
const WHILE_UPGRADING: Duration = Duration::from_millis(100);

/// Handles the first request of a session.
pub(super) fn open(http: &Shared, talk: Talk) -> Response {
    let session = Session::begin(http, talk);
    texts(packet::open(&session.id, &["websocket"], PING_INTERVAL, PING_TIMEOUT, MOST))
}

/// Handles a `POST`: passes the packets of the client to the session.
pub(super) async fn take_in(session: &Arc<Session>, request: Request) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let body = bounded(&parts.headers, body, MOST).await?;
    let Ok(body) = std::str::from_utf8(&body) else { return Ok(Wrong::Request.into_response()) };
    for text in body.split(char::from(SEPARATOR)) {
        if session.inbox.try_send(text.to_owned()).is_err() {
            return Ok(Wrong::Request.into_response());
        }
    }
    Ok(texts("ok"))
}

/// Handles a `GET`: waits until there are packets for the client, and returns them.
pub(super) async fn poll(http: &Shared, session: &Arc<Session>) -> Response {
    let Ok(mut held) = session.line.try_lock() else {
        // Two polls at the same time: the protocol demands that such a session ends.
        http.socket_sessions.remove(session);
        return Wrong::Request.into_response();
    };
    let Some(line) = held.as_mut() else { return Wrong::Request.into_response() };
    let seen = Seen(session);
    let is_slow = (session.away() >= PATIENCE && line.talk.has_more()) || line.talk.is_far_behind().await;
    let step = if is_slow { closed(line, "slow_consumer") } else { wait(http, session, line).await };
    line.talk.sent(Transport::Polling, step.events);
    if step.ends {
        *held = None;
        http.socket_sessions.remove(session);
    }
    drop(seen);
    texts(joined(&step))
}

/// Records the time when a poll ends, also if the poll is interrupted.
struct Seen<'s>(&'s Session);

impl Drop for Seen<'_> {
    fn drop(&mut self) {
        self.0.see();
    }
}

async fn wait(http: &Shared, session: &Session, line: &mut Line) -> Step {
    let mut upgrading = session.upgrading.subscribe();
    loop {
        // Packets from the client come first, because one may be the answer to a ping.
        while let Ok(text) = line.heard.try_recv() {
            if !hear(line, &text).await {
                return Step { ends: true, ..Step::default() };
            }
        }
        let due = line.pong_by.unwrap_or(line.ping_at);
        tokio::select! {
            biased;
            () = http.stopping.cancelled() => return closed(line, "shutting_down"),
            () = released(&mut upgrading) => return said(NOOP),
            text = line.heard.recv() => match text {
                Some(text) if hear(line, &text).await => {}
                _ => return Step { ends: true, ..Step::default() },
            },
            step = line.talk.next() => return step,
            () = sleep_until(due) => {
                if line.pong_by.is_some() {
                    return Step { ends: true, ..Step::default() };
                }
                let now = Instant::now();
                (line.ping_at, line.pong_by) = (now + PING_INTERVAL, Some(now + PING_TIMEOUT));
                return said(PING);
            }
        }
    }
}

/// Waits until a WebSocket tries to take over the session, and then for [`WHILE_UPGRADING`]. After that, the poll must
/// end.
async fn released(upgrading: &mut tokio::sync::watch::Receiver<bool>) {
    if upgrading.wait_for(|is_upgrading| *is_upgrading).await.is_err() {
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(WHILE_UPGRADING).await;
}

/// Handles a text from the client. Returns false if the session must end.
async fn hear(line: &mut Line, text: &str) -> bool {
    match text {
        CLOSE => false,
        PONG => {
            line.pong_by = None;
            true
        }
        text => line.talk.hear(text).await,
    }
}

fn said(text: &'static str) -> Step {
    Step { packets: vec![Bytes::from_static(text.as_bytes())], ..Step::default() }
}

/// Returns the last packets before the session ends. Clients drop packets if the same body also ends the session. So if
/// there are packets, this poll returns only them, and the next poll ends the session.
fn closed(line: &mut Line, code: &'static str) -> Step {
    let packets = line.talk.close(code);
    Step { ends: packets.is_empty(), events: 0, packets }
}

/// A body with all packets. The packet that ends the session is included. A body without packets would be invalid.
fn joined(step: &Step) -> Bytes {
    let length: usize = step.packets.iter().map(|packet| packet.len() + 1).sum();
    let mut body = BytesMut::with_capacity(length + 1);
    let end = step.ends.then(|| Bytes::from_static(CLOSE.as_bytes()));
    for packet in step.packets.iter().chain(&end) {
        if !body.is_empty() {
            body.extend_from_slice(&[SEPARATOR]);
        }
        body.extend_from_slice(packet);
    }
    body.freeze()
}
