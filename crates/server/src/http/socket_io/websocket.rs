//! The WebSocket transport. A session begins with it, or changes to it from polling.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use sha1::{Digest as _, Sha1};
use tokio::time::{Instant, interval, sleep_until, timeout};
use tokio_websockets::{CloseCode, Limits, Message, ServerBuilder, WebSocketStream};

use super::packet::{self, CLOSE, PING, PONG, PROBE, PROBED, UPGRADE as UPGRADED};
use super::sessions::{Line, PING_INTERVAL, PING_TIMEOUT, Session, fresh_id};
use super::talk::Talk;
use super::{MOST, Wrong};
use crate::http::request::under_way::UnderWay;
use crate::http::state::Shared;
use crate::telemetry::metrics::{Listening, Transport};

/// The text that the WebSocket protocol appends to a key (RFC 6455, section 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// The maximum duration of one write. If a write takes longer, the client is too slow.
const PATIENCE: Duration = Duration::from_secs(30);
/// During a write, the pause between two checks. A check finds out whether the client is too slow or too far behind.
const LOOK: Duration = Duration::from_secs(1);
/// The time limit for sending the last packets and closing. For a client that is too slow, the limit is `PATIENCE`.
const FAREWELL: Duration = Duration::from_secs(5);
/// How long the change from polling to a WebSocket may take.
const PROBE_WITHIN: Duration = Duration::from_secs(10);

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// Returns the value of the header `Sec-WebSocket-Accept` for the answer, or `None` if the request is not for a
/// WebSocket.
pub(super) fn accept(headers: &HeaderMap) -> Option<HeaderValue> {
    let is_websocket = headers.get(UPGRADE)?.as_bytes().eq_ignore_ascii_case(b"websocket");
    let is_known = headers.get(SEC_WEBSOCKET_VERSION)?.as_bytes() == b"13";
    let key = headers.get(SEC_WEBSOCKET_KEY)?;
    if !is_websocket || !is_known {
        return None;
    }
    let digest = Sha1::new().chain_update(key.as_bytes()).chain_update(GUID).finalize();
    HeaderValue::from_str(&BASE64_STANDARD.encode(digest)).ok()
}

/// Opens a session that begins with a WebSocket.
pub(super) fn open(http: &Shared, talk: Talk, accept: HeaderValue, mut request: Request) -> Response {
    let upgrading = hyper::upgrade::on(&mut request);
    let counted = http.live.metrics().begin(Transport::WebSocket);
    let serving = http.clone();
    http.tasks.spawn("websocket", async move {
        let Some(mut socket) = upgraded(upgrading).await else { return };
        let hello = packet::open(&fresh_id(), &[], PING_INTERVAL, PING_TIMEOUT, MOST);
        if socket.send(Message::text(hello)).await.is_ok() {
            Serving { http: serving, talk, heard: None, _counted: counted }.run(socket, None).await;
        }
    });
    switching(accept)
}

/// Moves a session from polling to a WebSocket.
pub(super) fn take_over(
    http: &Shared,
    session: Arc<Session>,
    under_way: UnderWay,
    mut request: Request,
) -> Response {
    let Some(accept) = accept(request.headers()) else { return Wrong::Request.into_response() };
    let upgrading = hyper::upgrade::on(&mut request);
    let serving = http.clone();
    http.tasks.spawn("websocket", async move {
        let Some(mut socket) = upgraded(upgrading).await else { return };
        let probing = timeout(PROBE_WITHIN, probed(&mut socket, &session));
        let line = tokio::select! {
            line = probing => line.ok().flatten(),
            () = serving.stopping.cancelled() => None,
        };
        let Some(Line { talk, heard, pong_by, ping_at: _, _counted: polled }) = line else {
            // The WebSocket did not take over, so the session continues with polling.
            session.upgrading.send_replace(false);
            return;
        };
        serving.socket_sessions.remove(&session);
        // The session has counted as a request in progress since polling began. So the request for the WebSocket need
        // not count too. The session also stops counting as a polling connection.
        drop((under_way, polled));
        let counted = serving.live.metrics().begin(Transport::WebSocket);
        Serving { http: serving, talk, heard: Some(heard), _counted: counted }.run(socket, pong_by).await;
    });
    switching(accept)
}

fn switching(accept: HeaderValue) -> Response {
    let headers = [
        (CONNECTION, HeaderValue::from_static("Upgrade")),
        (UPGRADE, HeaderValue::from_static("websocket")),
        (SEC_WEBSOCKET_ACCEPT, accept),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, headers, Body::empty()).into_response()
}

async fn upgraded(upgrading: OnUpgrade) -> Option<Socket> {
    let stream = upgrading.await.ok()?;
    let limits = Limits::default().max_payload_len(Some(MOST));
    Some(ServerBuilder::new().limits(limits).serve(TokioIo::new(stream)))
}

