//! A webhook endpoint: the address that gets events, and the member whose rights decide which events it gets.

use jiff::Timestamp;

use super::{DisabledFor, EndpointHealth, EndpointState, EndpointUrl, Header, WebhookSecret};
use crate::event::Filter;
use crate::id::{ApiKeyId, UserId, WebhookId, WorkspaceId};

/// The time limit for the answer of an endpoint, in seconds: minimum, default and maximum.
pub const TIMEOUT_SECONDS: (u32, u32, u32) = (1, 15, 30);

/// The member whose rights decide which events an endpoint gets. At first, this is the member who created the endpoint.
/// A member who changes more than the description and the time limit of the endpoint takes over this role. If the
/// current member has lost the rights, a member who resumes the endpoint takes over the role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maker {
    /// The id of the member.
    pub user: UserId,
    /// The API key that the member used, if any.
    pub key: Option<ApiKeyId>,
}

/// The part of an endpoint that is stored encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Private {
    /// The address to which requests are sent.
    pub url: EndpointUrl,
    /// The headers that each request gets.
    pub headers: Vec<Header>,
    /// The key that signs requests.
    pub secret: WebhookSecret,
    /// The previous key, and a time. Until that time, requests are signed with both keys.
    pub previous_secret: Option<(WebhookSecret, Timestamp)>,
}

/// A webhook endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The endpoint's id.
    pub id: WebhookId,
    /// The workspace that the endpoint belongs to.
    pub workspace_id: WorkspaceId,
    /// The member or API key whose rights decide which events the endpoint gets.
    pub maker: Maker,
    /// The encrypted part. `None` if it cannot be decrypted; then no events are sent.
    pub private: Option<Private>,
    /// A description for people.
    pub description: Option<String>,
    /// Which events the endpoint gets.
    pub filter: Filter,
    /// The seconds in which the endpoint must answer.
    pub timeout_seconds: u32,
    /// Whether somebody paused the endpoint.
    pub paused: bool,
    /// Why the endpoint is disabled, if it is. It gets no events until somebody resumes it.
    pub disabled: Option<DisabledFor>,
    /// How often somebody resumed the endpoint.
    pub resumes: u32,
    /// How well the endpoint has worked.
    pub health: EndpointHealth,
    /// When the endpoint was created.
    pub created_at: Timestamp,
    /// When somebody last changed the endpoint.
    pub updated_at: Timestamp,
}

impl Endpoint {
    /// The name under which the endpoint's position in the event log is stored.
    pub fn reader(id: WebhookId) -> String {
        format!("webhook:{id}")
    }

    /// Whether events may be sent to the endpoint.
    pub const fn sends(&self) -> bool {
        !self.paused && self.disabled.is_none() && self.private.is_some()
    }

    /// The state that the API shows at `now`.
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
    /// The keys with which requests are signed at `now`, the current one first.
    pub fn secrets(&self, now: Timestamp) -> impl Iterator<Item = &WebhookSecret> {
        let previous = self.previous_secret.as_ref().filter(|(_, until)| now < *until);
        std::iter::once(&self.secret).chain(previous.map(|(secret, _)| secret))
    }
}
