//! Reads server-sent events from a response.

use std::time::Duration;

use reqwest::Response;
use serde::Deserialize;
use tokio::time::timeout;

/// The server sends something every 15 s. A connection that is silent for three times as long counts as lost.
const SILENCE: Duration = Duration::from_secs(45);

/// An event as it was received.
#[derive(Debug)]
pub(super) struct Event {
    pub id: String,
    pub kind: String,
    /// The event's number in the log. Transient events have no number.
    pub seq: Option<u64>,
    /// The event's envelope (its JSON text), on one line.
    pub text: String,
}

/// The fields of an envelope that this command needs.
#[derive(Deserialize)]
struct Envelope {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    seq: Option<u64>,
}

/// A response from which events are read one by one.
pub(super) struct Events {
    answer: Response,
    read: Vec<u8>,
}

impl Events {
    pub fn of(answer: Response) -> Self {
        Self { answer, read: Vec::new() }
    }

    /// Returns the next event, or `None` if the connection ended.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                if let Some(event) = event(&line) {
                    return Some(event);
                }
            }
            let piece = timeout(SILENCE, self.answer.chunk()).await.ok()?.ok()??;
            self.read.extend_from_slice(&piece);
        }
    }
}

/// Reads the event from a `data` line. The other lines only repeat its `seq`, or have no content.
fn event(line: &[u8]) -> Option<Event> {
    let text = std::str::from_utf8(line).ok()?.trim_end().strip_prefix("data: ")?;
    let Envelope { id, kind, seq } = serde_json::from_str(text).ok()?;
    Some(Event { id, kind, seq, text: text.to_owned() })
}
