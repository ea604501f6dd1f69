//! The conversation with one client over either transport: connect, subscribe, events, close. The transport asks
//! for the next packets when it can send them, so events do not pile up in memory.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use linekeeper_model::audit::Origin;
use linekeeper_model::event::Selection;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use super::packet::{self, Kind, Packet};
use super::sessions::fresh_id;
use super::subscribe::Subscribe;
use crate::credentials::standing::Credential;
use crate::delivery::live::{Ended, Follower};
use crate::http::answer::error::ApiError;
use crate::http::auth::admit;
use crate::http::request::client_address::ClientIp;
use crate::http::request::under_way::UnderWay;
use crate::http::state::Shared;
use crate::telemetry::metrics::Transport;

/// How long a session may exist before its client connects to the namespace.
const CONNECT_WITHIN: Duration = Duration::from_secs(20);
/// The maximum number of credentials that one session may try.
const MOST_TRIES: u32 = 8;
/// The maximum number of answers that wait to be sent. A client that exceeds it sends packets but does not read the
/// answers, so its session ends.
const MOST_ANSWERS: usize = 64;

/// The conversation with one client.
pub(super) struct Talk {
    http: Shared,
    under_way: UnderWay,
    origin: Origin,
    from: ClientIp,
    /// Packets to send before any event.
    answers: VecDeque<Bytes>,
    listener: Option<Listener>,
    /// When the session ends if the client has not connected to the namespace.
    connect_by: Instant,
    tries: u32,
    /// Whether the transport must close after the last packets.
    is_over: bool,
}

/// A client that has connected to the namespace with a credential.
struct Listener {
    credential: Credential,
    follower: Follower,
}

/// What the transport must do next.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub packets: Vec<Bytes>,
    /// The number of packets that are events.
    pub events: usize,
    /// Whether the transport must close after these packets.
    pub ends: bool,
}

impl Talk {
    pub fn new(http: Shared, under_way: UnderWay, origin: Origin, from: ClientIp) -> Self {
        Self {
            http,
            under_way,
            origin,
            from,
            answers: VecDeque::new(),
            listener: None,
            connect_by: Instant::now() + CONNECT_WITHIN,
            tries: 0,
            is_over: false,
        }
    }

    /// Handles a text from the client. Returns false if it breaks the protocol.
    pub async fn hear(&mut self, text: &str) -> bool {
        let Some(packet) = Packet::read(text) else { return false };
        if self.answers.len() >= MOST_ANSWERS {
            return false;
        }
        match (packet.kind, packet.namespace == packet::NAMESPACE) {
            (Kind::Connect, true) if self.listener.is_some() => {}
            (Kind::Connect, true) => self.connect(packet.data).await,
            (Kind::Connect, false) => {
                let said = "There is one namespace, /events.";
                self.answers.push_back(packet::refused(packet.namespace, said, "invalid_namespace"));
            }
            (Kind::Disconnect, true) => self.leave(),
            (Kind::Event, true) => return self.event(packet.ack, packet.data).await,
            (Kind::Ack, _) | (_, false) => {}
        }
        true
    }

    /// Waits for the next packets. Cancel safe: a dropped future loses no event.
    pub async fn next(&mut self) -> Step {
        if let Some(step) = self.answers() {
            return step;
        }
        let Some(listener) = &mut self.listener else {
            sleep_until(self.connect_by).await;
            return Step { ends: true, ..Step::default() };
        };
        match listener.follower.next().await {
            Ok(letters) => Step {
                packets: letters.iter().map(|letter| letter.packet()).collect(),
                events: letters.len(),
                ends: false,
            },
            Err(ended) => {
                self.end(ended);
                self.answers().unwrap_or_default()
            }
        }
    }

    /// Returns the last packets before the transport closes. The client then connects again.
    pub fn close(&mut self, code: &'static str) -> Vec<Bytes> {
        let mut said: Vec<Bytes> = self.answers.drain(..).collect();
        if self.listener.take().is_some() {
            said.push(packet::closing(code));
            self.http.live.metrics().closed(code);
        }
        self.is_over = true;
        said
    }

