//! Writes the reports that are due. An email and the note that it was written are stored in one transaction. So
//! neither several servers nor a crash can send a report twice.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use linekeeper_model::Timestamp;
use linekeeper_model::access::Permission;
use linekeeper_model::account::Account;
use linekeeper_model::analytics::{Step, Totals, cut};
use linekeeper_model::clock::Clock;
use linekeeper_model::id::WorkspaceId;
use linekeeper_model::user::{Member, Workspace};
use linekeeper_storage::{Reach, Storage, StorageError};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::letter::Item;
use super::week::Week;
use crate::analytics::Report;
use crate::delivery::email::Mailer;
use crate::delivery::email::letterhead::{Letterhead, called};
use crate::delivery::email::reach::reached_by;

/// The time between two checks. The server also waits this long before the first check, so that events from before the
/// start are counted first.
const EVERY: Duration = Duration::from_secs(5 * 60);

/// What the reports need.
pub struct WeeklyReports {
    /// The database with accounts, members, figures and the mail queue.
    pub storage: Storage,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Queues the emails and wakes the worker that sends them.
    pub mailer: Mailer,
    /// The base URL of the links in the reports.
    pub base_url: Url,
}

impl WeeklyReports {
    /// Writes reports until `stopping` is cancelled.
    pub async fn run(self, stopping: CancellationToken) {
        let mut ticks = interval_at(Instant::now() + EVERY, EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stopping.run_until_cancelled(ticks.tick()).await.is_some() {
            match self.write_due().await {
                Ok(0) => {}
                Ok(mails) => tracing::info!(mails, "weekly reports are written"),
                Err(error) => tracing::warn!(%error, "could not write weekly reports; trying again soon"),
            }
        }
    }

    /// Writes the reports that are due now. Returns how many emails it wrote.
    pub async fn write_due(&self) -> Result<u32, StorageError> {
        let now = self.clock.now();
        let mut mails = 0;
        for workspace in self.storage.read().await?.members().workspaces_with_reports().await? {
            mails += self.write_in(workspace, now).await?;
        }
        if mails > 0 {
            self.mailer.wake();
        }
        Ok(mails)
    }

    async fn write_in(&self, id: WorkspaceId, now: Timestamp) -> Result<u32, StorageError> {
        let mut tx = self.storage.read().await?;
        let Some(workspace) = tx.workspaces().get(id).await? else { return Ok(0) };
        let zone = TimeZone::get(&workspace.time_zone).unwrap_or(TimeZone::UTC);
        let Some(week) = Week::before(now, &zone) else { return Ok(0) };
        if !tx.members().of_workspace(id).await?.iter().any(|member| is_due(member, &week)) {
            return Ok(0);
        }
        drop(tx);
        let items = self.items(&workspace, &week, &zone, now).await?;
        let letterhead = Letterhead { workspace: &workspace, base_url: &self.base_url };
        let mut tx = self.storage.begin().await?;
        let mut mails = 0;
        // The members are read again in this transaction, so that their current rights apply.
        for member in tx.members().of_workspace(id).await? {
            if !is_due(&member, &week) || !tx.members().reported(&member, now).await? {
                continue;
            }
            let Some(email) = member.user.login.email() else { continue };
            let reached = reached_by(&mut tx, &member).await?;
            let is_theirs = |item: &&Item| reached.as_ref().is_none_or(|reached| reached.contains(&item.id));
            let items: Vec<&Item> = items.iter().filter(is_theirs).collect();
            let with_messages = member.role.allows(Permission::MessagesRead);
            if let Some(mail) = letterhead.report(email, &week, &items, with_messages) {
                self.mailer.put(&mut tx, now, &mail).await?;
                mails += 1;
            }
        }
        tx.commit().await?;
        Ok(mails)
    }

    /// The figures of each account of the workspace in this week.
    async fn items(
        &self,
        workspace: &Workspace,
        week: &Week,
        zone: &TimeZone,
        now: Timestamp,
    ) -> Result<Vec<Item>, StorageError> {
        let reach = Reach::all_of(workspace.id);
        let buckets = cut(week.from, week.to, Step::Week, zone, 1).unwrap_or_default();
        let mut tx = self.storage.read().await?;
        let report = Report::open(&mut tx, reach, &buckets, now).await?;
        let mut items = Vec::new();
        let visit = |account: Account, totals: Vec<Totals>| {
            let figures = totals.iter().sum();
            items.push(Item { id: account.id, name: called(&account), figures });
        };
        report.of_accounts(&mut tx, reach, visit).await?;
        Ok(items)
    }
}

fn is_due(member: &Member, week: &Week) -> bool {
    member.reported_until.is_some_and(|until| week.is_news_since(until))
}
