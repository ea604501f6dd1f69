//! Checks that a live connection is alive. The library pings too, but relies on the wall clock and on its own tasks.
//! This watch counts frames on the monotonic clock, pings if nothing was received, and gives up if there is no
//! answer.

use std::time::Duration;

use tokio::time::Instant;
use whatsapp_rust::Client;
use whatsapp_rust::wacore::iq::keepalive::KeepaliveSpec;

use super::observer::Observer;

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The library pings after 15 to 30 s of silence, so longer silence means that it does not ping.
const ASK_AFTER: Duration = Duration::from_secs(40);

/// WhatsApp answers a ping within a second or two.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// How often to check during a login.
const LOOK_AT_LOGIN_EVERY: Duration = Duration::from_secs(1);

/// If nothing happens for this long during a login, a request or its answer was lost, and the library would wait 75 s
/// for it. WhatsApp answers each step of a login within a second or two.
const STEP_WITHIN: Duration = Duration::from_secs(15);

/// How long the library may read the account's settings before the account counts as connected without them. With a
/// working database, this takes two requests.
const SETTINGS_WITHIN: Duration = Duration::from_secs(3);

/// The number of frames in both directions, and since when it has not changed.
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

/// Returns when a login is complete except for the account's settings. The library reports the login after it has
/// read them. If it cannot store them because the database is unreachable, it waits three minutes and reconnects.
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

/// Returns when a connection is dead although its socket is open.
pub(super) async fn silence(client: &Client, observer: &Observer) {
    let mut last = Traffic::of(client);
    loop {
        let logging_in = client.pn().is_some() && !observer.has_caught_up();
        tokio::time::sleep(if logging_in { LOOK_AT_LOGIN_EVERY } else { LOOK_EVERY }).await;
        let now = Traffic::of(client);
        let moved = match logging_in {
            // While many messages are read, only our receipts show that the login makes progress.
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
