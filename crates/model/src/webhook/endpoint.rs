//! Where events are sent, and with whose rights.

use jiff::Timestamp;

use super::{DisabledFor, EndpointHealth, EndpointState, EndpointUrl, Header, WebhookSecret};
use crate::event::Filter;
use crate::id::{ApiKeyId, UserId, WebhookId, WorkspaceId};

/// The seconds in which an endpoint must answer: minimum, default and maximum.
pub const TIMEOUT_SECONDS: (u32, u32, u32) = (1, 15, 30);

/// Whose rights decide which events an endpoint gets: the one who last chose its address or its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maker {
    /// The member.
    pub user: UserId,
    /// The API key that this member used, if any.
    pub key: Option<ApiKeyId>,
}

/// The sealed part of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Private {
    /// The address.
    pub url: EndpointUrl,
    /// Sent with each request.
    pub headers: Vec<Header>,
    /// The key that signs requests.
    pub secret: WebhookSecret,
    /// The previous secret, and until when it also signs.
    pub previous_secret: Option<(WebhookSecret, Timestamp)>,
}

/// A webhook endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The endpoint's id.
    pub id: WebhookId,
    /// The tenant.
    pub workspace_id: WorkspaceId,
    /// Whose rights the endpoint has.
    pub maker: Maker,
    /// The sealed part; `None` if it cannot be opened. Then nothing is sent.
    pub private: Option<Private>,
    /// A description for people.
    pub description: Option<String>,
    /// Which events the endpoint gets.
    pub filter: Filter,
    /// The seconds in which the endpoint must answer.
    pub timeout_seconds: u32,
    /// Whether somebody paused the endpoint.
    pub paused: bool,
    /// Why the endpoint gets nothing until somebody resumes it, if it is disabled.
    pub disabled: Option<DisabledFor>,
    /// How often somebody resumed the endpoint.
    pub resumes: u32,
    /// The health of the endpoint.
    pub health: EndpointHealth,
    /// When the endpoint was made.
    pub created_at: Timestamp,
    /// When somebody last changed the endpoint.
    pub updated_at: Timestamp,
}

impl Endpoint {
    /// The name of the endpoint's reader in the log.
    pub fn reader(id: WebhookId) -> String {
        format!("webhook:{id}")
    }

    /// Whether events may be sent.
    pub const fn sends(&self) -> bool {
        !self.paused && self.disabled.is_none() && self.private.is_some()
    }

    /// The state that people see at `now`.
    pub fn state(&self, now: Timestamp) -> EndpointState {
        if self.private.is_none() {
            EndpointState::Disabled(DisabledFor::Unreadable)
        } else if let Some(reason) = self.disabled {
            EndpointState::Disabled(reason)
        } else if self.paused {
            EndpointState::Paused
        } else if self.health.is_failing(now) {
            EndpointState::Failing
        } else {
            EndpointState::Active
        }
    }
}

impl Private {
    /// The secrets that sign at `now`, the current one first.
    pub fn secrets(&self, now: Timestamp) -> impl Iterator<Item = &WebhookSecret> {
        let previous = self.previous_secret.as_ref().filter(|(_, until)| now < *until);
        std::iter::once(&self.secret).chain(previous.map(|(secret, _)| secret))
    }
}
