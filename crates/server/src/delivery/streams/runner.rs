//! Reads the log for one broker, page by page. When the broker has confirmed a page of events, the reader's cursor
//! moves. During an outage, the reader waits.

use std::sync::atomic::Ordering;
use std::time::Duration;

use linekeeper_model::event::{Event, EventType};
use linekeeper_storage::{Interest, StorageError};
use percent_encoding::percent_decode_str;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{Dependencies, Line, Stream};
use crate::events::{Page, Reader, ReaderError, Turn};

/// The maximum number of events that are published together. After a crash, up to this many events are published again.
const PAGE: u32 = 64;
/// While there is nothing to publish, the cursor is written to the database only after this many events, or once a
/// minute.
const SLACK: u64 = 500;
const CONNECT_WITHIN: Duration = Duration::from_secs(15);
const CONFIRM_WITHIN: Duration = Duration::from_secs(30);
/// The pause after the first failed attempt. Later pauses are longer.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How often an idle connection is checked.
const LOOK: Duration = Duration::from_secs(5);
/// How long to wait before trying again if the database cannot be used.
const REST: Duration = Duration::from_secs(2);

/// Publishes events until `stopping` is cancelled. The cursor does not move past unconfirmed events, so the next
/// process publishes them again.
pub(super) async fn run(stream: &Stream, dependencies: &Dependencies, stopping: &CancellationToken) {
    stopping.run_until_cancelled(work(stream, dependencies)).await;
}

async fn work(stream: &Stream, dependencies: &Dependencies) {
    let name = format!("stream:{}", stream.broker.name());
    // A new stream begins with new events, not with those that are already in the log.
    while let Err(error) = begin(dependencies, &name).await {
        tracing::warn!(stream = name, %error, "a stream could not begin; trying again");
        sleep(REST).await;
    }
    let mut turn = Turn::Now;
    loop {
        let interest = Interest { types: EventType::ALL.to_vec(), ..Interest::default() };
        let reader = Reader::hold(&dependencies.storage, &dependencies.log, &name, interest, turn).await;
        Following::new(stream, dependencies, reader).run().await;
        turn = Turn::WhenSilent;
    }
}

async fn begin(dependencies: &Dependencies, name: &str) -> Result<(), StorageError> {
    let mut tx = dependencies.storage.begin().await?;
    let last = tx.events().last().await?;
    tx.cursors().begin(name, last).await?;
    tx.commit().await
}

/// A reader of the log and its connection to the broker.
struct Following<'s> {
    stream: &'s Stream,
    dependencies: &'s Dependencies,
    reader: Reader,
    line: Option<Box<dyn Line>>,
    pause: Duration,
    /// Whether the current outage was logged.
    told: bool,
}

impl<'s> Following<'s> {
    const fn new(stream: &'s Stream, dependencies: &'s Dependencies, reader: Reader) -> Self {
        Self { stream, dependencies, reader, line: None, pause: PAUSE, told: false }
    }

    /// Publishes events until another server takes over the reader.
    async fn run(mut self) {
        loop {
            let page = match self.read().await {
                Ok(page) => page,
                Err(error) => {
                    tracing::warn!(stream = self.name(), %error, "could not read the log for a stream");
                    sleep(REST).await;
                    continue;
                }
            };
            if page.gap {
                tracing::warn!(
                    stream = self.name(),
                    "events were removed for their age before they were sent"
                );
            }
            self.note_lag(page.items.first());
            let published = self.publish(&page.items).await;
            let (done, slack) = match (published, page.items.is_empty()) {
                (true, is_empty) => (page.through, if is_empty { SLACK } else { 0 }),
                // The broker confirmed nothing, so the cursor stays. This call only gives the sign of life that shows
                // other servers that this server still holds the reader.
                (false, _) => (self.reader.kept(), SLACK),
            };
            match self.reader.keep(done, slack).await {
                Err(ReaderError::Lost) => return,
                // The confirmed events will be published again. The broker recognises them by their ids.
                Err(ReaderError::Storage(error)) => {
                    tracing::warn!(stream = self.name(), %error, "could not move a cursor");
                    sleep(REST).await;
                    continue;
                }
                Ok(()) => {}
            }
            if !published {
                continue;
            }
            self.reader.read_up_to(page.through);
            self.note_lag(None);
            if page.is_last {
                tokio::select! {
                    () = self.reader.woken() => {}
                    () = sleep(LOOK) => {}
                }
            }
        }
    }

