//! Managing webhooks: endpoints to which the server sends events, and the result of each delivery.
//! `delivery::webhooks` sends the events.

pub(in crate::http) mod create;
pub(in crate::http) mod delete;
pub(in crate::http) mod deliveries;
pub(in crate::http) mod delivery;
mod delivery_json;
pub(in crate::http) mod fields;
pub(in crate::http) mod list;
pub(in crate::http) mod pause;
pub(in crate::http) mod replay;
pub(in crate::http) mod replay_one;
pub(in crate::http) mod resume;
pub(in crate::http) mod rotate_secret;
pub(in crate::http) mod show;
pub(in crate::http) mod test;
pub(in crate::http) mod update;
mod webhook_json;

use linekeeper_model::access::Grant;
use linekeeper_model::event::Filter;
use linekeeper_model::id::WebhookId;
use linekeeper_model::webhook::{Endpoint, EndpointUrl, Maker};
use linekeeper_storage::Tx;

use crate::credentials::standing::Standing;
use crate::delivery::webhooks::UnreachableUrl;
use crate::http::answer::error::{ApiError, FieldError};
use crate::http::auth::Caller;
use crate::http::state::Http;

/// Finds an endpoint in the caller's workspace. If there is none with this id, the error is `webhook_not_found`.
async fn of_workspace(tx: &mut Tx, caller: &Caller, id: WebhookId) -> Result<Endpoint, ApiError> {
    tx.webhooks().get(caller.workspace_id, id).await?.ok_or(ApiError::WebhookNotFound)
}

/// Returns the maker of a new endpoint: the member and the API key whose rights decide which events the endpoint gets.
/// An API key that has `networks` or that expires cannot make an endpoint, because the endpoint would not have these
/// limits.
fn maker(standing: &Standing) -> Result<Maker, ApiError> {
    standing.authority().may_give(&Grant::of_webhook())?;
    Ok(Maker { user: standing.user_id, key: standing.key.as_ref().map(|key| key.id) })
}

/// Refuses addresses to which the server would not send anything.
async fn check_url(http: &Http, url: &EndpointUrl) -> Result<(), ApiError> {
    http.webhooks.check(url).await.map_err(|unreachable| {
        let code = match unreachable {
            UnreachableUrl::PlainHttp => "invalid",
            UnreachableUrl::Inside => "out_of_range",
        };
        ApiError::field("url", code, &unreachable.to_string())
    })
}

/// Refuses accounts that the caller has no access to.
async fn check_accounts(tx: &mut Tx, standing: &Standing, filter: &Filter) -> Result<(), ApiError> {
    let mut errors = Vec::new();
    for (index, account) in filter.accounts.iter().flatten().enumerate() {
        if !tx.accounts().is_within(standing.reach(), *account).await? {
            let message = "is not an account that you can reach".to_owned();
            errors.push(FieldError { field: format!("accounts[{index}]"), code: "invalid", message });
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(ApiError::Validation(errors)) }
}
