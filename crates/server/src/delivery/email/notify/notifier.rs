//! The log reader for the notifications. What was reported, the emails and the reader's cursor are written in one
//! transaction, so that a crash neither loses nor repeats an email. Only one server at a time holds the reader. A
//! server that no longer holds the reader cannot commit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use linekeeper_model::Timestamp;
use linekeeper_model::account::Account;
use linekeeper_model::clock::Clock;
use linekeeper_model::event::{EventType, Seq};
use linekeeper_model::id::{AccountId, WorkspaceId};
use linekeeper_model::user::Workspace;
use linekeeper_storage::{Interest, Reach, Storage, StorageError, Tx};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::digest::Item;
use super::standing::News;
use super::windows::{Pauses, Windows};
use crate::delivery::email::Mailer;
use crate::delivery::email::letterhead::Letterhead;
use crate::delivery::email::reach::reached_by;
use crate::events::{Log, Reader, ReaderError, Turn};

const READER: &str = "email";
/// The events after which an account may have become critical or healthy.
const TYPES: &[EventType] = &[
    EventType::AccountStatus,
    EventType::AccountHealth,
    EventType::AccountRestriction,
    EventType::AccountPhoneOffline,
];
/// The maximum number of events that are processed together.
const AT_ONCE: u32 = 500;
/// While there is nothing to report, the cursor is written to the database only after this many events, or once a
/// minute. So up to this many events are read again after a restart.
const SLACK: u64 = 500;
/// How long to wait before trying again if the database cannot be used.
const REST: Duration = Duration::from_secs(10);
/// How long to wait if nothing is due. After each wait, the server confirms that it still holds the reader.
const LONG: Duration = Duration::from_secs(60);

/// What is needed to notify people.
pub struct Notifier {
    /// The database with accounts, members and the mail queue.
    pub storage: Storage,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Notifies about new events.
    pub log: Log,
    /// Queues the emails and wakes the worker that sends them.
    pub mailer: Mailer,
    /// The base URL of the links in the emails.
    pub base_url: Url,
    /// How long to collect news, and the quiet time between emails.
    pub pauses: Pauses,
}

/// The reader of the log, and the news that was collected from its events.
struct Position {
    reader: Reader,
    windows: Windows,
}

/// The result of closing a window. A window is the time in which the news of a workspace is collected.
enum Outcome {
    /// All collected news was reported.
    Told,
    /// While the window was open, another server sent an email for the workspace.
    ToldElsewhere {
        /// When the other server sent its email. `None` if the accounts of that email no longer exist.
        at: Option<Timestamp>,
    },
}

impl Notifier {
    /// Notifies people until `stopping` is cancelled. News that was collected but not reported is read again after
    /// the next start.
    pub async fn run(self, stopping: CancellationToken) {
        let mut turn = Turn::Now;
        loop {
            let interest = Interest { types: TYPES.to_vec(), ..Interest::default() };
            let held = Reader::hold(&self.storage, &self.log, READER, interest, turn);
            let Some(reader) = stopping.run_until_cancelled(held).await else { return };
            self.read_on(Position { reader, windows: Windows::default() }, &stopping).await;
            if stopping.is_cancelled() {
                return;
            }
            tracing::info!("another server notifies people now; standing by");
            turn = Turn::WhenSilent;
        }
    }

