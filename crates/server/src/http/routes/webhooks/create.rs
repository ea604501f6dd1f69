//! `POST /api/v1/webhooks`: creates a webhook. Its secret is shown only in this answer.

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::audit::Action;
use linekeeper_model::event::{Filter, Seq, TypePattern};
use linekeeper_model::id::WebhookId;
use linekeeper_model::webhook::{
    Endpoint, EndpointHealth, EndpointUrl, Private, TIMEOUT_SECONDS, WebhookSecret,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::fields::{Accounts, ChatTypes, Description, Headers, Types};
use super::webhook_json::WebhookJson;
use super::{check_accounts, check_url, maker};
use crate::delivery::webhooks::secret_text;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{ManageWebhooks, Permitted};
use crate::http::document::Refusals;
use crate::http::request::body::Json;
use crate::http::request::declare::body;
use crate::http::request::value::Within;
use crate::http::state::Shared;

/// The maximum number of webhooks of a workspace.
const MOST: u32 = 50;

body! {
    /// A new webhook: where to send events, and which events to send.
    pub(in crate::http) struct Body as "NewWebhook" {
        /// Where to send events: an `https` address without a user name, a password or a fragment.
        #[example("https://crm.example.org/hooks/whatsapp")]
        url: EndpointUrl,
        /// The types of events to send: exact types such as `message.received`, groups such as `message.*`, or `*`
        /// for all types. The default is all types.
        #[example(["message.*", "account.status"])]
        types: Option<Types>,
        /// Only events about these accounts. Null means all accounts of the workspace, including accounts that are
        /// created later.
        #[example(["01890a5d-ac96-774b-bcce-b302099a8111"])]
        accounts: Option<Accounts>,
        /// Only events of these kinds of chats. Events without a chat are always sent. The default is `direct` and
        /// `group`.
        #[example(["direct", "group"])]
        chat_types: Option<ChatTypes>,
        /// A description of the endpoint, for people. Up to 200 characters.
        #[example("CRM")]
        description: Option<Description>,
        /// Up to 10 headers that are sent with each request. The server stores them encrypted and never shows
        /// their values.
        #[example({ "x-tenant": "7" })]
        headers: Option<Headers>,
        /// The number of seconds in which the endpoint must answer, from 1 to 30. The default is 15.
        #[example(15)]
        timeout_seconds: Option<Within<{ TIMEOUT_SECONDS.0 }, { TIMEOUT_SECONDS.2 }>>,
        /// The server sends only events after this event number (`seq`). With 0, the server begins with the oldest
        /// event that it still has. By default, it sends only events that are written after the webhook is created.
        #[example(42)]
        after: Option<Seq>,
    }
}

/// The created webhook, with its secret.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreatedWebhook)]
pub(in crate::http) struct Created {
    #[serde(flatten)]
    webhook: WebhookJson,
    /// The secret that signs the requests. It is never shown again.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=")]
    secret: String,
}

/// Create a webhook
///
/// Creates a webhook: an endpoint to which the server sends events. The endpoint gets the events that you may
/// read: `account.*` events need the permission `whatsapp:read`, and all others need `messages:read`. The server
/// disables the webhook when you, or the API key that you use, may no longer manage webhooks. An API key that
/// has `networks`, or that expires, cannot create a webhook. Requests are signed as Standard Webhooks specifies.
#[utoipa::path(
    post, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "createWebhook",
    security(("bearer" = ["webhooks:manage"]), ("apiKey" = ["webhooks:manage"])),
    request_body(content = Body, example = json!({ "url": "https://crm.example.org/hooks/whatsapp", "types": ["message.*"] })),
    responses(
        (status = 201, description = "The webhook with its secret, which is shown only this once.", body = Created),
        Refusals<(BeyondKey, WebhookLimitReached)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageWebhooks>,
    Json(body): Json<Body>,
) -> Result<(StatusCode, axum::Json<Created>), ApiError> {
    // The rights of the caller are checked before the URL is. So a caller without the right does not learn what a host
    // name resolves to.
    maker(&caller)?;
    check_url(&http, &body.url).await?;
    let now = http.clock.now();
    let filter = Filter {
        types: body.types.map_or_else(|| vec![TypePattern::Every], |types| types.0),
        accounts: body.accounts.map(|accounts| accounts.0),
        chat_types: body.chat_types.map_or_else(|| Filter::CHAT_TYPES.to_vec(), |kinds| kinds.0),
    };
    let (id, secret) = {
        let mut rng = rand::rng();
        (WebhookId::generate(now, &mut rng), WebhookSecret::generate(&mut rng))
    };
    let mut tx = http.storage.begin().await?;
    let standing = caller.now(&http, &mut tx).await?;
    let maker = maker(&standing)?;
    check_accounts(&mut tx, &standing, &filter).await?;
    if tx.webhooks().count(caller.workspace_id).await? >= MOST {
        return Err(ApiError::WebhookLimitReached { limit: MOST });
    }
    let last = tx.events().last().await?;
    let after = body.after.map_or(last, |after| after.min(last));
    let endpoint = Endpoint {
        id,
        workspace_id: caller.workspace_id,
        maker,
        private: Some(Private {
            url: body.url,
            headers: body.headers.map(|headers| headers.0).unwrap_or_default(),
            secret: secret.clone(),
            previous_secret: None,
        }),
        description: body.description.map(|description| description.0),
        filter,
        timeout_seconds: body.timeout_seconds.map_or(TIMEOUT_SECONDS.1, |seconds| seconds.0),
        paused: false,
        disabled: None,
        resumes: 0,
        health: EndpointHealth::default(),
        created_at: now,
        updated_at: now,
    };
    tx.webhooks().insert(&endpoint).await?;
    tx.cursors().begin(&Endpoint::reader(id), after).await?;
    tx.audit().append(&caller.did(Action::WebhookCreated).on(id)).await?;
    let webhook = WebhookJson::of(&mut tx, endpoint, now).await?;
    tx.commit().await?;
    http.webhooks.changed();
    Ok((StatusCode::CREATED, axum::Json(Created { webhook, secret: secret_text(&secret).expose().clone() })))
}
