//! `GET /api/v1/events`: what happened, in order, from any place on; waits for more where there is none.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use linekeeper_model::access::Permission;
use linekeeper_model::event::{Event, Seq};
use linekeeper_storage::{EventFilter, Extent};
use serde::Serialize;
use tokio::time::{Instant, sleep, sleep_until};
use utoipa::ToSchema;

use super::event_json::EventJson;
use super::wanted::Wanted;
use crate::http::answer::error::ApiError;
use crate::http::auth::{Caller, Needs as _, Permitted, ReadEvents};
use crate::http::request::query::Query;
use crate::http::request::under_way::UnderWay;
use crate::http::state::{Http, Shared};

/// What a caller needs one of: each has events of its own.
const READS: &[Permission] = ReadEvents::ANY_OF;
/// Between two looks for those who wait: the events of a busy server are mostly not theirs.
const BREATH: Duration = Duration::from_millis(100);

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
/// Owners and Admins read all events of the workspace. Other members read the events of the accounts that they can
/// reach. `account.*` events need `whatsapp:read`, all others `messages:read`; events that you may not read are left
/// out. With `wait`, the server answers as soon as there is an event. It checks your rights again before it answers, so
/// a wait can end with 401 or 403.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "events", operation_id = "listEvents",
    security(
        ("bearer" = ["whatsapp:read"]),
        ("apiKey" = ["whatsapp:read"]),
        ("bearer" = ["messages:read"]),
        ("apiKey" = ["messages:read"]),
    ),
    params(Wanted),
    responses(
        (status = 200, description = "The next events. The list is empty if none came during the wait.", body = EventPage),
        (status = 404, description = "`account_not_found`."),
        (status = 429, description = "`too_many_requests`: this credential, workspace or address has as many requests under way as it may, or as many that wait."),
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ReadEvents>,
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
    if !READS.iter().any(|permission| standing.may(*permission)) {
        return Err(ApiError::PermissionDenied(READS[0]));
    }
    let asked = wanted.filter();
    for account in asked.accounts.iter().flatten() {
        if !tx.accounts().is_within(standing.reach(), *account).await? {
            return Err(ApiError::AccountNotFound);
        }
    }
    let types = asked.readable(|permission| standing.may(permission));
    let extent = tx.events().extent().await?;
    if types.is_empty() {
        return Ok(Found { events: Vec::new(), next: extent.last, extent });
    }
    let (chat_types, accounts) = (asked.chat_types.as_slice(), asked.accounts.as_deref());
    let filter = EventFilter { after, types: &types, chat_types, accounts, limit: wanted.limit };
    let events = tx.events().after(standing.reach(), &filter).await?;
    let last = events.last().filter(|_| events.len() == wanted.limit as usize);
    let next = last.map_or(extent.last, |event| event.seq);
    Ok(Found { events, next, extent })
}
