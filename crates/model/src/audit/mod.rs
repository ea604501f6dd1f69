//! The types of the audit log: who did what to which thing, and from where. An entry names the fields that changed. It
//! contains a new value only if the value comes from a closed list. The storage crate writes the entries and chains
//! them by hashes.

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
    /// The id of the request. The response and the log lines have it, too.
    pub request_id: Option<String>,
    /// The IP address of the client, if it is known.
    pub address: Option<IpAddr>,
}

/// Who did an action, and where the request came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// Who did the action.
    pub actor: Actor,
    /// Where the request came from.
    pub origin: Origin,
}

impl By {
    /// A person at the command line of this machine.
    pub fn command_line() -> Self {
        Self { actor: Actor::CommandLine, origin: Origin::default() }
    }

    /// The server itself.
    pub fn system() -> Self {
        Self { actor: Actor::System, origin: Origin::default() }
    }

    /// A new entry that says that this actor did `action`. It is for the chain of `workspace`. Without a workspace,
    /// it is for the chain of the installation.
    pub fn did(&self, workspace: impl Into<Option<WorkspaceId>>, action: Action) -> NewEntry {
        let Origin { request_id, address } = self.origin.clone();
        let details = Details { request_id, address, ..Details::default() };
        NewEntry { workspace_id: workspace.into(), actor: self.actor, action, target: None, details }
    }
}

/// An entry that is about to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// The workspace whose chain the entry belongs to; `None` for the installation's chain.
    pub workspace_id: Option<WorkspaceId>,
    /// Who did the action.
    pub actor: Actor,
    /// What was done.
    pub action: Action,
    /// The thing that the action changed, if there is one.
    pub target: Option<Target>,
    /// More details, and where the request came from.
    pub details: Details,
}

impl NewEntry {
    /// Sets the thing that the action changed.
    #[must_use]
    pub fn on(self, target: impl Into<Target>) -> Self {
        Self { target: Some(target.into()), ..self }
    }

    /// Sets the names of the fields that changed.
    #[must_use]
    pub fn changing<'f>(mut self, fields: impl IntoIterator<Item = &'f str>) -> Self {
        self.details.fields = fields.into_iter().map(str::to_owned).collect();
        self
    }

    /// Adds a fact: an id, a number, or a value from a closed list. A fact must never be text that a person typed.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.details.facts.insert(name.to_owned(), value.to_string());
        self
    }
}

/// The part of an entry that is stored encrypted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// Names of the fields that changed.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Facts by name, for example the role that an invitation gives.
    #[serde(default)]
    pub facts: BTreeMap<String, String>,
    /// The id of the request that caused the action.
    pub request_id: Option<String>,
    /// The IP address of the client.
    pub address: Option<IpAddr>,
}

/// An entry with its number in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The entry's id.
    pub id: AuditEntryId,
    /// The number of the entry in its chain: 1, 2, 3 and so on, without gaps.
    pub seq: u64,
    /// When the entry was written.
    pub at: Timestamp,
    /// Who did the action.
    pub actor: Actor,
    /// What was done.
    pub action: Action,
    /// The thing that the action changed, if there is one.
    pub target: Option<Target>,
    /// More details, and where the request came from.
    pub details: Details,
}