    /// Notifies people until `stopping` is cancelled or another server takes over the reader.
    async fn read_on(&self, mut position: Position, stopping: &CancellationToken) {
        while !stopping.is_cancelled() {
            let wait = match self.step(&mut position).await {
                Ok(wait) => wait,
                Err(ReaderError::Lost) => return,
                Err(ReaderError::Storage(error)) => {
                    tracing::warn!(%error, "could not look for what to notify people of");
                    REST
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = position.reader.woken() => {}
                () = stopping.cancelled() => {}
            }
        }
    }

    /// Reads new events, and writes the emails that are due. Returns how long to wait until the next step.
    async fn step(&self, position: &mut Position) -> Result<Duration, ReaderError> {
        while self.read(position).await? {}
        let now = self.clock.now();
        while let Some((workspace, accounts, last)) = position.windows.due(now) {
            let done = position.windows.done_up_to(position.reader.read(), Some(workspace));
            match self.tell(&mut position.reader, workspace, &accounts, last, done, now).await? {
                Outcome::Told => position.windows.close(workspace),
                Outcome::ToldElsewhere { at } => {
                    position.windows.postpone(workspace, self.pauses.due(now, at));
                }
            }
        }
        let done = position.windows.done_up_to(position.reader.read(), None);
        position.reader.keep(done, SLACK).await?;
        let due = position.windows.next_due();
        let until_due = due.map(|due| Duration::try_from(due.duration_since(now)).unwrap_or_default());
        Ok(until_due.unwrap_or(LONG).min(LONG))
    }

    /// Reads the next events and checks their accounts. Returns false if there are no more events.
    async fn read(&self, position: &mut Position) -> Result<bool, StorageError> {
        let now = self.clock.now();
        let mut tx = self.storage.read().await?;
        let page = position.reader.accounts(&mut tx, AT_ONCE).await?;
        let mut latest: BTreeMap<WorkspaceId, BTreeMap<AccountId, Seq>> = BTreeMap::new();
        for (seq, workspace, account) in &page.items {
            latest.entry(*workspace).or_default().entry(*account).or_insert(*seq);
        }
        let mut found = Vec::new();
        for (id, accounts) in latest {
            let Some(workspace) = tx.workspaces().get(id).await? else { continue };
            for (account, seq) in accounts {
                if news_of(&mut tx, &workspace, account, now).await?.is_some() {
                    found.push((id, account, seq));
                }
            }
        }
        for (workspace, account, seq) in found {
            let last = match position.windows.is_open(workspace) {
                true => None,
                false => tx.told_accounts().last_in(workspace).await?,
            };
            position.windows.add(workspace, account, seq, self.pauses.due(now, last));
        }
        position.reader.read_up_to(page.through);
        Ok(!page.is_last)
    }

    /// Writes one email to each member who wants notifications. The email is about those of `accounts` that still have
    /// news. `last` is the time of the previous email that this server knows of. If another server has written an email
    /// since, this function writes nothing. The news then waits until the quiet time after that email is over.
    async fn tell(
        &self,
        reader: &mut Reader,
        workspace: WorkspaceId,
        accounts: &[AccountId],
        last: Option<Timestamp>,
        done: Seq,
        now: Timestamp,
    ) -> Result<Outcome, ReaderError> {
        let mut tx = self.storage.begin().await?;
        // The transaction moves the cursor first. Another server that moves the same cursor must wait until this
        // transaction ends.
        reader.mover().advance(&mut tx, done).await?;
        let at = tx.told_accounts().last_in(workspace).await?;
        if at != last {
            return Ok(Outcome::ToldElsewhere { at });
        }
        let Some(workspace) = tx.workspaces().get(workspace).await? else {
            tx.commit().await?;
            reader.moved(done);
            return Ok(Outcome::Told);
        };
        let mut items = Vec::new();
        for account in accounts {
            if let Some((account, news)) = news_of(&mut tx, &workspace, *account, now).await? {
                items.push(Item::of(&account, news));
            }
        }
        let letterhead = Letterhead { workspace: &workspace, base_url: &self.base_url };
        let (mut told, mut mails) = (BTreeSet::new(), 0_u32);
        for member in tx.members().of_workspace(workspace.id).await? {
            let Some(email) = member.user.login.email().filter(|_| member.notify) else { continue };
            let reached = reached_by(&mut tx, &member).await?;
            let is_theirs = |item: &&Item| reached.as_ref().is_none_or(|reached| reached.contains(&item.id));
            let items: Vec<&Item> = items.iter().filter(is_theirs).collect();
            let Some(mail) = letterhead.write(email, &items) else { continue };
            self.mailer.put(&mut tx, now, &mail).await?;
            told.extend(items.iter().map(|item| item.id));
            mails += 1;
        }
        for item in items.iter().filter(|item| told.contains(&item.id)) {
            tx.told_accounts().put(item.id, item.news.told()).await?;
        }
        tx.commit().await?;
        reader.moved(done);
        if mails > 0 {
            self.mailer.wake();
            tracing::info!(workspace = %workspace.id, accounts = told.len(), mails, "people are notified");
        }
        Ok(Outcome::Told)
    }
}

/// Returns what people have not been told yet about an account. Returns `None` if there is nothing to tell, or if the
/// account no longer exists.
async fn news_of(
    tx: &mut Tx,
    workspace: &Workspace,
    account: AccountId,
    now: Timestamp,
) -> Result<Option<(Account, News)>, StorageError> {
    let zone = TimeZone::get(&workspace.time_zone).unwrap_or(TimeZone::UTC);
    let day = zone.to_datetime(now).date().to_string();
    let Some(account) = tx.accounts().get(Reach::all_of(workspace.id), account, &day).await? else {
        return Ok(None);
    };
    let told = tx.told_accounts().get(account.id).await?;
    Ok(News::of(&account, told, now).map(|news| (account, news)))
}
