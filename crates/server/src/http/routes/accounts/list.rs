//! `GET /api/v1/whatsapp/accounts`: the accounts that the caller has access to, in the order of their creation.

use axum::Json;
use axum::extract::State;
use linekeeper_model::account::Account;
use linekeeper_model::health::HealthStatus;
use linekeeper_model::status::ConnectionStatus;
use linekeeper_storage::AccountFilter;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::account_json::{AccountJson, health_of};
use super::reach;
use crate::http::answer::error::ApiError;
use crate::http::auth::{Permitted, Read};
use crate::http::document::schema;
use crate::http::request::cursor::Cursor;
use crate::http::request::fields::{Fault, Fields, FromFields, parsed, text};
use crate::http::request::paging::limit;
use crate::http::request::query::Query;
use crate::http::request::value::word;
use crate::http::state::{Http, Shared};

/// The number of rows per database query.
const AT_ONCE: u32 = 200;
/// The maximum number of characters to search for.
const LONGEST_SEARCH: usize = 100;

/// Which accounts to return, and how many.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Page {
    /// Only accounts in this state.
    #[param(required = false, schema_with = schema::connection_status)]
    status: Option<ConnectionStatus>,
    /// Only accounts with this health level.
    #[param(required = false, schema_with = schema::health_status)]
    health: Option<HealthStatus>,
    /// Only accounts whose name, WhatsApp name or phone number contains this text.
    #[param(required = false, value_type = String, max_length = 100, example = "shop")]
    q: Option<String>,
    /// The maximum number of accounts on a page, from 1 to 200. The default is 50.
    #[param(required = false, minimum = 1, maximum = 200, example = 50)]
    limit: u32,
    /// The `nextCursor` of the previous page. Leave it out to get the first page.
    #[param(required = false, value_type = String, pattern = "^[A-Za-z0-9_-]{21}[AQgw]$")]
    cursor: Option<Cursor>,
}

impl FromFields for Page {
    fn read(fields: &mut Fields) -> Option<Self> {
        let status =
            fields.optional("status", |v| word(v, "must be Disconnected, Connecting, Connected or Failed"));
        let health = fields.optional("health", |v| word(v, "must be Healthy, Warning or Critical"));
        let q = fields.optional("q", |value| match text(value)? {
            q if q.chars().count() > LONGEST_SEARCH => {
                Err(Fault::new("too_long", "must have at most 100 characters"))
            }
            q => Ok(q.trim().to_lowercase()),
        });
        let limit = limit(fields);
        let cursor = fields.optional("cursor", parsed);
        Some(Self {
            status: status?,
            health: health?,
            q: q?.filter(|q| !q.is_empty()),
            limit: limit?,
            cursor: cursor?,
        })
    }
}

impl Page {
    fn wants(&self, http: &Http, account: &Account) -> bool {
        self.status.is_none_or(|status| status == account.status.state)
            && self.health.is_none_or(|level| level == health_of(http, account))
            && self.q.as_ref().is_none_or(|q| mentions(account, q))
    }
}

/// Whether a name or the phone number of the account contains `q`. A phone number is found with or without its
/// plus sign. If a country writes its numbers in two ways, both are found.
fn mentions(account: &Account, q: &str) -> bool {
    let names = [Some(account.display_name.as_str()), account.push_name.as_deref()];
    names.into_iter().flatten().any(|name| name.to_lowercase().contains(q))
        || account
            .identity
            .phone
            .is_some_and(|phone| phone.spellings().any(|digits| format!("+{digits}").contains(q)))
}

/// A page of accounts, with the cursor of the next page.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AccountPage)]
pub(in crate::http) struct Accounts {
    data: Vec<AccountJson>,
    /// Send this as `cursor` to get the next page. Null on the last page.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// List accounts
///
/// Returns the accounts that you have access to, in the order in which they were created. Filters can make a page
/// shorter than `limit`, so continue until `nextCursor` is null.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/accounts", tag = "whatsapp", operation_id = "listAccounts",
    security(("bearer" = ["whatsapp:read"]), ("apiKey" = ["whatsapp:read"])),
    params(Page),
    responses((status = 200, description = "A page of accounts.", body = Accounts)),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Read>,
    Query(page): Query<Page>,
) -> Result<Json<Accounts>, ApiError> {
    let limit = page.limit as usize;
    // Looks for one account more than requested, to know whether another page follows.
    let mut found = find(&http, &caller, &page, limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = found.last().filter(|_| more).map(|account| Cursor(account.id.as_uuid()).text());
    let data = found.into_iter().map(|account| AccountJson::of(&http, account)).collect();
    Ok(Json(Accounts { data, next_cursor }))
}

/// The first `wanted` accounts that match. The current status and health are not in the database, so rows are read
/// in order and checked one by one.
async fn find(
    http: &Http,
    caller: &Permitted<Read>,
    page: &Page,
    wanted: usize,
) -> Result<Vec<Account>, ApiError> {
    let mut found = Vec::new();
    let mut after = page.cursor.map(|cursor| cursor.0.into());
    let mut tx = http.storage.read().await?;
    let day = reach::today(http, &mut tx, caller.workspace_id).await?;
    loop {
        let filter = AccountFilter { after, limit: AT_ONCE };
        let rows = tx.accounts().list(caller.reach(), filter, &day).await?;
        let is_last = rows.len() < AT_ONCE as usize;
        after = rows.last().map(|row| row.id);
        let matching =
            rows.into_iter().map(|row| http.accounts.live(row)).filter(|account| page.wants(http, account));
        found.extend(matching.take(wanted - found.len()));
        if is_last || found.len() == wanted {
            return Ok(found);
        }
    }
}
