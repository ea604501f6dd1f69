//! The names of workspaces in the tokens of the CRM that the server trusts. If a workspace has such a name, the users
//! of the CRM can become its members. So only the person who runs the server assigns names. This is done on the
//! command line, or in the configuration, which is applied at each start.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use linekeeper_model::audit::{Action, By};
use linekeeper_model::id::WorkspaceId;
use linekeeper_model::user::Workspace;
use linekeeper_storage::{Conflict, Storage, StorageError, Tx};

/// The maximum number of characters of a name.
const LONGEST: usize = 255;

/// A valid name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExternalName(String);

/// Why a text cannot be assigned as a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidExternalName {
    /// The text is empty, too long, or has control characters.
    #[error("must have 1 to 255 characters, and no control characters")]
    Shape,
    /// The name looks like an id. This would be ambiguous, because a token may also name a workspace by its id.
    #[error("must not look like the id of a workspace")]
    Id,
}

impl FromStr for ExternalName {
    type Err = InvalidExternalName;

    fn from_str(text: &str) -> Result<Self, InvalidExternalName> {
        let fits = (1..=LONGEST).contains(&text.chars().count());
        if !fits || text.chars().any(char::is_control) {
            return Err(InvalidExternalName::Shape);
        }
        if text.parse::<WorkspaceId>().is_ok() {
            return Err(InvalidExternalName::Id);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ExternalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a name was not assigned.
#[derive(Debug, thiserror::Error)]
pub enum AssignError {
    /// Another workspace has the name.
    #[error("another workspace has this external id; take it away there first")]
    Taken,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Sets or removes the name of `workspace`. Writes nothing if the name does not change.
pub async fn assign(
    tx: &mut Tx,
    workspace: &Workspace,
    name: Option<&ExternalName>,
    by: &By,
) -> Result<(), AssignError> {
    let external_id = name.map(|name| name.0.clone());
    if workspace.external_id == external_id {
        return Ok(());
    }
    let named = Workspace { external_id, ..workspace.clone() };
    tx.workspaces().update(&named).await.map_err(|error| match error {
        StorageError::Conflict(Conflict::ExternalId) => AssignError::Taken,
        other => other.into(),
    })?;
    let entry = by.did(workspace.id, Action::WorkspaceUpdated).on(workspace.id).changing(["externalId"]);
    Ok(tx.audit().append(&entry).await?)
}

/// Applies the names in the configuration. If the configuration assigns the name of one workspace to another workspace,
/// the first workspace loses the name. If the configuration names a workspace that does not exist, a warning is logged.
pub async fn apply(
    storage: &Storage,
    configured: &BTreeMap<ExternalName, WorkspaceId>,
) -> Result<(), AssignError> {
    if configured.is_empty() {
        return Ok(());
    }
    let by = By::system();
    let mut tx = storage.begin().await?;
    // Names are removed first, so that two workspaces can exchange their names.
    for workspace in tx.workspaces().all().await? {
        let name = workspace.external_id.as_ref().map(|name| ExternalName(name.clone()));
        let wanted = configured.iter().find(|(_, id)| **id == workspace.id).map(|(name, _)| name);
        let is_anothers = name.as_ref().is_some_and(|name| configured.contains_key(name));
        if name.as_ref() != wanted && (wanted.is_some() || is_anothers) {
            assign(&mut tx, &workspace, None, &by).await?;
        }
    }
    for (name, id) in configured {
        match tx.workspaces().get(*id).await? {
            Some(workspace) => assign(&mut tx, &workspace, Some(name), &by).await?,
            None => tracing::warn!(workspace = %id, "the configuration names a workspace that is not there"),
        }
    }
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_and_invalid_texts_are_refused_as_external_names() {
        assert_eq!("tenant-7".parse::<ExternalName>().unwrap().to_string(), "tenant-7");
        for text in ["", "a\u{0}", &"x".repeat(256)] {
            assert_eq!(text.parse::<ExternalName>(), Err(InvalidExternalName::Shape));
        }
        let id = "01890a5d-ac96-774b-bcce-b302099a8000".parse::<ExternalName>();
        assert_eq!(id, Err(InvalidExternalName::Id));
    }
}
