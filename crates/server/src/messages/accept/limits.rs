//! Decides whether an account may accept more messages. Counting the waiting messages in the database takes time.
//! So memory holds an upper bound, and the messages are counted only if the upper bound would exceed a limit.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use linekeeper_model::account::Account;
use linekeeper_model::id::AccountId;
use linekeeper_storage::QueueLine;

use super::SendRefused;
use crate::messages::people::Desk;

/// The maximum number of waiting messages of one account.
const LONGEST_QUEUE: u64 = 10_000;

/// An upper bound for the number of waiting messages of each account: the last count, plus the messages that were
/// accepted after it. Cloning it is cheap.
#[derive(Clone, Default)]
pub(in crate::messages) struct Bounds(Arc<Mutex<HashMap<AccountId, Bound>>>);

#[derive(Clone, Copy)]
struct Bound {
    line: QueueLine,
    /// The end of the day that `line.due` covers: `line.due` counts the messages that are due before this time.
    day_ends: Timestamp,
}

/// Messages that a caller wants to be accepted.
#[derive(Clone, Copy)]
pub(super) struct More {
    /// The number of messages that count towards the limits.
    pub(super) counted: u64,
    /// How many of `counted` are due before the day ends.
    pub(super) due: u64,
}

impl More {
    fn after(self, line: QueueLine) -> QueueLine {
        QueueLine { waiting: line.waiting + self.counted, due: line.due + self.due }
    }
}

impl Bounds {
    /// Checks the limits. Returns an error if the queue would be too long, or if the account would exceed its
    /// daily limit.
    pub(super) async fn admit(
        &self,
        desk: &mut Desk<'_>,
        account: &Account,
        more: More,
        day_ends: Timestamp,
    ) -> Result<(), SendRefused> {
        if more.counted == 0 {
            return Ok(());
        }
        let (sent, limit) = (u64::from(account.usage.sent), u64::from(account.daily_limit.get()));
        let fits_queue = |line: QueueLine| line.waiting <= LONGEST_QUEUE;
        let fits_day = |line: QueueLine| more.due == 0 || sent + line.due <= limit;
        let known = self.lock().get(&account.id).copied().filter(|bound| bound.day_ends == day_ends);
        if let Some(Bound { line, .. }) = known {
            let line = more.after(line);
            if fits_queue(line) && fits_day(line) {
                self.lock().insert(account.id, Bound { line, day_ends });
                return Ok(());
            }
        }
        let key = desk.scope.key.clone();
        let counted = desk.tx.messages(&key).line(day_ends).await?;
        let line = more.after(counted);
        if !fits_queue(line) {
            return Err(SendRefused::QueueFull);
        }
        if !fits_day(line) {
            return Err(SendRefused::DailyLimit { until: day_ends });
        }
        self.lock().insert(account.id, Bound { line, day_ends });
        Ok(())
    }

    /// Forgets the upper bound. Call this after a message was queued again for a retry. The retry is not counted in the
    /// upper bound, so the bound would be too low. The next request then counts the messages.
    pub(in crate::messages) fn forget(&self, account: AccountId) {
        self.lock().remove(&account);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Bound>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
