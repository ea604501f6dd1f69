//! `PATCH /api/v1/webhooks/{webhookId}`: changes the settings of a webhook.

use axum::extract::State;
use linekeeper_model::audit::Action;
use linekeeper_model::webhook::{Endpoint, EndpointUrl, TIMEOUT_SECONDS};

use super::fields::{Accounts, ChatTypes, Description, Headers, Types};
use super::webhook_json::WebhookJson;
use super::{check_accounts, check_url, maker, of_workspace};
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{ManageWebhooks, Permitted};
use crate::http::document::Refusals;
use crate::http::request::body::Json;
use crate::http::request::declare::{Declared as _, body};
use crate::http::request::member::Patch;
use crate::http::request::path::WebhookPath;
use crate::http::request::value::Within;
use crate::http::routes::audit::changes;
use crate::http::state::Shared;

body! {
    /// The fields to change. A field that is absent keeps its value.
    pub(in crate::http) struct Body as "WebhookChange" (change) {
        /// Where to send events.
        #[example("https://crm.example.org/hooks/whatsapp")]
        url: Option<EndpointUrl>,
        /// All types of events that the endpoint gets. Types that are not in the list are removed.
        #[example(["message.*", "account.status"])]
        types: Option<Types>,
        /// All accounts that the endpoint gets events about. Null means all accounts of the workspace.
        #[example(["01890a5d-ac96-774b-bcce-b302099a8111"])]
        accounts: Patch<Accounts>,
        /// All kinds of chats whose events the endpoint gets.
        #[example(["direct", "group"])]
        chat_types: Option<ChatTypes>,
        /// A description of the endpoint, for people. Null removes it.
        #[example("CRM")]
        description: Patch<Description>,
        /// All headers that are sent with each request, with their values. An empty object removes all headers.
        #[example({ "x-tenant": "7" })]
        headers: Option<Headers>,
        /// The number of seconds in which the endpoint must answer, from 1 to 30.
        #[example(15)]
        timeout_seconds: Option<Within<{ TIMEOUT_SECONDS.0 }, { TIMEOUT_SECONDS.2 }>>,
    }
}

impl Body {
    /// Whether the body changes where events go, or which events are sent, or the headers. The headers matter because
    /// they may contain a credential.
    fn leads_elsewhere(&self) -> bool {
        let given = self.given();
        given.iter().any(|field| !matches!(*field, "description" | "timeoutSeconds"))
    }

    fn apply(self, endpoint: &mut Endpoint) -> Result<(), ApiError> {
        let private = endpoint.private.as_mut().ok_or(ApiError::WebhookUnreadable)?;
        if let Some(url) = self.url {
            private.url = url;
        }
        if let Some(headers) = self.headers {
            private.headers = headers.0;
        }
        if let Some(types) = self.types {
            endpoint.filter.types = types.0;
        }
        if let Some(accounts) = self.accounts.into_change() {
            endpoint.filter.accounts = accounts.map(|accounts| accounts.0);
        }
        if let Some(kinds) = self.chat_types {
            endpoint.filter.chat_types = kinds.0;
        }
        if let Some(description) = self.description.into_change() {
            endpoint.description = description.map(|description| description.0);
        }
        if let Some(seconds) = self.timeout_seconds {
            endpoint.timeout_seconds = seconds.0;
        }
        Ok(())
    }
}

/// Change a webhook
///
/// Changes the settings of a webhook. The settings apply from the next request to the endpoint on. If you change the
/// address, the choice of events or the headers, the endpoint gets only events that you may read from then on. Events
/// that already wait are still sent, unless the new choice leaves them out.
#[utoipa::path(
    patch, path = "/api/v1/webhooks/{webhookId}", tag = "webhooks", operation_id = "updateWebhook",
    security(("bearer" = ["webhooks:manage"]), ("apiKey" = ["webhooks:manage"])),
    params(("webhookId" = uuid::Uuid, Path, description = "The webhook's id.")),
    request_body(content = Body, example = json!({ "types": ["message.*", "account.status"], "accounts": null })),
    responses(
        (status = 200, description = "The changed webhook.", body = WebhookJson),
        Refusals<(NothingToChange, BeyondKey, WebhookNotFound, WebhookUnreadable)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageWebhooks>,
    WebhookPath(id): WebhookPath,
    Json(body): Json<Body>,
) -> Result<axum::Json<WebhookJson>, ApiError> {
    if body.given().is_empty() {
        return Err(ApiError::NothingToChange);
    }
    let leads_elsewhere = body.leads_elsewhere();
    if leads_elsewhere {
        of_workspace(&mut http.storage.read().await?, &caller, id).await?;
        maker(&caller)?;
    }
    if let Some(url) = &body.url {
        check_url(&http, url).await?;
    }
    let now = http.clock.now();
    let mut tx = http.storage.begin().await?;
    let before = of_workspace(&mut tx, &caller, id).await?;
    let mut endpoint = before.clone();
    body.apply(&mut endpoint)?;
    if leads_elsewhere {
        let standing = caller.now(&http, &mut tx).await?;
        endpoint.maker = maker(&standing)?;
        check_accounts(&mut tx, &standing, &endpoint.filter).await?;
    }
    let (private, private_before) = (endpoint.private.as_ref(), before.private.as_ref());
    let changed = changes([
        ("url", private.map(|private| &private.url) != private_before.map(|private| &private.url)),
        ("types", endpoint.filter.types != before.filter.types),
        ("accounts", endpoint.filter.accounts != before.filter.accounts),
        ("chatTypes", endpoint.filter.chat_types != before.filter.chat_types),
        ("description", endpoint.description != before.description),
        (
            "headers",
            private.map(|private| &private.headers) != private_before.map(|private| &private.headers),
        ),
        ("timeoutSeconds", endpoint.timeout_seconds != before.timeout_seconds),
    ]);
    if !changed.is_empty() {
        tx.webhooks().update(&endpoint).await?;
        tx.audit().append(&caller.did(Action::WebhookUpdated).on(id).changing(changed)).await?;
        endpoint.updated_at = now;
    }
    let shown = WebhookJson::of(&mut tx, endpoint, now).await?;
    tx.commit().await?;
    http.webhooks.changed();
    Ok(axum::Json(shown))
}
