//! The sessions that poll, by their ids. One that goes over to a WebSocket leaves the table.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};

use super::talk::Talk;
use crate::http::state::Shared;
use crate::telemetry::metrics::{Listening, Transport};

/// How often the server asks for a sign of life, and how long it may take.
pub(super) const PING_INTERVAL: Duration = Duration::from_secs(25);
pub(super) const PING_TIMEOUT: Duration = Duration::from_secs(20);
/// Texts of a client that wait for its next poll.
const INBOX: usize = 64;
/// Between two looks for sessions whose client is gone.
const SWEEP: Duration = Duration::from_secs(5);

/// See the module.
#[derive(Default)]
pub(in crate::http) struct Sessions(Mutex<HashMap<String, Arc<Session>>>);

/// A session that polls.
pub(super) struct Session {
    pub id: String,
    /// Held by the poll that is under way. `None` once a WebSocket has it.
    pub line: tokio::sync::Mutex<Option<Line>>,
    /// What the client sends.
    pub inbox: mpsc::Sender<String>,
    /// Whether a WebSocket tries to take over: polls end at once.
    pub upgrading: watch::Sender<bool>,
    seen: Mutex<Instant>,
}

/// What goes with a session from one transport to the next.
pub(super) struct Line {
    pub talk: Talk,
    pub heard: mpsc::Receiver<String>,
    pub ping_at: Instant,
    /// Until when the client must have answered the last ping.
    pub pong_by: Option<Instant>,
    /// Counts the session among the open connections until it is dropped.
    pub _counted: Listening,
}

impl Sessions {
    pub(super) fn get(&self, id: &str) -> Option<Arc<Session>> {
        self.lock().get(id).cloned()
    }

    pub(super) fn remove(&self, session: &Session) {
        self.lock().remove(&session.id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Session>>> {
        // A panic elsewhere leaves the table as good as any.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// Begins a session. It ends when its client stops polling.
    pub fn begin(http: &Shared, talk: Talk) -> Arc<Self> {
        let (inbox, heard) = mpsc::channel(INBOX);
        let counted = http.live.metrics().begin(Transport::Polling);
        let line =
            Line { talk, heard, ping_at: Instant::now() + PING_INTERVAL, pong_by: None, _counted: counted };
        let session = Arc::new(Self {
            id: fresh_id(),
            line: tokio::sync::Mutex::new(Some(line)),
            inbox,
            upgrading: watch::Sender::new(false),
            seen: Mutex::new(Instant::now()),
        });
        http.socket_sessions.lock().insert(session.id.clone(), Arc::clone(&session));
        http.tasks.spawn("polling session", sweep(http.clone(), Arc::clone(&session)));
        session
    }

    /// The client was there.
    pub fn see(&self) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// How long it was away.
    pub fn away(&self) -> Duration {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }
}

/// Removes the session after its client has been away for too long.
async fn sweep(http: Shared, session: Arc<Session>) {
    while http.socket_sessions.get(&session.id).is_some() {
        tokio::select! {
            () = sleep(SWEEP) => {}
            // The poll that is under way says it to the client.
            () = http.stopping.cancelled() => return,
        }
        // While somebody polls, the poll looks after it.
        let Ok(mut line) = session.line.try_lock() else { continue };
        if session.away() > PING_INTERVAL + PING_TIMEOUT {
            drop(line.take());
            http.socket_sessions.remove(&session);
        }
    }
}

/// A random id that cannot be guessed.
pub(super) fn fresh_id() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 18]>())
}
