//! Fetches the files of one account. There are three kinds: files that other people send, which are fetched while the
//! account is connected; files by URL, which are fetched at any time; and voice notes, which are converted from other
//! audio. The database lists the files to fetch, so a crash only delays the fetches. Only a few files of an account are
//! fetched at once, so that the account does not delay the files of other accounts.

mod conversion;
mod settle;
mod url;
mod whatsapp;

use std::pin::pin;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use linekeeper_model::id::{AccountId, MediaId};
use linekeeper_model::message::MediaState;
use linekeeper_storage::{MediaRow, MediaSource, StorageError};
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::messages::service::{Messages, Scope};

/// The maximum number of simultaneous fetches of one account.
const AT_ONCE: usize = 3;
/// The number of files per database query.
const PAGE: u32 = 24;
/// The pause between two checks for files to fetch. It is shorter if a file is due earlier.
const LOOK_EVERY: Duration = Duration::from_secs(300);
/// The pause before the next check if the database failed, or if a file that is due cannot be fetched now.
const BREATH: Duration = Duration::from_secs(2);
/// The pauses after failed attempts. If the attempt after the last pause fails, the file is given up.
const PAUSES: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(60 * 60),
    Duration::from_secs(6 * 60 * 60),
    Duration::from_secs(24 * 60 * 60),
];

/// The result of fetching a file.
enum Outcome {
    /// The file is in the store, was given up, or will be tried again later.
    Done,
    /// Nothing more can be fetched now.
    NotNow,
}

impl Messages {
    /// Makes the account's fetcher check for files to fetch. Starts the fetcher if it does not run.
    pub(in crate::messages) fn fetch_files(&self, account: AccountId) {
        let mut fetchers = self.work().fetchers.lock().unwrap_or_else(PoisonError::into_inner);
        let wake = fetchers.entry(account).or_insert_with(|| {
            let wake = Arc::new(Notify::new());
            self.parts().lifecycle.spawn("file fetcher", run(self.clone(), account, wake.clone()));
            wake
        });
        wake.notify_one();
    }

    /// Makes the server fetch a file now, because a caller wants it. This does nothing if the file is in the store or
    /// is already being fetched.
    pub async fn want_media(&self, account: AccountId, row: &MediaRow) -> Result<(), StorageError> {
        if row.state != MediaState::Pending || row.fetch_at.is_some() {
            return Ok(());
        }
        let Some(scope) = self.scope(account).await? else { return Ok(()) };
        let parts = self.parts();
        let mut tx = parts.storage.begin().await?;
        if let Some(held) = tx.media(&scope.key).hold(row.id).await?
            && held.state == MediaState::Pending
            && held.fetch_at.is_none()
        {
            tx.media(&scope.key).update(&MediaRow { fetch_at: Some(parts.clock.now()), ..held }).await?;
            tx.commit().await?;
            self.fetch_files(account);
        }
        Ok(())
    }
}

/// Fetches the account's files until the server stops or the account is deleted.
async fn run(messages: Messages, account: AccountId, wake: Arc<Notify>) {
    let stopping = messages.parts().lifecycle.stopping().clone();
    let mut woken = pin!(wake.notified());
    loop {
        let pause = match Box::pin(round(&messages, account)).await {
            Ok(Some(pause)) => pause,
            Ok(None) => break,
            Err(error) => {
                tracing::warn!(%account, %error, "files wait for the database");
                BREATH
            }
        };
        tokio::select! {
            () = stopping.cancelled() => break,
            () = &mut woken => woken.set(wake.notified()),
            () = sleep(pause) => {}
        }
    }
    messages.work().fetchers.lock().unwrap_or_else(PoisonError::into_inner).remove(&account);
}

/// Fetches everything that is due. Returns how long to wait until the next check, or `None` if the account was
/// deleted.
async fn round(messages: &Messages, account: AccountId) -> Result<Option<Duration>, StorageError> {
    let parts = messages.parts();
    let Some(scope) = messages.scope(account).await? else { return Ok(None) };
    while !parts.lifecycle.stopping().is_cancelled() {
        let mut due = Vec::new();
        for source in MediaSource::AWAITED {
            due.extend(to_fetch(messages, &scope, source).await?);
        }
        if messages.outlet(account).is_some() {
            due.extend(to_fetch(messages, &scope, MediaSource::Whatsapp).await?);
        }
        if due.is_empty() {
            break;
        }
        let fetching = stream::iter(due).map(|id| Box::pin(fetch(messages, &scope, id)));
        let mut fetched = pin!(fetching.buffer_unordered(AT_ONCE));
        let mut not_now = false;
        while let Some(outcome) = fetched.next().await {
            not_now |= matches!(outcome?, Outcome::NotNow);
        }
        if not_now {
            return Ok(Some(BREATH));
        }
    }
    let now = parts.clock.now();
    let mut tx = parts.storage.read().await?;
    let mut sources = MediaSource::AWAITED.to_vec();
    if messages.outlet(account).is_some() {
        sources.push(MediaSource::Whatsapp);
    }
    let mut next = None;
    for source in sources {
        next = tx.media(&scope.key).next_fetch(source, now).await?.into_iter().chain(next).min();
    }
    // Times are stored in whole milliseconds. One more millisecond makes sure that the fetch is due when the pause
    // ends.
    let pause = |next: Timestamp| {
        Duration::try_from(next.duration_since(now)).unwrap_or_default() + Duration::from_millis(1)
    };
    Ok(Some(next.map_or(LOOK_EVERY, |next| pause(next).min(LOOK_EVERY))))
}

async fn to_fetch(
    messages: &Messages,
    scope: &Scope,
    source: MediaSource,
) -> Result<Vec<MediaId>, StorageError> {
    let parts = messages.parts();
    let now = parts.clock.now();
    parts.storage.read().await?.media(&scope.key).to_fetch(source, now, PAGE).await
}

async fn fetch(messages: &Messages, scope: &Scope, id: MediaId) -> Result<Outcome, StorageError> {
    let _turn = messages.work().transfers.acquire().await;
    if messages.parts().lifecycle.stopping().is_cancelled() {
        return Ok(Outcome::NotNow);
    }
    let row = messages.parts().storage.read().await?.media(&scope.key).get(id).await?;
    match row.filter(|row| row.state == MediaState::Pending && row.fetch_at.is_some()) {
        Some(row) => match row.source {
            MediaSource::Url => url::fetch(messages, scope, row).await,
            MediaSource::Conversion => conversion::fetch(messages, scope, row).await,
            // An uploaded file never reaches this line, because it is already in the store or has no database row.
            MediaSource::Whatsapp | MediaSource::Upload => whatsapp::fetch(messages, scope, row).await,
        },
        None => Ok(Outcome::Done),
    }
}
