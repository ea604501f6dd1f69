//! Decides when to write an email. The first news of a workspace opens a window, a time in which more news is
//! collected. After an email there is a quiet time. The functions are pure: time is a parameter.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use linekeeper_model::event::Seq;
use linekeeper_model::id::{AccountId, WorkspaceId};

/// How long to collect news before an email, and how long to send no email after an email.
#[derive(Debug, Clone, Copy)]
pub struct Pauses {
    /// The time from the first news to the mail.
    pub digest: SignedDuration,
    /// The minimum time from one mail to the next.
    pub quiet: SignedDuration,
}

/// The news that is being collected for one workspace.
#[derive(Debug, Clone)]
struct Window {
    first: Seq,
    due: Due,
    accounts: BTreeSet<AccountId>,
}

/// When a window must be closed. `last` is stored too: if another server has sent an email since, the window stays
/// open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Due {
    pub at: Timestamp,
    /// When the previous email to the workspace's members was sent.
    pub last: Option<Timestamp>,
}

/// The open windows of all workspaces.
#[derive(Debug, Default)]
pub(super) struct Windows(BTreeMap<WorkspaceId, Window>);

impl Pauses {
    /// When to send an email about news that arrives at `now`, if the previous email was sent at `last`.
    pub(super) fn due(&self, now: Timestamp, last: Option<Timestamp>) -> Due {
        let after = |from: Timestamp, pause| from.checked_add(pause).unwrap_or(now);
        let quiet_until = last.map_or(now, |last| after(last, self.quiet));
        // The `min` limits the wait if the clock was set back, so that `last` is in the future.
        let at = quiet_until.max(after(now, self.digest)).min(after(now, self.quiet.max(self.digest)));
        Due { at, last }
    }
}

impl Windows {
    pub(super) fn is_open(&self, workspace: WorkspaceId) -> bool {
        self.0.contains_key(&workspace)
    }

    /// Adds news about an account, from the event with the number `seq`. If this is the first news, the window
    /// must be closed at `due`.
    pub(super) fn add(&mut self, workspace: WorkspaceId, account: AccountId, seq: Seq, due: Due) {
        let fresh = || Window { first: seq, due, accounts: BTreeSet::new() };
        self.0.entry(workspace).or_insert_with(fresh).accounts.insert(account);
    }

    /// Returns a window that must be closed now, with its accounts and the time of the previous email.
    pub(super) fn due(&self, now: Timestamp) -> Option<(WorkspaceId, Vec<AccountId>, Option<Timestamp>)> {
        let (workspace, window) = self.0.iter().find(|(_, window)| window.due.at <= now)?;
        Some((*workspace, window.accounts.iter().copied().collect(), window.due.last))
    }

    /// Keeps the window open until `due`, because another email was sent in the meantime.
    pub(super) fn postpone(&mut self, workspace: WorkspaceId, due: Due) {
        if let Some(window) = self.0.get_mut(&workspace) {
            window.due = due;
        }
    }

    /// When the next window must be closed.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.0.values().map(|window| window.due.at).min()
    }

    /// Removes a window whose news was reported.
    pub(super) fn close(&mut self, workspace: WorkspaceId) {
        self.0.remove(&workspace);
    }

    /// Returns the number up to which all events are done. This is the number before the first event that still waits
    /// in a window, or `read` if no event waits. The window of the workspace `without` does not count, because its
    /// email is being written.
    pub(super) fn done_up_to(&self, read: Seq, without: Option<WorkspaceId>) -> Seq {
        let waiting = self.0.iter().filter(|(workspace, _)| Some(**workspace) != without);
        let first = waiting.map(|(_, window)| window.first).min();
        first.map_or(read, |first| Seq::new(first.get() - 1).min(read))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const PAUSES: Pauses =
        Pauses { digest: SignedDuration::from_secs(60), quiet: SignedDuration::from_secs(900) };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn due(second: i64) -> Due {
        Due { at: at(second), last: None }
    }

    fn workspace(number: u128) -> WorkspaceId {
        WorkspaceId::from(Uuid::from_u128(number))
    }

    fn account(number: u128) -> AccountId {
        AccountId::from(Uuid::from_u128(number))
    }

    #[test]
    fn a_mail_is_sent_when_the_collecting_time_and_the_quiet_time_have_ended() {
        for (last, due) in
            [(None, 1060), (Some(50), 1060), (Some(500), 1400), (Some(1000), 1900), (Some(9000), 1900)]
        {
            assert_eq!(PAUSES.due(at(1000), last.map(at)).at, at(due), "last at {last:?}");
        }
        let no_quiet = Pauses { quiet: SignedDuration::ZERO, ..PAUSES };
        assert_eq!(no_quiet.due(at(1000), Some(at(1000))).at, at(1060));
    }

    #[test]
    fn events_of_many_accounts_are_collected_for_one_mail() {
        let mut windows = Windows::default();
        for number in 1..=500 {
            windows.add(
                workspace(1),
                account(number.into()),
                Seq::new(number),
                due(60 + i64::try_from(number).unwrap()),
            );
        }
        assert_eq!(windows.next_due(), Some(at(61)));
        assert_eq!(windows.due(at(60)), None);
        let (whose, accounts, _) = windows.due(at(61)).unwrap();
        assert_eq!((whose, accounts.len()), (workspace(1), 500));
        windows.close(whose);
        assert_eq!(windows.next_due(), None);
    }

    #[test]
    fn a_mail_that_is_postponed_keeps_its_accounts_and_can_get_more_accounts() {
        let mut windows = Windows::default();
        windows.add(workspace(1), account(1), Seq::new(1), due(60));
        windows.postpone(workspace(1), Due { at: at(90), last: Some(at(60)) });
        windows.add(workspace(1), account(2), Seq::new(2), due(70));
        assert_eq!(windows.due(at(89)), None);
        let collected = vec![account(1), account(2)];
        assert_eq!(windows.due(at(90)), Some((workspace(1), collected, Some(at(60)))));
    }

    #[test]
    fn the_cursor_does_not_pass_waiting_events() {
        let mut windows = Windows::default();
        assert_eq!(windows.done_up_to(Seq::new(9), None), Seq::new(9));
        windows.add(workspace(1), account(1), Seq::new(3), due(60));
        windows.add(workspace(2), account(2), Seq::new(5), due(70));
        assert_eq!(windows.done_up_to(Seq::new(9), None), Seq::new(2));
        assert_eq!(windows.done_up_to(Seq::new(9), Some(workspace(1))), Seq::new(4));
        windows.close(workspace(1));
        assert_eq!(windows.done_up_to(Seq::new(9), Some(workspace(2))), Seq::new(9));
    }
}
