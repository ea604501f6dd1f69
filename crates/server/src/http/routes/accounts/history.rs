//! Reads the history of an account: the events of one type about the account, latest first, each with the time of
//! the event after it.

use jiff::Timestamp;
use linekeeper_model::event::{Event, EventType, Seq};
use linekeeper_model::id::AccountId;
use utoipa::IntoParams;

use crate::http::answer::error::ApiError;
use crate::http::request::fields::{Fault, Fields, FromFields, text};
use crate::http::request::paging::limit;
use crate::http::state::Http;

/// Which part of the history to return.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Page {
    /// The maximum number of items in `data`, from 1 to 200. The default is 50.
    #[param(required = false, minimum = 1, maximum = 200, example = 50)]
    limit: u32,
    /// The `nextCursor` of the previous page. Leave it out to get the first page.
    #[param(required = false, value_type = String, pattern = "^[0-9]{1,18}$", example = "42")]
    cursor: Option<Seq>,
}

impl FromFields for Page {
    fn read(fields: &mut Fields) -> Option<Self> {
        let limit = limit(fields);
        let cursor = fields.optional("cursor", |value| {
            let invalid = || Fault::new("invalid", "must be the nextCursor of an earlier page");
            text(value)?.parse().map_err(|_| invalid())
        });
        Some(Self { limit: limit?, cursor: cursor? })
    }
}

/// An event, and the time of the next event of the same type. The time is `None` if there was no later event.
pub(in crate::http) struct Period {
    pub event: Event,
    pub until: Option<Timestamp>,
}

impl Period {
    /// Milliseconds from `since` to the end of the period, if it has ended. If a clock was set back, the result is
    /// zero and not negative.
    pub fn millis_from(&self, since: Timestamp) -> Option<u64> {
        self.until.map(|until| u64::try_from(until.duration_since(since).as_millis()).unwrap_or(0))
    }
}

/// A page of periods, and the cursor of the next page if there is one.
pub(in crate::http) async fn read(
    http: &Http,
    account: AccountId,
    event_type: EventType,
    page: &Page,
) -> Result<(Vec<Period>, Option<String>), ApiError> {
    // The last event of the previous page is read again, because it ended the first period of this page.
    let before = page.cursor.map(|cursor| Seq::new(cursor.get().saturating_add(1)));
    // Reads one event more than requested, to know whether another page follows.
    let wanted = page.limit + 1 + u32::from(page.cursor.is_some());
    let found = http.storage.read().await?.events().latest(account, event_type, before, wanted).await?;
    let mut until = None;
    let mut periods = Vec::with_capacity(found.len());
    for event in found {
        let began = event.occurred_at;
        if page.cursor != Some(event.seq) {
            periods.push(Period { event, until });
        }
        until = Some(began);
    }
    let more = periods.len() > page.limit as usize;
    periods.truncate(page.limit as usize);
    let next = periods.last().filter(|_| more).map(|period| period.event.seq.to_string());
    Ok((periods, next))
}
