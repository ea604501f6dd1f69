//! The first member: a workspace and its Owner, made together and only once.

use linekeeper_model::Timestamp;
use linekeeper_model::access::Role;
use linekeeper_model::id::{UserId, WorkspaceId};
use linekeeper_model::user::{Email, User, Workspace};
use linekeeper_storage::{PasswordHash, Storage, StorageError};
use rand::Rng;

/// No Owner was made.
#[derive(Debug, thiserror::Error)]
pub enum OwnerError {
    /// There is one already.
    #[error("there is an Owner already")]
    Exists,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Makes the workspace and its Owner, unless there is an Owner. Two callers at once cannot both succeed:
/// the question and the answer share one write transaction.
pub async fn create(
    storage: &Storage,
    email: Email,
    password: &PasswordHash,
    now: Timestamp,
) -> Result<User, OwnerError> {
    let (workspace, owner) = first_member(email, now, &mut rand::rng());
    let mut tx = storage.begin().await?;
    if tx.users().owner_exists().await? {
        return Err(OwnerError::Exists);
    }
    tx.workspaces().insert(&workspace).await?;
    tx.users().insert(&owner, password).await?;
    tx.commit().await?;
    Ok(owner)
}

fn first_member(email: Email, now: Timestamp, rng: &mut impl Rng) -> (Workspace, User) {
    let workspace = Workspace {
        id: WorkspaceId::generate(now, rng),
        name: "My workspace".to_owned(),
        time_zone: "UTC".to_owned(),
        created_at: now,
    };
    let owner = User {
        id: UserId::generate(now, rng),
        workspace_id: workspace.id,
        email,
        role: Role::Owner,
        created_at: now,
    };
    (workspace, owner)
}
