//! Creates the first workspace together with its Owner. This is possible only once.

use linekeeper_model::Timestamp;
use linekeeper_model::access::Role;
use linekeeper_model::audit::{Action, By};
use linekeeper_model::id::{UserId, WorkspaceId};
use linekeeper_model::user::{Email, Login, Member, User, Workspace};
use linekeeper_storage::{PasswordHash, Storage, StorageError};
use rand::Rng;

/// Why no Owner was created.
#[derive(Debug, thiserror::Error)]
pub enum OwnerError {
    /// There is an Owner already.
    #[error("there is an Owner already")]
    Exists,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Creates the workspace and its Owner, unless there is an Owner. If two callers try this at the same time, only
/// one succeeds, because one write transaction both looks for an Owner and creates the new one.
pub async fn create(
    storage: &Storage,
    email: Email,
    password: &PasswordHash,
    now: Timestamp,
    by: &By,
) -> Result<Member, OwnerError> {
    let (workspace, owner) = ids(now, &mut rand::rng());
    let workspace = Workspace {
        id: workspace,
        name: "My workspace".to_owned(),
        time_zone: "UTC".to_owned(),
        external_id: None,
        created_at: now,
    };
    let mut tx = storage.begin().await?;
    if tx.members().owner_exists().await? {
        return Err(OwnerError::Exists);
    }
    tx.workspaces().insert(&workspace).await?;
    tx.users().insert(owner, &email, password).await?;
    tx.members().insert(workspace.id, owner, Role::Owner, true).await?;
    tx.audit().append(&by.did(workspace.id, Action::OwnerCreated).on(owner)).await?;
    tx.commit().await?;
    let user = User { id: owner, login: Login::Email(email), has_totp: false, created_at: now };
    Ok(Member {
        user,
        workspace_id: workspace.id,
        role: Role::Owner,
        notify: true,
        reported_until: None,
        joined_at: now,
    })
}

fn ids(now: Timestamp, rng: &mut impl Rng) -> (WorkspaceId, UserId) {
    (WorkspaceId::generate(now, rng), UserId::generate(now, rng))
}
