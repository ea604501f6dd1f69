//! `GET /api/v1/events`: returns events in order, after any event number. If there is no later event yet, the server
//! can wait for the next event.

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
use crate::http::answer::error::named::*;
use crate::http::answer::error::{ApiError, DeclaredRefusal, Refusal};
use crate::http::auth::{Caller, Needs as _, Permitted, ReadEvents};
use crate::http::document::Refusals;
use crate::http::request::query::Query;
use crate::http::request::under_way::UnderWay;
use crate::http::state::{Http, Shared};

/// A caller needs at least one of these permissions. Each permission allows the caller to read certain types of events.
const READS: &[Permission] = ReadEvents::ANY_OF;
/// The pause between two reads for a caller that waits. Without it, a busy server would read the log after every new
/// event, although most events are for other callers.
const BREATH: Duration = Duration::from_millis(100);

/// A page of events.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct EventPage {
    /// The events, in the order of the log.
    data: Vec<EventJson>,
    /// To get later events, send this value as `after`, now or at any later time. The value is never null, because
    /// there can always be later events.
    #[schema(example = "42")]
    next_cursor: String,
    /// Whether you may have missed events, because the event log does not contain them. This happens if the server has
    /// deleted old events that you have not read, or if somebody has restored a backup without these events. In that
    /// case, read the current state of the accounts from the API.
    #[schema(example = false)]
    gap: bool,
}

/// The refusal of a request that would wait for events, when too many requests are in progress or wait already.
struct TooManyWaits;

impl DeclaredRefusal for TooManyWaits {
    const REFUSAL: Refusal = TooManyRequests::REFUSAL.meaning(
        "This credential, workspace or IP address, or the whole server, already has the maximum number of \
         requests in progress, or of requests that wait.",
    );
}

/// Read events
///
/// Returns the events that follow the event number `after`, in order. Owners and Admins get all events of the
/// workspace. Other members get the events of the accounts that they have access to. `account.*` events need the
/// permission `whatsapp:read`, and all others need `messages:read`. The server leaves out events that you may not
/// read. With `wait`, the server waits until there is an event. It checks your rights again before it answers, so a
/// wait can end with 401 or 403.
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
        (status = 200, description = "The next events. The list is empty if there are none yet, even after the wait.", body = EventPage),
        Refusals<(AccountNotFound, TooManyWaits)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ReadEvents>,
    under_way: UnderWay,
    Query(wanted): Query<Wanted>,
) -> Result<Json<EventPage>, ApiError> {
    let deadline = Instant::now() + Duration::from_secs(wanted.wait);
    // Subscribe before the first read, so that no event is missed in between.
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
            // `wait_for` fails only if the server has already closed the log.
            _ = news.wait_for(|last| *last > seen) => true,
        };
        // `look` also checks the rights at the end of the wait. A caller who has lost them gets a refusal.
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

/// The result of one read of the event log.
struct Found {
    events: Vec<Event>,
    /// The event number after which the next read begins.
    next: Seq,
    extent: Extent,
}

impl Found {
    /// Whether a reader that has read up to `after` may have missed events.
    fn misses_some_of(&self, after: Seq) -> bool {
        after > self.extent.last || (after > Seq::START && after < self.extent.pruned)
    }
}

/// Reads a page, the end of the log and the caller's rights in one transaction. If the page is not full, the rest of
/// the log has no event that the caller asked for. So the next read begins at the end of the log.
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
