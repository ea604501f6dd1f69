//! Looks up the account's own profile and restrictions at WhatsApp, after each login and when WhatsApp reports a
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

/// The maximum size of a picture in bytes. WhatsApp's pictures have about 640 by 640 pixels.
const LARGEST_PICTURE: usize = 1024 * 1024;

impl Line {
    /// Asks WhatsApp in the background, after waiting for `patience`. The answers come as signals. `known` is the
    /// id of the picture that the server already has.
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

    /// In the background, reads the settings that the library skipped. If WhatsApp reports a change while the library
    /// is reading the same settings, the library ignores the report (`SkipBehindSync`), although the library may have
    /// read an older state. So the settings are read again here. A new name comes as a signal.
    pub fn read_settings(&mut self, collections: Vec<WAPatchName>) {
        let Some(open) = &mut self.open else { return };
        while open.reading.try_join_next().is_some() {}
        let client = open.client.clone();
        open.reading.spawn(async move {
            for name in collections {
                client.process_sync_task(MajorSyncTask::AppStateSync { name, full_sync: false }).await;
                // When the library gets the account's name, the library tells WhatsApp that this device is in use. So
                // tell WhatsApp again that nobody uses this device.
                if name == WAPatchName::CriticalBlock {
                    stay_unavailable(&client).await;
                }
            }
        });
    }
}

/// Asks WhatsApp for the account's restrictions. If WhatsApp reports a change while it is being asked, asks again,
/// because the answer may be older than the report.
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

/// Looks up the account's picture. If there is none, or if it cannot be fetched now, that is no error: the next
/// login checks again.
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

/// The media type of a picture, recognised by its first bytes. The type that WhatsApp names is ignored, so that
/// only pictures are later served as pictures.
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
