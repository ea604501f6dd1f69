//! An account in the API: exactly these fields, and never any data of its session.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use linekeeper_model::account::{Account, Desired, Kind};
use linekeeper_model::health::{self, HealthStatus, Snapshot};
use linekeeper_model::id::AccountId;
use linekeeper_model::status::{Action, ConnectionStatus, Reason, Status};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::details::DeviceJson;
use super::pacing::PacingJson;
use super::pairing_json::PairingJson;
use crate::accounts::Pairing;
use crate::http::document::schema;
use crate::http::state::Http;

/// A WhatsApp account that this server manages.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Account)]
pub(in crate::http) struct AccountJson {
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    id: Uuid,
    /// The user who connected the account. If this user was removed, the user who got the account instead.
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8000")]
    user_id: Uuid,
    /// The account's phone number, in E.164. While a phone is linked, this is the number of that phone. Otherwise it is
    /// the only number that may be linked. Null if the number is not known.
    #[schema(required = true, example = "+15551234567")]
    phone_number: Option<String>,
    #[schema(example = "Shop")]
    display_name: String,
    /// The address of the profile picture, on this server. It changes when the picture changes. Null if no picture is
    /// known.
    #[schema(
        required = true,
        example = "/api/v1/whatsapp/accounts/01890a5d-ac96-774b-bcce-b302099a8057/picture?v=1712345678"
    )]
    profile_picture: Option<String>,
    device: DeviceJson,
    /// The proxy through which the account connects, without user and password. Null if it connects directly.
    #[schema(required = true, example = "socks5://proxy.example:1080")]
    proxy: Option<String>,
    /// Labels that people give the account, to find it again.
    #[schema(example = json!(["north", "shop"]))]
    tags: BTreeSet<String>,
    /// Your own texts, each under a name, such as the ids that other programs use for the account.
    #[schema(example = json!({ "crm.id": "77" }))]
    metadata: BTreeMap<String, String>,
    /// How the account is connected to WhatsApp. Always `linked_device`: as a linked device of a phone.
    #[schema(value_type = String, example = "linked_device")]
    kind: Kind,
    #[schema(schema_with = schema::connection_status)]
    connection_status: ConnectionStatus,
    status: StatusJson,
    #[schema(schema_with = schema::health_status)]
    health_status: HealthStatus,
    /// The pairing in progress. Null if there is none.
    #[schema(required = true)]
    pairing: Option<PairingJson>,
    /// The end of the time in which a QR code can be scanned. Null if no code can be scanned now.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    qr_code_expiry: Option<Timestamp>,
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    last_connected_at: Option<Timestamp>,
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    last_disconnected_at: Option<Timestamp>,
    #[schema(example = 12)]
    messages_sent_today: u32,
    #[schema(example = 34)]
    messages_received_today: u32,
    /// The maximum number of messages that the account may send in a day.
    #[schema(example = 1000)]
    daily_limit: u32,
    pacing: PacingJson,
    /// Whether the operator wants the account to be online.
    is_active: bool,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    updated_at: Timestamp,
}

/// The state of a connection, its reason, and what a person should do.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Status)]
pub(in crate::http) struct StatusJson {
    #[schema(schema_with = schema::connection_status)]
    state: ConnectionStatus,
    /// The reason for the state. A reason is never renamed.
    #[schema(schema_with = schema::reason)]
    reason: Reason,
    /// A sentence that explains the state to people.
    #[schema(example = "Waiting for the phone to link this account.")]
    message: String,
    /// What a person should do.
    #[schema(schema_with = schema::action)]
    action: Action,
    /// When the current state with this reason began.
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    since: Timestamp,
    /// When the server tries to connect again. Null if no attempt is planned.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    next_retry_at: Option<Timestamp>,
    /// How many attempts to connect have failed in a row.
    attempt: u32,
    /// When the state ends by itself, such as the end of a ban. Null if WhatsApp gave no time.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

impl AccountJson {
    /// Returns what the API shows about `account`, with its current status and health.
    pub fn of(http: &Http, account: Account) -> Self {
        let pairing = http.accounts.pairing(account.id);
        let qr_code_expiry = match &pairing {
            Pairing::Showing(code) => Some(code.expires_at),
            _ => None,
        };
        let health_status = health_of(http, &account);
        Self {
            id: account.id.as_uuid(),
            user_id: account.user_id.as_uuid(),
            phone_number: account.identity.phone.as_ref().map(ToString::to_string),
            profile_picture: account
                .picture_id
                .as_deref()
                .map(|picture| picture_address(account.id, picture)),
            device: account.device.into(),
            proxy: account.proxy.as_ref().map(ToString::to_string),
            tags: account.tags.iter().map(str::to_owned).collect(),
            metadata: account.metadata.entries().clone(),
            kind: account.kind,
            connection_status: account.status.state,
            health_status,
            pairing: PairingJson::of(&pairing),
            qr_code_expiry,
            last_connected_at: account.last_connected_at,
            last_disconnected_at: account.last_disconnected_at,
            messages_sent_today: account.usage.sent,
            messages_received_today: account.usage.received,
            daily_limit: account.daily_limit.get(),
            pacing: PacingJson::of(account.pacing, http.messages.usual_rate()),
            is_active: account.desired == Desired::Online,
            created_at: account.created_at,
            updated_at: account.updated_at,
            display_name: account.display_name.into(),
            status: account.status.into(),
        }
    }
}

impl From<Status> for StatusJson {
    fn from(status: Status) -> Self {
        Self {
            state: status.state,
            reason: status.reason,
            message: status.message,
            action: status.action,
            since: status.since,
            next_retry_at: status.next_retry_at,
            attempt: status.attempt,
            until: status.until,
        }
    }
}

/// The picture's id is part of its address, so that browsers may cache the picture.
fn picture_address(account: AccountId, picture: &str) -> String {
    let version: String = url::form_urlencoded::byte_serialize(picture.as_bytes()).collect();
    format!("/api/v1/whatsapp/accounts/{account}/picture?v={version}")
}

/// The current health level of `account`.
pub(in crate::http) fn health_of(http: &Http, account: &Account) -> HealthStatus {
    let now = http.clock.now();
    health::assess(&Snapshot::of(account, http.accounts.last_hour(account.id, now)), now).level
}