    /// Whether the client has fallen too far behind. Call this while the client accepts no data.
    pub async fn is_far_behind(&self) -> bool {
        match &self.listener {
            Some(listener) => listener.follower.is_far_behind().await,
            None => false,
        }
    }

    /// Whether events wait for the client.
    pub fn has_more(&self) -> bool {
        self.listener.as_ref().is_some_and(|listener| listener.follower.has_more())
    }

    /// Counts events that were sent.
    pub fn sent(&self, transport: Transport, events: usize) {
        if events > 0 {
            self.http.live.metrics().sent(transport, events);
        }
    }

    fn answers(&mut self) -> Option<Step> {
        let packets: Vec<Bytes> = self.answers.drain(..).collect();
        let step = Step { packets, events: 0, ends: self.is_over };
        (step.ends || !step.packets.is_empty()).then_some(step)
    }

    async fn connect(&mut self, data: &str) {
        self.tries += 1;
        match self.admitted(data).await {
            Ok(listener) => {
                self.listener = Some(listener);
                self.answers.push_back(packet::connected(&fresh_id()));
            }
            Err(refusal) => {
                self.http.metrics.refused(refusal.code());
                let said = packet::refused(packet::NAMESPACE, &refusal.detail(), refusal.code());
                self.answers.push_back(said);
                // After `TooManyRequests`, the session is not counted in the limits of its credential and workspace. So
                // it must not stay open.
                self.is_over = self.tries >= MOST_TRIES || refusal == ApiError::TooManyRequests;
            }
        }
    }

    async fn admitted(&self, data: &str) -> Result<Listener, ApiError> {
        let auth: Value = serde_json::from_str(data).unwrap_or(Value::Null);
        let token = auth["token"].as_str().map(str::trim).filter(|token| !token.is_empty());
        let token = token.ok_or(ApiError::CredentialRequired)?;
        self.under_way.with_credential(token)?;
        let (credential, standing) = admit(&self.http, token, self.from, &self.origin).await?;
        self.under_way.in_workspace(standing.workspace_id)?;
        self.under_way.hold()?;
        // The follower gets no events until the client subscribes. But it already notices when the credential stops
        // working.
        let follower = self.http.live.follow(credential, Selection::nothing(), None).await?;
        Ok(Listener { credential, follower })
    }

    async fn event(&mut self, ack: Option<u64>, data: &str) -> bool {
        let Ok(Value::Array(event)) = serde_json::from_str(data) else { return false };
        let Some(listener) = &mut self.listener else { return true };
        if event.first().and_then(Value::as_str) != Some("subscribe") {
            return true;
        }
        let followed = match Subscribe::read(event.get(1)) {
            Ok(wish) => {
                let following = self.http.live.follow(listener.credential, wish.selection, wish.after);
                following.await.map_err(ApiError::from)
            }
            Err(refusal) => Err(refusal),
        };
        let answer = match followed {
            Ok(follower) => {
                let answer = json!({ "seq": follower.at().get(), "gap": follower.gap() });
                listener.follower = follower;
                answer
            }
            Err(refusal) => json!({ "error": described(&refusal) }),
        };
        if let Some(ack) = ack {
            self.answers.push_back(packet::answer(ack, &answer));
        }
        true
    }

    fn end(&mut self, ended: Ended) {
        self.http.live.metrics().closed(ended.code());
        self.answers.push_back(packet::closing(ended.code()));
        self.answers.push_back(packet::disconnected());
        self.leave();
    }

    fn leave(&mut self) {
        self.listener = None;
        self.connect_by = Instant::now() + CONNECT_WITHIN;
    }
}

fn described(refusal: &ApiError) -> Value {
    let mut error = json!({ "code": refusal.code(), "message": refusal.detail() });
    if !refusal.fields().is_empty() {
        let fields = refusal.fields().iter();
        error["errors"] = fields
            .map(|fault| json!({ "field": fault.field, "code": fault.code, "message": fault.message }))
            .collect();
    }
    error
}
