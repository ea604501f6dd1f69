//! The event log. A transaction should append its events last, because other transactions that append must wait
//! until it ends. Because of this wait, events become visible in the order of their numbers: a reader that has
//! seen one event has seen all earlier ones.

mod columns;
mod filter;
mod interest;

pub(super) use columns::{event as open_event, number, seq};
pub use filter::EventFilter;
pub use interest::Interest;

use std::sync::{Arc, LazyLock};
use std::time::Instant;

use linekeeper_model::Timestamp;
use linekeeper_model::event::{Event, EventType, NewEvent, Payload, Seq};
use linekeeper_model::id::{AccountId, EventId, WorkspaceId};
use sqlx::AssertSqlSafe;

use super::Reach;
use super::code::{Reader, millis};
use crate::db::{Row, Value};
use crate::error::{Conflict, StorageError};
use crate::tx::Scope;
use columns::SealedEvent;
use interest::Bound;

/// The `events` table, and the row from which events get their numbers.
pub struct Events<'t>(pub(crate) Scope<'t>);

/// Which events the log contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Events up to this number were deleted because of their age. A reader whose cursor is lower may have missed some
    /// of these events.
    pub pruned: Seq,
    /// The last event number that was used.
    pub last: Seq,
}

/// How many events one statement can insert, the largest number first. There are only a few sizes, so that each
/// connection prepares few statements.
const SIZES: [usize; 3] = [32, 8, 1];

/// The statement for this number of events. The number must be one of [`SIZES`].
fn insert_text(events: usize) -> Arc<str> {
    static TEXTS: LazyLock<[Arc<str>; 3]> = LazyLock::new(|| SIZES.map(build));
    let place = SIZES.iter().position(|size| *size == events).expect("sizes come from SIZES");
    TEXTS[place].clone()
}

fn build(events: usize) -> Arc<str> {
    const COLUMNS: usize = 8;
    let row = |row: usize| {
        let parameters: Vec<String> =
            (1..=COLUMNS).map(|column| format!("${}", row * COLUMNS + column)).collect();
        format!("({})", parameters.join(", "))
    };
    let rows: Vec<String> = (0..events).map(row).collect();
    format!(
        "INSERT INTO events (seq, id, workspace_id, account_id, type, chat_type, occurred_at, payload) VALUES {}",
        rows.join(", ")
    )
    .into()
}

/// Splits the events into parts whose sizes are in [`SIZES`].
fn in_sizes(mut events: &[NewEvent]) -> impl Iterator<Item = &[NewEvent]> {
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= events.len())?;
        let (piece, rest) = events.split_at(size);
        events = rest;
        Some(piece)
    })
}

