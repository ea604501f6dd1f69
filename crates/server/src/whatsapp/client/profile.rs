//! The account's own profile and restrictions at WhatsApp: looked up after each login, and when WhatsApp reports a
//! change.

use std::sync::Arc;
use std::time::Duration;

use url::Url;
use whatsapp_rust::Client;
use whatsapp_rust::sync_task::MajorSyncTask;
use whatsapp_rust::wacore::appstate::patch_decode::WAPatchName;

use super::line::{Line, stay_unavailable};
use super::observer::Observer;
use super::restrictions;
use super::signal::{ProfilePicture, Signal};
use crate::whatsapp::network::route::Route;

/// The maximum size. WhatsApp's pictures have about 640 by 640 points.
const LARGEST_PICTURE: usize = 1024 * 1024;

impl Line {
    /// Asks WhatsApp in the background, within `patience`. The answers come as signals. `known` is the id of the
    /// picture that is already here.
    pub fn look_up(&mut self, known: Option<String>, patience: Duration) {
        let Some(open) = &mut self.open else { return };
        let (client, observer, route) = (open.client.clone(), open.observer.clone(), open.route.clone());
        let errand = async move {
            tokio::time::sleep(patience).await;
            ask_for_restrictions(&client, &observer).await;
            look_at_picture(&client, &observer, &route, known.as_deref()).await;
        };
        #[expect(clippy::disallowed_methods, reason = "the handle is kept and aborted by close()")]
        let errand = tokio::spawn(errand);
        if let Some(before) = open.errand.replace(errand) {
            before.abort();
        }
    }

    /// Reads settings in the background that the library skipped. If a change is reported while the library reads the
    /// same settings, it ignores the report (`SkipBehindSync`), although what it reads may be older. This reads them
    /// afterwards; a new name comes as a signal.
    pub fn read_settings(&mut self, collections: Vec<WAPatchName>) {
        let Some(open) = &mut self.open else { return };
        while open.reading.try_join_next().is_some() {}
        let client = open.client.clone();
        open.reading.spawn(async move {
            for name in collections {
                client.process_sync_task(MajorSyncTask::AppStateSync { name, full_sync: false }).await;
                // Once the library has the account's name, it tells WhatsApp that somebody looks at the device.
                if name == WAPatchName::CriticalBlock {
                    stay_unavailable(&client).await;
                }
            }
        });
    }
}

/// If a report arrived between question and answer, ask again: the answer may be older than the report.
async fn ask_for_restrictions(client: &Client, observer: &Observer) {
    const ATTEMPTS: u32 = 3;
    for _ in 0..ATTEMPTS {
        let before = observer.restrictions_told();
        let answers = restrictions::ask(client).await;
        if observer.answer(before, &answers) {
            return;
        }
    }
}

/// No picture, or one that cannot be fetched now, is not an error: the next login checks again.
async fn look_at_picture(client: &Arc<Client>, observer: &Observer, route: &Route, known: Option<&str>) {
    let Some(own) = client.pn() else { return };
    let found = match client.contacts().get_profile_picture(&own.to_non_ad(), false).await {
        Ok(found) => found,
        Err(error) => return tracing::debug!(%error, "the account's picture could not be asked for"),
    };
    let Some(found) = found else {
        return if known.is_some() {
            observer.say(Signal::Picture(None))
        };
    };
    if Some(found.id.as_str()) == known {
        return;
    }
    let Ok(url) = Url::parse(&found.url) else { return };
    match route.fetch(url).await {
        Ok(bytes) if bytes.len() <= LARGEST_PICTURE => {
            if let Some(media_type) = media_type(&bytes) {
                observer.say(Signal::Picture(Some(ProfilePicture { id: found.id, media_type, bytes })));
            }
        }
        Ok(_) => tracing::debug!("the account's picture is too large"),
        Err(error) => tracing::debug!(%error, "the account's picture could not be fetched"),
    }
}

/// Only image bytes are later served as an image, whatever type WhatsApp named.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::media_type;

    #[test]
    fn only_image_bytes_are_taken_as_pictures() {
        assert_eq!(media_type(&[0xFF, 0xD8, 0xFF, 0xE0]), Some("image/jpeg"));
        assert_eq!(media_type(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        for rubbish in [&b"<svg onload=alert(1)>"[..], b"", b"GIF89a", b"<html>"] {
            assert_eq!(media_type(rubbish), None);
        }
    }
}
