//! `GET /api/v1/events`: what happened, in order, from any place on; waits for more where there is none.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use linekeeper_model::access::Permission;
use linekeeper_model::event::{Event, EventType, Seq};
use linekeeper_model::id::AccountId;
use linekeeper_storage::{EventFilter, Extent};
use serde::Serialize;
use serde_json::Value;
use tokio::time::{Instant, sleep, sleep_until};
use utoipa::{IntoParams, ToSchema};

use super::event_json::EventJson;
use crate::credentials::standing::Standing;
use crate::http::answer::error::ApiError;
use crate::http::auth::{Caller, Permitted, Read};
use crate::http::document::schema;
use crate::http::request::fields::{Fault, Fields, FromFields, parsed, text};
use crate::http::request::query::Query;
use crate::http::request::under_way::UnderWay;
use crate::http::state::{Http, Shared};

/// Events on a page unless the caller says otherwise.
const DEFAULT_LIMIT: u32 = 100;
/// Most events on a page.
const MOST: u32 = 500;
/// Most seconds that a caller may wait.
const LONGEST_WAIT: u64 = 60;
/// Between two looks for those who wait: the events of a busy server are mostly not theirs.
const BREATH: Duration = Duration::from_millis(100);

/// From where on, and which events.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Wanted {
    /// Only events after this one: `nextCursor` of the answer before. 0 or absent for all that are kept.
    #[param(required = false, value_type = String, pattern = "^[0-9]{1,18}$", example = "0")]
    after: Seq,
    /// Only events of these types, separated by commas.
    #[param(required = false, schema_with = schema::event_types)]
    types: Vec<EventType>,
    /// Only events about this account.
    #[param(required = false, rename = "accountId", value_type = uuid::Uuid)]
    account_id: Option<AccountId>,
    /// Seconds to wait for an event where there is none yet.
    #[param(required = false, minimum = 0, maximum = 60, example = 30)]
    wait: u64,
    /// Events on a page.
    #[param(required = false, minimum = 1, maximum = 500, example = 100)]
    limit: u32,
}

impl FromFields for Wanted {
    fn read(fields: &mut Fields) -> Option<Self> {
        let after = fields.optional("after", |value| {
            let invalid = || Fault::new("invalid", "must be the nextCursor of an earlier answer, or 0");
            text(value)?.parse().map_err(|_| invalid())
        });
        let types = fields.optional("types", types);
        let account_id = fields.optional("accountId", parsed);
        let wait = fields.optional("wait", |value| match text(value)?.parse() {
            Ok(wait) if wait <= LONGEST_WAIT => Ok(wait),
            _ => Err(Fault::new("out_of_range", "must be a whole number from 0 to 60")),
        });
        let limit = fields.optional("limit", |value| match text(value)?.parse() {
            Ok(limit) if (1..=MOST).contains(&limit) => Ok(limit),
            _ => Err(Fault::new("out_of_range", "must be a whole number from 1 to 500")),
        });
        Some(Self {
            after: after?.unwrap_or(Seq::START),
            types: types?.unwrap_or_default(),
            account_id: account_id?,
            wait: wait?.unwrap_or(0),
            limit: limit?.unwrap_or(DEFAULT_LIMIT),
        })
    }
}

/// Each type once. A misspelt one is refused: whoever waits for it would wait for ever.
fn types(value: Value) -> Result<Vec<EventType>, Fault> {
    let mut types = Vec::new();
    for name in text(value)?.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let known = name.parse().map_err(|_| {
            let all: Vec<&str> = EventType::ALL.iter().map(|known| known.code()).collect();
            Fault::new("invalid", format!("must be of {}, separated by commas", all.join(", ")))
        })?;
        if !types.contains(&known) {
            types.push(known);
        }
    }
    Ok(types)
}

/// A page of events.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct EventPage {
    /// In the order of the log.
    data: Vec<EventJson>,
    /// Ask for later events with `after` set to this, now or another day. Never null: there is always more to come.
    #[schema(example = "42")]
    next_cursor: String,
    /// Whether events after `after` may be missing: they were too old to be kept, or the log is another one than
    /// before (a backup was restored). Ask the API for the state of the accounts.
    #[schema(example = false)]
    gap: bool,
}

