//! Where events are sent, and on whose behalf.

use jiff::Timestamp;

use super::{DisabledFor, EndpointHealth, EndpointState, EndpointUrl, Header, WebhookSecret};
use crate::event::Filter;
use crate::id::{ApiKeyId, UserId, WebhookId, WorkspaceId};

/// Seconds that an endpoint has to answer: the fewest, what it has by itself, and the most.
pub const TIMEOUT_SECONDS: (u32, u32, u32) = (1, 15, 30);

/// With whose rights an endpoint reads events: whoever last said where it leads or what it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maker {
    /// The member.
    pub user: UserId,
    /// The API key that they used, if any.
    pub key: Option<ApiKeyId>,
}

/// What is kept sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Private {
    /// Where it leads.
    pub url: EndpointUrl,
    /// Sent with each request.
    pub headers: Vec<Header>,
    /// What signs.
    pub secret: WebhookSecret,
    /// The secret before, which signs as well until then.
    pub previous_secret: Option<(WebhookSecret, Timestamp)>,
}

/// A webhook endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its id.
    pub id: WebhookId,
    /// The tenant.
    pub workspace_id: WorkspaceId,
    /// Whose rights it has.
    pub maker: Maker,
    /// What is sealed; `None` where it does not open. Then nothing is sent.
    pub private: Option<Private>,
    /// What people say of it.
    pub description: Option<String>,
    /// Which events it gets.
    pub filter: Filter,
    /// Seconds that it has to answer.
    pub timeout_seconds: u32,
    /// Whether somebody paused it.
    pub paused: bool,
    /// Why it gets nothing until somebody resumes it.
    pub disabled: Option<DisabledFor>,
    /// How often somebody resumed it.
    pub resumes: u32,
    /// How it works.
    pub health: EndpointHealth,
    /// When it was made.
    pub created_at: Timestamp,
    /// When somebody last changed it.
    pub updated_at: Timestamp,
}

impl Endpoint {
    /// The name of its reader of the log.
    pub fn reader(id: WebhookId) -> String {
        format!("webhook:{id}")
    }

    /// Whether events may be sent.
    pub const fn sends(&self) -> bool {
        !self.paused && self.disabled.is_none() && self.private.is_some()
    }

    /// What people see at `now`.
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
    /// The secrets that sign at `now`, the present one first.
    pub fn secrets(&self, now: Timestamp) -> impl Iterator<Item = &WebhookSecret> {
        let previous = self.previous_secret.as_ref().filter(|(_, until)| now < *until);
        std::iter::once(&self.secret).chain(previous.map(|(secret, _)| secret))
    }
}
