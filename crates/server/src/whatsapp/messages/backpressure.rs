//! Limits how many messages of an account are in work: read from the socket, but not stored yet. While the account's
//! limit is reached, the library does not read further stanzas of the account, so they wait in the socket's buffer and
//! at WhatsApp. Without a limit, the library reads whatever arrives. The library starts a task of some 10 KB for each
//! chat that has a message in work, and keeps the task after the message is stored (whatsapp-rust 0.7.0,
//! src/handlers/message.rs).

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use whatsapp_rust::wacore::runtime::{AbortHandle, BoxFuture, Runtime};

/// How many messages may be in work in all accounts together. The busy accounts share this number equally. The sum can
/// be larger if there are so many busy accounts that each gets [`LEAST`].
const MOST: usize = 400;

/// An account may always have this many messages in work. Messages that arrive together are stored in one write, so a
/// lower limit makes an account slower.
const LEAST: usize = 2;

/// If no message is finished for this long, the limit does not apply until a message is finished. The messages may wait
/// for the database, or for an answer of WhatsApp that is behind them in the socket. The library must also keep
/// reading, so that it notices that the connection is alive.
const STALLED_AFTER: Duration = Duration::from_secs(2);

/// The length of a period. An account counts as busy in each period in which one of its messages arrives, and in the
/// period after that.
const PERIOD: Duration = Duration::from_secs(4);

/// Counts the busy accounts. It counts accounts that receive messages, and not those with messages in work, because
/// some messages are never reported as finished.
pub(in crate::whatsapp) struct Busy {
    began: Instant,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    period: u64,
    accounts: usize,
    accounts_before: usize,
}

impl Default for Busy {
    fn default() -> Self {
        Self { began: Instant::now(), counts: Mutex::default() }
    }
}

impl Busy {
    /// Counts an account that was last counted in the period `last`. Returns the current period.
    fn count(&self, last: Option<u64>) -> u64 {
        let mut counts = self.counts();
        if last != Some(counts.period) {
            counts.accounts += 1;
        }
        counts.period
    }

    /// The limit of each account.
    fn share(&self) -> usize {
        let counts = self.counts();
        (MOST / counts.accounts.max(counts.accounts_before).max(1)).max(LEAST)
    }

    /// The counts of the current period.
    fn counts(&self) -> MutexGuard<'_, Counts> {
        let period = self.began.elapsed().as_secs() / PERIOD.as_secs();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.period != period {
            let accounts_before = if counts.period + 1 == period { counts.accounts } else { 0 };
            *counts = Counts { period, accounts: 0, accounts_before };
        }
        counts
    }
}

/// Counts the messages of one account that are in work.
#[derive(Default)]
pub(in crate::whatsapp) struct Backpressure {
    busy: Arc<Busy>,
    work: Mutex<Work>,
    finished: Notify,
}

#[derive(Default)]
struct Work {
    /// The WhatsApp ids of the messages in work: read from the socket, and not stored yet.
    ids: HashSet<String>,
    /// Whether the messages that waited at WhatsApp have all arrived. Before that, the library stores up to 400 of
    /// them in one batch, so there is no limit.
    caught_up: bool,
    /// Whether no message was finished for [`STALLED_AFTER`].
    stalled: bool,
    /// The last period in which the account was counted as busy.
    counted_in: Option<u64>,
}

impl Backpressure {
    pub(in crate::whatsapp) fn new(busy: Arc<Busy>) -> Self {
        Self { busy, work: Mutex::default(), finished: Notify::new() }
    }

    /// Begins anew for a new connection.
    pub(super) fn begin(&self) {
        let mut work = self.work();
        // An account that connects again in the same period is still one account.
        *work = Work { counted_in: work.counted_in, ..Work::default() };
        drop(work);
        self.finished.notify_waiters();
    }

    /// Notes that all messages that waited at WhatsApp have arrived.
    pub(super) fn caught_up(&self) {
        self.work().caught_up = true;
    }

    /// Notes that a message was read from the socket.
    pub(super) fn came(&self, id: &str) {
        let mut work = self.work();
        if work.caught_up && !work.stalled {
            work.ids.insert(id.to_owned());
            work.counted_in = Some(self.busy.count(work.counted_in));
        }
    }