    async fn read(&self) -> Result<Page<Event>, StorageError> {
        let mut tx = self.dependencies.storage.read().await?;
        self.reader.events(&mut tx, PAGE).await
    }

    /// Publishes events. If the broker does not accept them, waits for a pause and returns false.
    async fn publish(&mut self, events: &[Event]) -> bool {
        if let Some(line) = &self.line
            && !line.is_alive()
        {
            self.line = None;
        }
        if self.line.is_none() {
            match timeout(CONNECT_WITHIN, self.stream.broker.connect()).await {
                Ok(Ok(line)) => self.line = Some(line),
                Ok(Err(error)) => return self.wait(&error.to_string()).await,
                Err(_) => return self.wait("no connection in time").await,
            }
        }
        let Some(line) = &mut self.line else { return false };
        let confirmed = match events {
            [] => Ok(Ok(())),
            events => timeout(CONFIRM_WITHIN, line.publish(events)).await,
        };
        match confirmed {
            Ok(Ok(())) => {
                self.stream.works.store(true, Ordering::Relaxed);
                self.pause = PAUSE;
                if std::mem::take(&mut self.told) {
                    tracing::info!(stream = self.name(), "a broker takes events again");
                }
                true
            }
            Ok(Err(error)) => self.wait(&error.to_string()).await,
            Err(_) => self.wait("no confirmation in time").await,
        }
    }

    /// Closes the connection and waits. The pause doubles with each call. Always returns false, so that `publish` can
    /// return the result of this function.
    async fn wait(&mut self, error: &str) -> bool {
        self.line = None;
        self.stream.works.store(false, Ordering::Relaxed);
        if !std::mem::replace(&mut self.told, true) {
            let error = without_secrets(error, self.stream.broker.address().expose());
            tracing::warn!(stream = self.name(), error, "a broker takes no events; trying again");
        }
        sleep(self.pause.mul_f64(rand::random_range(0.8..1.2))).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        false
    }

    fn name(&self) -> &'static str {
        self.stream.broker.name()
    }

    fn note_lag(&self, oldest: Option<&Event>) {
        let now = self.dependencies.clock.now();
        let waits = oldest.map(|event| now.duration_since(event.occurred_at));
        self.dependencies.metrics.stream_lags(self.name(), self.reader.behind(), waits);
    }
}

/// Returns the library's error text, unless it contains a credential of the URL.
fn without_secrets(error: &str, address: &str) -> String {
    let names_one = |server: &str| {
        Url::parse(server.trim()).is_ok_and(|url| {
            let user = Some(url.username()).filter(|user| !user.is_empty());
            // The library's error may contain the credential in two forms: as it is written in the URL, or decoded.
            user.into_iter().chain(url.password()).any(|secret| {
                error.contains(secret) || error.contains(&*percent_decode_str(secret).decode_utf8_lossy())
            })
        })
    };
    let hides = address.split(',').any(names_one) || error.contains(address);
    if hides { "the error names the credential, and is not shown".to_owned() } else { error.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::without_secrets;

    #[test]
    fn the_log_does_not_show_credentials() {
        let address = "nats://ana:hunter2@10.0.0.1,nats://s3cr3t@10.0.0.2,nats://bob:p%40ss%2Fword@10.0.0.3";
        assert_eq!(without_secrets("connection refused", address), "connection refused");
        for error in ["no nats://ana:hunter2@10.0.0.1", "bad password hunter2", "token s3cr3t"] {
            assert!(!without_secrets(error, address).contains("unter2"), "{error}");
            assert!(!without_secrets(error, address).contains("s3cr3t"), "{error}");
        }
        for error in ["bad password p@ss/word", "bad password p%40ss%2Fword"] {
            assert!(!without_secrets(error, address).contains("ss"), "{error}");
        }
    }
}