/// Waits until the client moves its session from polling to this WebSocket. The client sends a test over the WebSocket,
/// its waiting poll ends, and then the client confirms the move. Returns `None` if the move fails.
async fn probed(socket: &mut Socket, session: &Session) -> Option<Line> {
    if socket.next().await?.ok()?.as_text() != Some(PROBE) {
        return None;
    }
    session.upgrading.send_replace(true);
    socket.send(Message::text(PROBED)).await.ok()?;
    if socket.next().await?.ok()?.as_text() != Some(UPGRADED) {
        return None;
    }
    session.line.lock().await.take()
}

/// A session with its WebSocket.
struct Serving {
    http: Shared,
    talk: Talk,
    /// Texts that arrived earlier by polling.
    heard: Option<tokio::sync::mpsc::Receiver<String>>,
    /// Counts the session as an open connection until it is dropped.
    _counted: Listening,
}

/// Outcome of a write.
enum Written {
    All,
    /// The client is too slow.
    Slow,
    Broken,
}

impl Serving {
    async fn run(mut self, mut socket: Socket, mut pong_by: Option<Instant>) {
        let stopping = self.http.stopping.clone();
        if let Some(mut heard) = self.heard.take() {
            while let Ok(text) = heard.try_recv() {
                if !self.hear(&text, &mut pong_by).await {
                    return;
                }
            }
        }
        let mut ping_at = Instant::now() + PING_INTERVAL;
        loop {
            let due = pong_by.unwrap_or(ping_at);
            tokio::select! {
                message = socket.next() => {
                    let Some(Ok(message)) = message else { return };
                    if message.is_ping() || message.is_pong() {
                        continue;
                    }
                    let Some(text) = message.as_text() else { return };
                    if !self.hear(text, &mut pong_by).await {
                        return farewell(&mut socket, Vec::new(), FAREWELL).await;
                    }
                }
                step = self.talk.next() => {
                    match self.write(&mut socket, &step.packets).await {
                        Written::All => self.talk.sent(Transport::WebSocket, step.events),
                        Written::Slow => {
                            // The client gets some time to read the packets that were already sent. The last packet
                            // says why the connection ends.
                            let words = self.talk.close("slow_consumer");
                            let saying = farewell(&mut socket, words, PATIENCE);
                            return stopping.run_until_cancelled(saying).await.unwrap_or_default();
                        }
                        Written::Broken => return,
                    }
                    if step.ends {
                        return farewell(&mut socket, Vec::new(), FAREWELL).await;
                    }
                }
                () = sleep_until(due) => {
                    if pong_by.is_some() {
                        return;
                    }
                    let now = Instant::now();
                    (ping_at, pong_by) = (now + PING_INTERVAL, Some(now + PING_TIMEOUT));
                    let ping = [Bytes::from_static(PING.as_bytes())];
                    if !matches!(self.write(&mut socket, &ping).await, Written::All) {
                        return;
                    }
                }
                () = stopping.cancelled() => {
                    let words = self.talk.close("shutting_down");
                    return farewell(&mut socket, words, FAREWELL).await;
                }
            }
        }
    }

    /// Handles a text from the client. Returns false if the session must end.
    async fn hear(&mut self, text: &str, pong_by: &mut Option<Instant>) -> bool {
        match text {
            CLOSE => false,
            PONG => {
                *pong_by = None;
                true
            }
            text => self.talk.hear(text).await,
        }
    }

    /// Writes packets. Gives up if the write takes longer than [`PATIENCE`] or if the client falls too far behind.
    async fn write(&self, socket: &mut Socket, packets: &[Bytes]) -> Written {
        let writing = async {
            for packet in packets {
                socket.feed(Message::text(packet.clone())).await?;
            }
            socket.flush().await
        };
        let mut writing = std::pin::pin!(writing);
        let give_up = Instant::now() + PATIENCE;
        let mut looks = interval(LOOK);
        looks.reset();
        loop {
            tokio::select! {
                biased;
                written = writing.as_mut() => {
                    return if written.is_ok() { Written::All } else { Written::Broken };
                }
                _ = looks.tick() => {
                    if Instant::now() >= give_up || self.talk.is_far_behind().await {
                        return Written::Slow;
                    }
                }
                () = self.http.stopping.cancelled() => return Written::Broken,
            }
        }
    }
}

/// Sends the last packets and closes the connection. Gives up if the client does not read the packets and close within
/// the time `within`.
async fn farewell(socket: &mut Socket, words: Vec<Bytes>, within: Duration) {
    let saying = async {
        for packet in words {
            socket.feed(Message::text(packet)).await?;
        }
        socket.send(Message::close(Some(CloseCode::NORMAL_CLOSURE), "")).await?;
        // Also waits until the client has closed, because a TCP reset could overtake the last packets.
        while let Some(Ok(_)) = socket.next().await {}
        Ok::<_, tokio_websockets::Error>(())
    };
    // The connection ends whether or not the client has closed in time.
    drop(timeout(within, saying).await);
}