    /// Notes that messages were stored, or that nothing more can be done about them.
    pub(super) fn finished<'i>(&self, ids: impl IntoIterator<Item = &'i str>) {
        let mut work = self.work();
        for id in ids {
            work.ids.remove(id);
        }
        work.stalled = false;
        let left = work.ids.len();
        drop(work);
        // Reading continues only when at most half of the limit is in work, so that the reader does not wake for each
        // finished message.
        if left <= self.busy.share() / 2 {
            self.finished.notify_waiters();
        }
    }

    fn is_full(&self) -> bool {
        let work = self.work();
        !work.stalled && work.ids.len() >= self.busy.share()
    }

    /// Waits until the account's limit is no longer reached.
    async fn until_not_full(&self) {
        loop {
            let finished = self.finished.notified();
            if !self.is_full() {
                return;
            }
            if tokio::time::timeout(STALLED_AFTER, finished).await.is_err() {
                // Some of these messages may never be reported as finished, for example messages that arrived twice.
                // So all of them are forgotten.
                let mut work = self.work();
                work.ids.clear();
                work.stalled = true;
                return;
            }
        }
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The runtime of one client of the library. The library calls [`Runtime::yield_now`] after each stanza that it read
/// from the socket, and nowhere else (whatsapp-rust 0.7.0, src/client/node_io.rs).
pub(in crate::whatsapp) struct PacedRuntime {
    runtime: Arc<dyn Runtime>,
    backpressure: Arc<Backpressure>,
}

impl PacedRuntime {
    pub(in crate::whatsapp) const fn new(runtime: Arc<dyn Runtime>, backpressure: Arc<Backpressure>) -> Self {
        Self { runtime, backpressure }
    }
}

impl Runtime for PacedRuntime {
    fn spawn(&self, future: BoxFuture<'static, ()>) -> AbortHandle {
        self.runtime.spawn(future)
    }

    fn spawn_detached(&self, future: BoxFuture<'static, ()>) {
        self.runtime.spawn_detached(future);
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.runtime.sleep(duration)
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send + 'static>) -> BoxFuture<'static, ()> {
        self.runtime.spawn_blocking(work)
    }

    fn yield_now(&self) -> Option<BoxFuture<'static, ()>> {
        if !self.backpressure.is_full() {
            return None;
        }
        let backpressure = self.backpressure.clone();
        Some(Box::pin(async move { backpressure.until_not_full().await }))
    }

    fn yield_frequency(&self) -> u32 {
        1
    }
}

#[cfg(test)]
mod tests {
    use whatsapp_rust::TokioRuntime;

    use super::*;

    struct Account {
        backpressure: Arc<Backpressure>,
        runtime: PacedRuntime,
    }

    impl Account {
        /// An account for which WhatsApp has already delivered all waiting messages, so that the limit applies.
        fn of(busy: &Arc<Busy>) -> Self {
            let backpressure = Arc::new(Backpressure::new(busy.clone()));
            backpressure.caught_up();
            let runtime = PacedRuntime::new(Arc::new(TokioRuntime), backpressure.clone());
            Self { backpressure, runtime }
        }

        /// Receives messages until reading has to wait. Returns their number.
        fn fill(&self) -> usize {
            for number in 0.. {
                if self.runtime.yield_now().is_some() {
                    return number;
                }
                self.backpressure.came(&number.to_string());
            }
            unreachable!("there is a limit")
        }
    }

    #[tokio::test(start_paused = true)]
    async fn reading_waits_until_half_of_the_messages_are_finished() {
        let account = Account::of(&Arc::default());
        assert_eq!(account.fill(), MOST);
        let mut waiting = account.runtime.yield_now().unwrap();
        assert!(futures_util::poll!(&mut waiting).is_pending());
        let ids: Vec<String> = (0..MOST).map(|number| number.to_string()).collect();
        account.backpressure.finished(ids[1..MOST / 2].iter().map(String::as_str));
        assert!(futures_util::poll!(&mut waiting).is_pending());
        account.backpressure.finished(["an unknown one"]);
        assert!(futures_util::poll!(&mut waiting).is_pending());
        account.backpressure.finished([ids[0].as_str()]);
        waiting.await;
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_for_unfinished_messages_is_divided_among_busy_accounts() {
        let busy = Arc::default();
        let accounts: Vec<Account> = (0..10).map(|_| Account::of(&busy)).collect();
        for account in &accounts {
            account.backpressure.came("first");
        }
        assert_eq!(accounts[0].fill(), MOST / 10 - 1);
        tokio::time::advance(2 * PERIOD).await;
        assert_eq!(
            accounts[1].fill(),
            MOST - 1,
            "its first message is not finished, and neither are the others'"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_account_that_connects_again_is_counted_once() {
        let busy = Arc::default();
        let [account, other] = [Account::of(&busy), Account::of(&busy)];
        other.backpressure.came("first");
        for _ in 0..3 {
            account.backpressure.begin();
            account.backpressure.caught_up();
            account.backpressure.came("first");
        }
        assert_eq!(account.fill(), MOST / 2 - 1);
    }

    #[tokio::test(start_paused = true)]
    async fn each_account_may_process_a_few_messages_even_at_the_total_limit() {
        let busy = Arc::default();
        let accounts: Vec<Account> = (0..MOST).map(|_| Account::of(&busy)).collect();
        for account in &accounts {
            account.backpressure.came("first");
        }
        assert_eq!(accounts[0].fill(), LEAST - 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_is_lifted_if_no_message_is_finished_for_some_time() {
        let account = Account::of(&Arc::default());
        account.fill();
        account.runtime.yield_now().unwrap().await;
        for number in 0..2 * MOST {
            account.backpressure.came(&format!("later {number}"));
            assert!(account.runtime.yield_now().is_none(), "{number}");
        }
        account.backpressure.finished(["3"]);
        assert_eq!(account.fill(), MOST);
    }

    #[tokio::test(start_paused = true)]
    async fn messages_that_waited_at_whatsapp_are_not_limited() {
        let account = Account::of(&Arc::default());
        account.fill();
        let waiting = account.runtime.yield_now().unwrap();
        account.backpressure.begin();
        waiting.await;
        for number in 0..2 * MOST {
            account.backpressure.came(&number.to_string());
            assert!(account.runtime.yield_now().is_none(), "{number}");
        }
    }
}
