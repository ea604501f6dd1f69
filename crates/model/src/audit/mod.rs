//! The audit log's words: who did what to which thing, from where. Entries name what changed and never to which value,
//! unless it comes from a closed list. It knows nothing of how entries are chained and kept.

mod action;
mod actor;
mod target;

use core::net::IpAddr;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use action::{Action, UnknownAction};
pub use actor::Actor;
pub use target::{Target, TargetKind};

use crate::id::{AuditEntryId, WorkspaceId};

/// Where a request came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The id that the answer and the log carry too.
    pub request_id: Option<String>,
    /// The client, as far as it is known.
    pub address: Option<IpAddr>,
}

/// Whoever is about to do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// Who.
    pub actor: Actor,
    /// From where.
    pub origin: Origin,
}

impl By {
    /// Somebody at this machine's command line.
    pub fn command_line() -> Self {
        Self { actor: Actor::CommandLine, origin: Origin::default() }
    }

    /// The server itself.
    pub fn system() -> Self {
        Self { actor: Actor::System, origin: Origin::default() }
    }

    /// An entry for the chain of `workspace`, or, without one, of the installation.
    pub fn did(&self, workspace: impl Into<Option<WorkspaceId>>, action: Action) -> NewEntry {
        let Origin { request_id, address } = self.origin.clone();
        let details = Details { request_id, address, ..Details::default() };
        NewEntry { workspace_id: workspace.into(), actor: self.actor, action, target: None, details }
    }
}

/// What is about to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Whose chain; `None` for the installation's.
    pub workspace_id: Option<WorkspaceId>,
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: Action,
    /// To which thing.
    pub target: Option<Target>,
    /// How, and from where.
    pub details: Details,
}

impl NewEntry {
    /// Names the thing that it was done to.
    #[must_use]
    pub fn on(self, target: impl Into<Target>) -> Self {
        Self { target: Some(target.into()), ..self }
    }

    /// Names the fields that changed.
    #[must_use]
    pub fn changing<'f>(mut self, fields: impl IntoIterator<Item = &'f str>) -> Self {
        self.details.fields = fields.into_iter().map(str::to_owned).collect();
        self
    }

    /// Adds a fact: an id, a number, a word of a closed list. Never what somebody typed.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.details.facts.insert(name.to_owned(), value.to_string());
        self
    }
}

/// What lies sealed in an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// Names of the fields that changed.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Facts by name, such as the role that an invitation gives.
    #[serde(default)]
    pub facts: BTreeMap<String, String>,
    /// The request that did it.
    pub request_id: Option<String>,
    /// The client's address.
    pub address: Option<IpAddr>,
}

/// An entry as it stands in its chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: AuditEntryId,
    /// Its place in the chain, from 1 on without gaps.
    pub seq: u64,
    /// When it was written.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: Action,
    /// To which thing.
    pub target: Option<Target>,
    /// How, and from where.
    pub details: Details,
}