impl Events<'_> {
    /// Appends an event, with two statements. After the commit, the caller must call the log's `committed`.
    pub async fn append(&mut self, event: &NewEvent) -> Result<Seq, StorageError> {
        let began = Instant::now();
        let seq = self.take_places(1).await?;
        self.insert(event, seq).await?;
        self.appended(1, began);
        Ok(seq)
    }

    /// Appends events in their order. Returns the number of the last one; `None` if `events` is empty.
    pub async fn append_all(&mut self, events: &[NewEvent]) -> Result<Option<Seq>, StorageError> {
        if events.is_empty() {
            return Ok(None);
        }
        let began = Instant::now();
        let last = self.take_places(events.len() as u64).await?;
        let mut place = last.get() + 1 - events.len() as u64;
        for events in in_sizes(events) {
            self.insert_all(events, Seq::new(place)).await?;
            place += events.len() as u64;
        }
        self.appended(events.len() as u64, began);
        Ok(Some(last))
    }

    /// The events that the caller may reach, in the order of the log.
    pub async fn after(
        &mut self,
        reach: Reach,
        filter: &EventFilter<'_>,
    ) -> Result<Vec<Event>, StorageError> {
        let parameters = filter.parameters(reach);
        let rows = self.0.connection.fetch_all(AssertSqlSafe(parameters.sql()), &parameters.values()).await?;
        self.events(&rows)
    }

    /// Events for a reader with a cursor, in the order of the log. Only for the server itself, and not for
    /// requests of callers.
    pub async fn wanted(
        &mut self,
        interest: &Interest,
        after: Seq,
        limit: u32,
    ) -> Result<Vec<Event>, StorageError> {
        if interest.types.is_empty() {
            return Ok(Vec::new());
        }
        let bound = Bound::of(interest);
        let values = bound.values(after, limit);
        let sql = format!(
            "SELECT seq, id, workspace_id, account_id, occurred_at, payload FROM events
             WHERE {} ORDER BY seq LIMIT ${}",
            bound.condition(),
            values.len()
        );
        let rows = self.0.connection.fetch_all(AssertSqlSafe(sql), &values).await?;
        self.events(&rows)
    }

    /// The accounts that the events of a reader are about, in the order of the events. Events that are about no
    /// account are left out.
    pub async fn accounts_wanted(
        &mut self,
        interest: &Interest,
        after: Seq,
        limit: u32,
    ) -> Result<Vec<(Seq, WorkspaceId, AccountId)>, StorageError> {
        if interest.types.is_empty() {
            return Ok(Vec::new());
        }
        let bound = Bound::of(interest);
        let values = bound.values(after, limit);
        let sql = format!(
            "SELECT seq, workspace_id, account_id FROM events
             WHERE {} AND account_id IS NOT NULL ORDER BY seq LIMIT ${}",
            bound.condition(),
            values.len()
        );
        let rows = self.0.connection.fetch_all(AssertSqlSafe(sql), &values).await?;
        let about = |row: &Row| {
            let row = Reader(row);
            Ok((seq(&row, "seq")?, row.parse("workspace_id")?, row.parse("account_id")?))
        };
        rows.iter().map(about).collect()
    }

    /// The number of events for a reader. Counting stops at `most`, so the result is never greater.
    pub async fn count_wanted(
        &mut self,
        interest: &Interest,
        after: Seq,
        most: u32,
    ) -> Result<u32, StorageError> {
        if interest.types.is_empty() {
            return Ok(0);
        }
        let bound = Bound::of(interest);
        let values = bound.values(after, most);
        let sql = format!(
            "SELECT COUNT(*) AS number FROM (SELECT seq FROM events WHERE {} ORDER BY seq LIMIT ${}) AS waiting",
            bound.condition(),
            values.len()
        );
        let row = self.0.connection.fetch_one(AssertSqlSafe(sql), &values).await?;
        Reader(&row).count("number")
    }

    /// The last event number that was used.
    pub async fn last(&mut self) -> Result<Seq, StorageError> {
        Ok(self.extent().await?.last)
    }

    /// Which events the log contains: up to which number events were deleted, and the last number.
    pub async fn extent(&mut self) -> Result<Extent, StorageError> {
        const SQL: &str = "SELECT pruned_seq, last_seq FROM event_log";
        let row = self.0.connection.fetch_one(SQL, &[]).await?;
        let row = Reader(&row);
        Ok(Extent { pruned: seq(&row, "pruned_seq")?, last: seq(&row, "last_seq")? })
    }

    /// Events of one type about an account with lower numbers than `before`, the latest first.
    pub async fn latest(
        &mut self,
        account: AccountId,
        kind: EventType,
        before: Option<Seq>,
        limit: u32,
    ) -> Result<Vec<Event>, StorageError> {
        const LATEST: &str = "SELECT seq, id, workspace_id, account_id, occurred_at, payload FROM events
            WHERE account_id = $1 AND type = $2 AND seq < $3 ORDER BY seq DESC LIMIT $4";
        let account = account.to_string();
        let before = before.map_or(i64::MAX, number);
        let values = [account.as_str().into(), kind.code().into(), before.into(), i64::from(limit).into()];
        let rows = self.0.connection.fetch_all(LATEST, &values).await?;
        self.events(&rows)
    }

    /// Events about an account with lower numbers than `before`, the latest first.
    pub async fn of_account(
        &mut self,
        account: AccountId,
        before: Option<Seq>,
        limit: u32,
    ) -> Result<Vec<Event>, StorageError> {
        const SQL: &str = "SELECT seq, id, workspace_id, account_id, occurred_at, payload FROM events
            WHERE account_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";
        let account = account.to_string();
        let values =
            [account.as_str().into(), before.map_or(i64::MAX, number).into(), i64::from(limit).into()];
        let rows = self.0.connection.fetch_all(SQL, &values).await?;
        self.events(&rows)
    }

    /// Replaces the data of an event, because the person that it is about is erased. The type column does not
    /// change.
    pub async fn replace(&mut self, id: EventId, payload: &Payload) -> Result<(), StorageError> {
        const SQL: &str = "UPDATE events SET payload = $2 WHERE id = $1";
        let sealed = columns::seal(id, payload, &self.0.context.cipher);
        self.0.connection.execute(SQL, &[id.to_string().as_str().into(), sealed.as_slice().into()]).await?;
        Ok(())
    }

    /// Deletes up to `at_most` of the events that happened before `before`. Returns their number.
    pub async fn prune(&mut self, before: Timestamp, at_most: u32) -> Result<u64, StorageError> {
        const DELETE: &str = "DELETE FROM events WHERE seq IN
            (SELECT seq FROM events WHERE occurred_at < $1 ORDER BY occurred_at LIMIT $2) RETURNING seq";
        const REMEMBER: &str = "UPDATE event_log SET pruned_seq = $1 WHERE pruned_seq < $1";
        let values = [millis(before).into(), i64::from(at_most).into()];
        let rows = self.0.connection.fetch_all(DELETE, &values).await?;
        let mut latest = 0;
        for row in &rows {
            latest = latest.max(row.get::<i64>("seq")?);
        }
        if latest > 0 {
            self.0.connection.execute(REMEMBER, &[latest.into()]).await?;
        }
        Ok(rows.len() as u64)
    }

    fn appended(&mut self, events: u64, began: Instant) {
        *self.0.appended += events;
        self.0.context.observer.events_appended(began.elapsed());
    }

    /// Reserves event numbers. Waits until every other transaction that has reserved numbers has ended. Returns
    /// the last of the reserved numbers.
    async fn take_places(&mut self, count: u64) -> Result<Seq, StorageError> {
        const SQL: &str = "UPDATE event_log SET last_seq = last_seq + $1 RETURNING last_seq";
        let row = self.0.connection.fetch_one(SQL, &[number(Seq::new(count)).into()]).await?;
        seq(&Reader(&row), "last_seq")
    }

    async fn insert(&mut self, event: &NewEvent, seq: Seq) -> Result<(), StorageError> {
        self.insert_all(std::slice::from_ref(event), seq).await
    }

    /// Inserts the events with one statement. The first event gets the number `first`.
    async fn insert_all(&mut self, events: &[NewEvent], first: Seq) -> Result<(), StorageError> {
        let cipher = &self.0.context.cipher;
        let sealed: Vec<SealedEvent> = events.iter().map(|event| SealedEvent::of(event, cipher)).collect();
        let places = (first.get()..).map(Seq::new);
        let rows = sealed.iter().zip(events).zip(places);
        let values: Vec<Value<'_>> =
            rows.flat_map(|((sealed, event), seq)| sealed.values(event, seq)).collect();
        let inserted = self.0.connection.execute(AssertSqlSafe(insert_text(events.len())), &values).await;
        inserted.map(drop).map_err(StorageError::or_conflict(Conflict::Id))
    }

    fn events(&self, rows: &[Row]) -> Result<Vec<Event>, StorageError> {
        rows.iter().map(|row| columns::event(&Reader(row), &self.0.context.cipher)).collect()
    }
}
