//! Watches whether a connection is still alive. The library pings too, but relies on the wall clock and on its own
//! tasks. This watch counts frames on the monotonic clock. If nothing is received, it pings, and if there is no
//! answer, it gives up.

use std::time::Duration;

use tokio::time::Instant;
use whatsapp_rust::Client;
use whatsapp_rust::wacore::iq::keepalive::KeepaliveSpec;

use super::observer::Observer;

/// How often to check a connection that is logged in.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// If no frame arrives for this long, this watch sends a ping. The library sends a ping after 15 to 30 s without a
/// frame. So a longer silence means that the library sends no pings.
const ASK_AFTER: Duration = Duration::from_secs(40);

/// How long to wait for the answer to a ping. WhatsApp answers within a second or two.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// How often to check during a login.
const LOOK_AT_LOGIN_EVERY: Duration = Duration::from_secs(1);

/// The maximum time without progress during a login. WhatsApp answers each step of a login within a second or two. So
/// after this time, a request or its answer is lost. The library alone would wait 75 s for the answer.
const STEP_WITHIN: Duration = Duration::from_secs(15);

/// How long the library may take to read the account's settings. After this time, the account counts as connected
/// without them. Reading the settings normally takes two requests.
const SETTINGS_WITHIN: Duration = Duration::from_secs(3);

/// The number of frames in both directions, and since when this number has not changed.
struct Traffic {
    frames: (u64, u64),
    since: Instant,
}

impl Traffic {
    fn of(client: &Client) -> Self {
        let stats = client.stats();
        Self { frames: (stats.frames_received, stats.frames_sent), since: Instant::now() }
    }
}

/// Waits until a login is complete except for the account's settings. The library reports the login only after it
/// has read the settings. If the database is unreachable, the library cannot store them, waits three minutes and
/// reconnects.
pub(super) async fn login_without_settings(observer: &Observer) {
    loop {
        tokio::time::sleep(LOOK_AT_LOGIN_EVERY).await;
        if observer.has_caught_up() {
            break;
        }
    }
    tokio::time::sleep(SETTINGS_WITHIN).await;
    if observer.has_logged_in() {
        std::future::pending::<()>().await;
    }
}

/// Waits until a connection is dead, although its socket is open.
pub(super) async fn silence(client: &Client, observer: &Observer) {
    let mut last = Traffic::of(client);
    loop {
        let logging_in = client.pn().is_some() && !observer.has_caught_up();
        tokio::time::sleep(if logging_in { LOOK_AT_LOGIN_EVERY } else { LOOK_EVERY }).await;
        let now = Traffic::of(client);
        let moved = match logging_in {
            // During a login, frames in both directions count. While many messages are read, only the receipts
            // that this server sends show progress.
            true => now.frames != last.frames || !client.is_connected(),
            false => now.frames.0 != last.frames.0 || !client.is_logged_in(),
        };
        if moved {
            last = now;
            continue;
        }
        match logging_in {
            true if last.since.elapsed() >= STEP_WITHIN => return,
            false if last.since.elapsed() >= ASK_AFTER => {
                let ping = client.execute(KeepaliveSpec::with_timeout(ANSWER_WITHIN));
                match tokio::time::timeout(ANSWER_WITHIN, ping).await {
                    Ok(Ok(())) => last = Traffic::of(client),
                    Ok(Err(_)) | Err(_) => return,
                }
            }
            _ => {}
        }
    }
}