/// Read events
///
/// Owners and Admins read all events of the workspace, others those about their own accounts. With `wait` the answer
/// comes as soon as there is an event. The server looks at your rights again when it answers, so a wait may end with 401 or
/// 403.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "events", operation_id = "listEvents",
    security(("bearer" = ["whatsapp:read"]), ("apiKey" = ["whatsapp:read"])),
    params(Wanted),
    responses(
        (status = 200, description = "The next events, none after the wait.", body = EventPage),
        (status = 404, description = "`account_not_found`."),
        (status = 429, description = "`too_many_requests`: this credential, workspace or address has as many requests under way as it may, or as many that wait."),
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Read>,
    under_way: UnderWay,
    Query(wanted): Query<Wanted>,
) -> Result<Json<EventPage>, ApiError> {
    let deadline = Instant::now() + Duration::from_secs(wanted.wait);
    // Before the first look, so that nothing can come between.
    let mut news = http.log.subscribe();
    let mut found = look(&http, &caller, &wanted, wanted.after).await?;
    let gap = found.misses_some_of(wanted.after);
    let mut waits = wanted.wait > 0;
    if found.events.is_empty() && !gap && waits {
        under_way.hold()?;
    }
    while found.events.is_empty() && !gap && waits {
        let seen = found.next;
        waits = tokio::select! {
            biased;
            () = http.stopping.cancelled() => false,
            () = sleep_until(deadline) => false,
            // Fails only where the log is gone, and then so are we.
            _ = news.wait_for(|last| *last > seen) => true,
        };
        // Also at the end of the wait: whoever has no rights any more gets no answer but that.
        found = look(&http, &caller, &wanted, seen).await?;
        if found.events.is_empty() && waits {
            sleep(BREATH).await;
        }
    }
    Ok(Json(EventPage {
        data: found.events.into_iter().map(Into::into).collect(),
        next_cursor: found.next.to_string(),
        gap,
    }))
}

/// What one look at the log found.
struct Found {
    events: Vec<Event>,
    /// From where to look next.
    next: Seq,
    extent: Extent,
}

impl Found {
    /// Whether a reader that has read up to `after` may have missed something.
    fn misses_some_of(&self, after: Seq) -> bool {
        after > self.extent.last || (after > Seq::START && after < self.extent.pruned)
    }
}

/// A page, the end of the log and the caller's rights, as they were at one moment. Where the page is not full, the next look
/// begins at the end, past everything that was not wanted.
async fn look(http: &Http, caller: &Caller, wanted: &Wanted, after: Seq) -> Result<Found, ApiError> {
    let mut tx = http.storage.read().await?;
    let standing = caller.now(http, &mut tx).await?;
    if !standing.may(Permission::WhatsappRead) {
        return Err(ApiError::PermissionDenied(Permission::WhatsappRead));
    }
    if let Some(account) = wanted.account_id
        && !tx.accounts().is_within(standing.reach(), account).await?
    {
        return Err(ApiError::AccountNotFound);
    }
    let types = readable(&standing, &wanted.types);
    let filter = EventFilter { after, types: &types, account: wanted.account_id, limit: wanted.limit };
    let extent = tx.events().extent().await?;
    if types.is_empty() {
        return Ok(Found { events: Vec::new(), next: extent.last, extent });
    }
    let events = tx.events().after(standing.reach(), &filter).await?;
    let last = events.last().filter(|_| events.len() == wanted.limit as usize);
    let next = last.map_or(extent.last, |event| event.seq);
    Ok(Found { events, next, extent })
}

/// The types of those that are wanted, or of all, that the caller may read: the others are left out, as if there were none.
fn readable(standing: &Standing, wanted: &[EventType]) -> Vec<EventType> {
    let wanted = if wanted.is_empty() { EventType::ALL } else { wanted };
    wanted.iter().copied().filter(|kind| standing.may(kind.needs())).collect()
}
