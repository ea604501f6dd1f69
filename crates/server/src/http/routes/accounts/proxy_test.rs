//! `POST /api/v1/whatsapp/accounts/{accountId}/proxy/test`: checks whether WhatsApp can be reached through a
//! proxy, before the proxy is saved.

use axum::Json;
use axum::extract::State;
use linekeeper_model::access::Permission;
use linekeeper_model::audit::Action;
use linekeeper_model::proxy::ProxyUrl;
use serde::Serialize;
use utoipa::ToSchema;

use super::reach;
use crate::http::answer::error::named::*;
use crate::http::answer::error::{ApiError, DeclaredRefusal, Refusal};
use crate::http::auth::{Permitted, Update};
use crate::http::document::Refusals;
use crate::http::request::body::OptionalJson;
use crate::http::request::declare::body;
use crate::http::request::member::Patch;
use crate::http::request::path::AccountPath;
use crate::http::routes::audit::record;
use crate::http::state::Shared;

body! {
    /// Which proxy to test.
    #[derive(Debug, Default)]
    pub(in crate::http) struct Body as "ProxyTest" {
        /// The proxy to test. The server does not save it. If it is null, the server tests a connection without a
        /// proxy. If it is absent, the server tests the account's own proxy, or a connection without a proxy if
        /// the account has none.
        #[example("socks5://user:password@proxy.example:1080")]
        proxy: Patch<ProxyUrl>,
    }
}

/// The result of a proxy test.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ProxyTestResult)]
pub(in crate::http) struct TestedJson {
    /// The proxy that was tested, without user and password. Null if the test used no proxy.
    #[schema(required = true, example = "socks5://proxy.example:1080")]
    proxy: Option<String>,
    /// Whether WhatsApp answered.
    reached: bool,
    /// Milliseconds until WhatsApp answered, or until the test failed.
    #[schema(example = 182)]
    duration_ms: u64,
    /// Why WhatsApp was not reached. Null if WhatsApp was reached.
    #[schema(required = true)]
    failure: Option<FailureJson>,
}

/// Why WhatsApp was not reached.
#[derive(Serialize, ToSchema)]
#[schema(as = ProxyTestFailure)]
struct FailureJson {
    /// Why the test failed: `dns` (the proxy's name has no address), `connect` (no connection to the proxy), `tls` (no
    /// secure connection to an `https://` proxy), `timeout` (the proxy does not answer), `disconnected` (the proxy
    /// closed the connection), `not_a_proxy` (something else answers at that address), `login_required` (the proxy
    /// needs a user and a password), `login_rejected` (the user or the password is wrong), `refused` (the proxy's
    /// rules do not allow the connection), `proxy_error` (the proxy itself failed), `invalid_address` (the address of
    /// the proxy is not valid), or `whatsapp_unreachable` (the proxy works, or there is none, but WhatsApp does not
    /// answer).
    #[schema(example = "login_rejected")]
    code: &'static str,
    /// A sentence that explains the failure to people.
    #[schema(example = "the proxy does not accept the user and password")]
    message: String,
}

/// The refusal of a proxy test when too many proxy tests are running already.
struct TooManyTests;

impl DeclaredRefusal for TooManyTests {
    const REFUSAL: Refusal =
        Busy::REFUSAL.meaning("The server is already running the maximum number of tests.");
}

/// Test a proxy
///
/// Opens a WebSocket to WhatsApp through a proxy, and closes it. The test does not log in, does not save the
/// proxy, and leaves the account's own connection as it is. It takes 18 s at most.
#[utoipa::path(
    post, path = "/api/v1/whatsapp/accounts/{accountId}/proxy/test", tag = "whatsapp", operation_id = "testProxy",
    security(("bearer" = ["whatsapp:update"]), ("apiKey" = ["whatsapp:update"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    request_body(content = Body, example = json!({ "proxy": "socks5://user:password@proxy.example:1080" })),
    responses(
        (status = 200, description = "The result, also if WhatsApp was not reached.", body = TestedJson),
        Refusals<(AccountNotFound, TooManyTests)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Update>,
    AccountPath(id): AccountPath,
    OptionalJson(body): OptionalJson<Body>,
) -> Result<Json<TestedJson>, ApiError> {
    let account = reach::account(&http, &caller, id).await?;
    let proxy = body.proxy.into_change().unwrap_or(account.proxy);
    record(&http, caller.did(Action::ProxyTested).on(id)).await?;
    let checked = http.accounts.check_way(proxy.as_ref()).await?;
    reach::still(&http, &caller, Permission::WhatsappUpdate, id).await?;
    Ok(Json(TestedJson {
        proxy: proxy.map(|proxy| proxy.to_string()),
        reached: checked.trouble.is_none(),
        duration_ms: u64::try_from(checked.took.as_millis()).unwrap_or(u64::MAX),
        failure: checked
            .trouble
            .map(|trouble| FailureJson { code: trouble.code(), message: trouble.to_string() }),
    }))
}
