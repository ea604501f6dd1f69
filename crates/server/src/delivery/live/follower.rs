//! Follows the log for one listener. The follower stores the listener's position in the log, and returns the later
//! events that the listener may get.

use std::sync::Arc;
use std::time::Duration;

use linekeeper_model::event::{Event, Passing, Selection, Seq};
use linekeeper_model::id::WorkspaceId;
use linekeeper_storage::{EventFilter, Interest, StorageError};
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::recent::Found;
use super::rights::{Desk, Look};
use super::{FollowRefused, Letter, Live, READS};
use crate::credentials::standing::{Credential, Lapsed};

/// The maximum number of events that are returned at once. After the listener has lost a right, up to this many events
/// may still be sent.
const BATCH: usize = 64;
/// How often the listener's rights are checked while there are no events.
const LOOK: Duration = Duration::from_secs(10);
/// The pause after an error of the database.
const REST: Duration = Duration::from_secs(1);

/// Follows the event log for one listener, and returns only events that the listener may get.
pub struct Follower {
    live: Live,
    desk: Arc<Desk>,
    workspace: WorkspaceId,
    selection: Selection,
    at: Seq,
    gap: bool,
    /// Whether the listener has already reached the end of the log once.
    caught_up: bool,
    news: watch::Receiver<Seq>,
    passing: broadcast::Receiver<Arc<Passing>>,
    /// Transient events (events that are never stored) that were received but not returned yet.
    heard: Vec<Letter>,
    look_at: Instant,
}

/// Why the listener gets no more events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The credential has expired.
    CredentialExpired,
    /// The credential is no longer valid, or may no longer read any events.
    AccessRemoved,
}

impl Ended {
    /// The stable code for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CredentialExpired => "credential_expired",
            Self::AccessRemoved => "access_removed",
        }
    }
}

impl Live {
    /// Creates a follower of the events after the event number `after`, or of events from now on.
    pub async fn follow(
        &self,
        credential: Credential,
        selection: Selection,
        after: Option<Seq>,
    ) -> Result<Follower, FollowRefused> {
        // Subscribes before the first read, so that no event is missed in between.
        let (news, passing) = (self.0.log.subscribe(), self.0.log.passing());
        let mut tx = self.0.storage.read().await?;
        let standing = credential.standing(&mut tx, self.0.clock.now()).await?;
        if !READS.iter().any(|permission| standing.may(*permission)) {
            return Err(FollowRefused::NoPermission);
        }
        for account in selection.accounts() {
            if !tx.accounts().is_within(standing.reach(), *account).await? {
                return Err(FollowRefused::NoAccount(*account));
            }
        }
        let extent = tx.events().extent().await?;
        let at = after.map_or(extent.last, |after| after.min(extent.last));
        let gap =
            after.is_some_and(|after| after > extent.last || (after > Seq::START && after < extent.pruned));
        let desk = self.0.rights.desk(credential);
        Ok(Follower {
            live: self.clone(),
            desk,
            workspace: standing.workspace_id,
            selection,
            at,
            gap,
            caught_up: false,
            news,
            passing,
            heard: Vec::new(),
            look_at: Instant::now() + LOOK,
        })
    }
}

impl Follower {
    /// The event number after which the listener continues.
    pub const fn at(&self) -> Seq {
        self.at
    }

    /// Whether the listener may have missed events. The events that come next for the listener were removed from the
    /// log, or the log does not reach the listener's event number.
    pub const fn gap(&self) -> bool {
        self.gap
    }

    /// Waits for the next events that the listener may get now. If this future is dropped, no event is lost.
    pub async fn next(&mut self) -> Result<Vec<Letter>, Ended> {
        loop {
            match self.take().await {
                Ok(letters) if !letters.is_empty() => return Ok(letters),
                Ok(_) => {}
                Err(Lapsed::Storage(error)) => {
                    tracing::warn!(%error, "could not look for events of a listener");
                    sleep(REST).await;
                    continue;
                }
                Err(Lapsed::KeyExpired | Lapsed::TokenExpired) => return Err(Ended::CredentialExpired),
                Err(Lapsed::Gone | Lapsed::TokenOutdated) => return Err(Ended::AccessRemoved),
            }
            if self.has_more() {
                continue;
            }
            let at = self.at;
            tokio::select! {
                () = passed(&mut self.news, at) => {}
                heard = self.passing.recv() => {
                    // An error means that transient events were lost. Newer transient events have replaced the lost
                    // events, so the error is ignored.
                    if let Ok(event) = heard {
                        self.hear(&event);
                    }
                }
                () = sleep_until(self.look_at) => {}
            }
        }
    }

