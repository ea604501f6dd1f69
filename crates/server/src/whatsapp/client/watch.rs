//! Proves that a live connection lives. The library pings too, but trusts the wall clock and its own tasks;
//! this watch counts frames on the clock that never jumps, asks where nothing was heard, and gives up.

use std::time::Duration;

use tokio::time::Instant;
use whatsapp_rust::Client;
use whatsapp_rust::wacore::iq::keepalive::KeepaliveSpec;

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The library pings after 15 to 30 s of silence, so that this much means that it does not.
const ASK_AFTER: Duration = Duration::from_secs(40);

/// WhatsApp answers a ping within a second or two.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Ends when a logged-in connection is dead although its socket is open.
pub(in crate::whatsapp) async fn silence(client: &Client) {
    let (mut frames, mut heard) = (client.stats().frames_received, Instant::now());
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = client.stats().frames_received;
        if now != frames || !client.is_logged_in() {
            (frames, heard) = (now, Instant::now());
            continue;
        }
        if heard.elapsed() < ASK_AFTER {
            continue;
        }
        let ping = client.execute(KeepaliveSpec::with_timeout(ANSWER_WITHIN));
        match tokio::time::timeout(ANSWER_WITHIN, ping).await {
            Ok(Ok(())) => heard = Instant::now(),
            Ok(Err(_)) | Err(_) => return,
        }
    }
}
