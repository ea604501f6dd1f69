//! Proves that a live connection lives. The library pings too, but trusts the wall clock and its own tasks;
//! this watch counts frames on the clock that never jumps, asks where nothing was heard, and gives up.

use std::time::Duration;

use tokio::time::Instant;
use whatsapp_rust::Client;
use whatsapp_rust::wacore::iq::keepalive::KeepaliveSpec;

use super::observer::Observer;

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The library pings after 15 to 30 s of silence, so that this much means that it does not.
const ASK_AFTER: Duration = Duration::from_secs(40);

/// WhatsApp answers a ping within a second or two.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// How often it looks during a login.
const LOOK_AT_LOGIN_EVERY: Duration = Duration::from_secs(1);

/// A login in which nothing moves for so long has lost a request or its answer, and the library would wait 75 s for it.
/// WhatsApp answers each step of a login within a second or two.
const STEP_WITHIN: Duration = Duration::from_secs(15);

/// How long the library may read the account's settings before the account counts as connected without them. On a working
/// database it takes two requests.
const SETTINGS_WITHIN: Duration = Duration::from_secs(3);

/// What has gone in and out of a connection, and since when that is so.
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

/// Ends when a login is complete but for the account's settings. The library tells of it after it has read them, and where
/// they cannot be stored, because the database is away, it waits three minutes and connects anew.
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

/// Ends when a connection is dead although its socket is open.
pub(super) async fn silence(client: &Client, observer: &Observer) {
    let mut last = Traffic::of(client);
    loop {
        let logging_in = client.pn().is_some() && !observer.has_caught_up();
        tokio::time::sleep(if logging_in { LOOK_AT_LOGIN_EVERY } else { LOOK_EVERY }).await;
        let now = Traffic::of(client);
        let moved = match logging_in {
            // While much is read, only our receipts show that the login goes on.
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
