//! An API key in the JSON of the API, without its secret text.

use std::collections::BTreeSet;

use linekeeper_model::Timestamp;
use linekeeper_model::access::Permission;
use linekeeper_model::api_key::ApiKey;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::document::schema;

/// An API key, without its secret text.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApiKey)]
pub(in crate::http) struct ApiKeyJson {
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    id: Uuid,
    /// The user that the key belongs to. The key never has more rights than this user.
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8000")]
    user_id: Uuid,
    #[schema(example = "CRM")]
    name: String,
    #[schema(schema_with = schema::permissions)]
    scopes: BTreeSet<Permission>,
    /// The only accounts that the key has access to. Null means all accounts that its user has access to.
    #[schema(required = true, example = json!(["01890a5d-ac96-774b-bcce-b302099a8111"]))]
    accounts: Option<Vec<Uuid>>,
    /// The only networks from which the key works. Null means all networks.
    #[schema(required = true, example = json!(["192.0.2.0/24", "2001:db8::/32"]))]
    networks: Option<Vec<String>>,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    created_at: Timestamp,
    /// When the key stops working. Null means never.
    #[schema(required = true, value_type = Option<String>, format = DateTime, example = "2027-01-01T00:00:00Z")]
    expires_at: Option<Timestamp>,
    /// When the key was last used. The real time of the last use can be up to a minute later. Null if the key was never
    /// used.
    #[schema(required = true, value_type = Option<String>, format = DateTime, example = "2026-01-02T08:30:00Z")]
    used_at: Option<Timestamp>,
}

impl From<ApiKey> for ApiKeyJson {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id.as_uuid(),
            user_id: key.user_id.as_uuid(),
            accounts: accounts(&key),
            networks: networks(&key),
            name: key.name,
            scopes: key.scopes,
            created_at: key.created_at,
            expires_at: key.expires_at,
            used_at: key.used_at,
        }
    }
}

pub(super) fn accounts(key: &ApiKey) -> Option<Vec<Uuid>> {
    key.accounts.as_ref().map(|accounts| accounts.iter().map(|account| account.as_uuid()).collect())
}

pub(super) fn networks(key: &ApiKey) -> Option<Vec<String>> {
    (!key.networks.is_empty()).then(|| key.networks.iter().map(ToString::to_string).collect())
}
