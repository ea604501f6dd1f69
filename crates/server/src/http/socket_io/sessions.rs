//! The sessions that use polling, by id. A session that changes to a WebSocket leaves this table.

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

/// How often the server sends a ping. `PING_TIMEOUT` says how long the client may take to answer one.
pub(super) const PING_INTERVAL: Duration = Duration::from_secs(25);
pub(super) const PING_TIMEOUT: Duration = Duration::from_secs(20);
/// The maximum number of texts from a client that wait until the session reads them.
const INBOX: usize = 64;
/// The pause between two checks for sessions without a client.
const SWEEP: Duration = Duration::from_secs(5);

/// The sessions that use polling, by id.
#[derive(Default)]
pub(in crate::http) struct Sessions(Mutex<HashMap<String, Arc<Session>>>);

/// A session that polls.
pub(super) struct Session {
    pub id: String,
    /// The state that the current poll locks. `None` after a WebSocket has taken it over, or after the session has
    /// ended.
    pub line: tokio::sync::Mutex<Option<Line>>,
    /// What the client sends.
    pub inbox: mpsc::Sender<String>,
    /// Whether a WebSocket tries to take over. A waiting poll then ends after a short time.
    pub upgrading: watch::Sender<bool>,
    seen: Mutex<Instant>,
}

/// The part of a session that moves from one transport to the next.
pub(super) struct Line {
    pub talk: Talk,
    pub heard: mpsc::Receiver<String>,
    pub ping_at: Instant,
    /// Until when the client must answer the last ping. `None` if no ping is unanswered.
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
        // After a panic in another thread, the table is still usable.
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

    /// Records that the client has just polled.
    pub fn see(&self) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// How long the client has not polled.
    pub fn away(&self) -> Duration {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }
}

/// Removes the session after its client has been away for too long.
async fn sweep(http: Shared, session: Arc<Session>) {
    while http.socket_sessions.get(&session.id).is_some() {
        tokio::select! {
            () = sleep(SWEEP) => {}
            // The server is stopping. If a poll is in progress, it tells the client that the server is stopping.
            () = http.stopping.cancelled() => return,
        }
        // If the lock is taken, a poll is in progress. The poll itself checks whether the client still answers.
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