    /// Whether the listener is too far behind. Call this while the listener accepts no data.
    pub async fn is_far_behind(&self) -> bool {
        let most = self.live.0.most_behind;
        let behind = self.live.0.log.last().get().saturating_sub(self.at.get());
        if !self.caught_up || behind <= u64::from(most) {
            return false;
        }
        let Some(wanted) = self.selection.stored() else { return false };
        let interest = Interest {
            workspace: Some(self.workspace),
            types: wanted.event_types(),
            accounts: wanted.accounts.clone(),
        };
        let count = async {
            self.live.0.storage.read().await?.events().count_wanted(&interest, self.at, most + 1).await
        };
        count.await.is_ok_and(|count| count > most)
    }

    /// Whether more events may be available now.
    pub fn has_more(&self) -> bool {
        !self.heard.is_empty() || (self.selection.stored().is_some() && self.live.0.log.last() > self.at)
    }

    fn hear(&mut self, event: &Passing) {
        if event.workspace_id == self.workspace && self.selection.passes_now(event) {
            self.heard.push(Letter::of_passing(event));
        }
    }

    /// Returns the events that are available now. The listener's position changes in the last step, so that a
    /// dropped future loses no event.
    async fn take(&mut self) -> Result<Vec<Letter>, Lapsed> {
        while let Ok(event) = self.passing.try_recv() {
            self.hear(&event);
        }
        // The events are read before the rights are checked. Otherwise the listener could get an event that
        // happened after it had lost the right to it.
        let (found, through) = self.read().await?;
        if found.is_empty() && self.heard.is_empty() && Instant::now() < self.look_at {
            self.reach(through);
            return Ok(Vec::new());
        }
        let look = self.desk.look().await?;
        if !READS.iter().any(|permission| look.standing().may(*permission)) {
            return Err(Lapsed::Gone);
        }
        let mut letters = Vec::with_capacity(found.len() + self.heard.len());
        allowed(&look, &self.heard, &mut letters).await?;
        allowed(&look, &found, &mut letters).await?;
        self.heard.clear();
        self.look_at = Instant::now() + LOOK;
        self.reach(through);
        Ok(letters)
    }

    fn reach(&mut self, through: Seq) {
        self.at = self.at.max(through);
        self.caught_up |= self.at >= self.live.0.log.last();
    }

    /// Returns the next events that the listener wants, and the event number up to which the log was read.
    async fn read(&self) -> Result<(Vec<Letter>, Seq), StorageError> {
        let parts = &self.live.0;
        let Some(wanted) = self.selection.stored() else { return Ok((Vec::new(), parts.log.last())) };
        if parts.log.last() <= self.at {
            return Ok((Vec::new(), self.at));
        }
        let is_wanted = |event: &Event| event.workspace_id == self.workspace && self.selection.passes(event);
        match parts.recent.after(&parts.storage, &parts.log, self.at, BATCH, is_wanted).await? {
            Found::Here(letters, through) => Ok((letters, through)),
            Found::Earlier => {
                let types = wanted.event_types();
                let filter = EventFilter {
                    after: self.at,
                    types: &types,
                    chat_types: &wanted.chat_types,
                    accounts: wanted.accounts.as_deref(),
                    limit: u32::try_from(BATCH).unwrap_or(u32::MAX),
                };
                let mut tx = parts.storage.read().await?;
                let extent = tx.events().extent().await?;
                let reach = linekeeper_storage::Reach::all_of(self.workspace);
                let events = tx.events().after(reach, &filter).await?;
                let is_full = events.len() == BATCH;
                let through = events.last().filter(|_| is_full).map_or(extent.last, |event| event.seq);
                Ok((events.iter().map(Letter::of).collect(), through))
            }
        }
    }
}

/// Waits until the log has events after the event number `at`.
async fn passed(news: &mut watch::Receiver<Seq>, at: Seq) {
    // This returns an error only if the log was dropped, which happens when the server ends.
    drop(news.wait_for(|last| *last > at).await);
}

async fn allowed(look: &Look, letters: &[Letter], into: &mut Vec<Letter>) -> Result<(), StorageError> {
    for letter in letters {
        if look.allows(letter).await? {
            into.push(letter.clone());
        }
    }
    Ok(())
}
