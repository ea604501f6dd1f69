//! What each type of event carries. Stored payloads are read for as long as they are kept: fields are added, as
//! optional ones, and never renamed or removed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::EventType;
use crate::account::{DisplayName, Restriction};
use crate::health::{Finding, HealthStatus};
use crate::phone::{Lid, PhoneNumber};
use crate::status::{ConnectionStatus, Reason, Status};

/// What happened. In JSON the variant is `type` and its fields are `data`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
pub enum Payload {
    /// An account was created.
    #[serde(rename = "account.created")]
    AccountCreated {
        /// What it is called.
        display_name: DisplayName,
    },
    /// Somebody changed its settings.
    #[serde(rename = "account.updated")]
    AccountUpdated {
        /// The API's names of what is different now. The values are asked for: some are secrets.
        fields: Vec<String>,
    },
    /// The account was deleted. The only event about it that is left.
    #[serde(rename = "account.deleted")]
    AccountDeleted {
        /// What it was called.
        display_name: DisplayName,
    },
    /// Its status changed. Made with [`Payload::status`].
    #[serde(rename = "account.status")]
    AccountStatus {
        /// What was before; null at its beginning.
        from: Option<StatusBefore>,
        /// What is now.
        to: Status,
        /// How long `from` held, in milliseconds.
        duration_ms: Option<u64>,
    },
    /// There is a new QR code to show. Its text is not here: it carries a key, and is fetched from the API.
    #[serde(rename = "account.qr")]
    AccountQr {
        /// End of the window: no code of this pairing works after it.
        qr_code_expiry: Timestamp,
        /// When the next code replaces this one.
        refresh_at: Timestamp,
    },
    /// A phone linked it.
    #[serde(rename = "account.linked")]
    AccountLinked {
        /// Its number, where WhatsApp told it.
        phone_number: Option<PhoneNumber>,
        /// Its hidden form.
        lid: Option<Lid>,
        /// What it calls itself.
        push_name: Option<String>,
    },
    /// Its name or picture at WhatsApp changed.
    #[serde(rename = "account.profile")]
    AccountProfile {
        /// What it calls itself.
        push_name: Option<String>,
        /// WhatsApp's id of its picture.
        picture_id: Option<String>,
    },
    /// Its health is of another level now.
    #[serde(rename = "account.health")]
    AccountHealth {
        /// The level before.
        from: HealthStatus,
        /// The level now.
        to: HealthStatus,
        /// Why, the worst first.
        reasons: Vec<Finding>,
    },
    /// WhatsApp holds it back from other things than before.
    #[serde(rename = "account.restriction")]
    AccountRestriction(Restriction),
    /// Its phone was not heard of for long.
    #[serde(rename = "account.phone_offline")]
    AccountPhoneOffline {
        /// When it last was.
        last_seen_at: Timestamp,
        /// How bad that is: Warning or Critical.
        level: HealthStatus,
    },
    /// Its connection breaks again and again.
    #[serde(rename = "account.reconnect_loop")]
    AccountReconnectLoop {
        /// So many times
        disconnects: u32,
        /// in so many seconds,
        within_seconds: u32,
        /// the last time for this reason.
        reason: Reason,
    },
}

/// The status before a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusBefore {
    /// One of four.
    pub state: ConnectionStatus,
    /// Why.
    pub reason: Reason,
    /// Since when.
    pub since: Timestamp,
}

impl Payload {
    /// The change from `from`, which held until `to` began. A clock that was set back makes that zero, not less.
    pub fn status(from: Option<&Status>, to: &Status) -> Self {
        let lasted = from.map(|from| to.since.duration_since(from.since).as_millis());
        Self::AccountStatus {
            from: from.map(|from| StatusBefore { state: from.state, reason: from.reason, since: from.since }),
            to: to.clone(),
            duration_ms: lasted.map(|millis| u64::try_from(millis).unwrap_or(0)),
        }
    }

    /// Its type.
    pub const fn event_type(&self) -> EventType {
        match self {
            Self::AccountCreated { .. } => EventType::AccountCreated,
            Self::AccountUpdated { .. } => EventType::AccountUpdated,
            Self::AccountDeleted { .. } => EventType::AccountDeleted,
            Self::AccountStatus { .. } => EventType::AccountStatus,
            Self::AccountQr { .. } => EventType::AccountQr,
            Self::AccountLinked { .. } => EventType::AccountLinked,
            Self::AccountProfile { .. } => EventType::AccountProfile,
            Self::AccountHealth { .. } => EventType::AccountHealth,
            Self::AccountRestriction(_) => EventType::AccountRestriction,
            Self::AccountPhoneOffline { .. } => EventType::AccountPhoneOffline,
            Self::AccountReconnectLoop { .. } => EventType::AccountReconnectLoop,
        }
    }

    /// Whether the event stays when its account is deleted.
    pub const fn outlives_its_account(&self) -> bool {
        matches!(self, Self::AccountDeleted { .. })
    }
}
