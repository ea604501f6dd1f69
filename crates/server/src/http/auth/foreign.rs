//! Callers whom a CRM has signed in. They become members when they first come, and what their newest token says is what they
//! are: the CRM decides, and our rows follow. Nobody who signs in here is ever taken for one of them.

use linekeeper_model::id::{UserId, WorkspaceId};
use linekeeper_model::user::Member;
use linekeeper_storage::{StorageError, Tx};

use crate::credentials::foreign_token::{Claim, ForeignTokenError, ForeignTokens, Person};
use crate::http::answer::error::ApiError;
use crate::http::state::Http;

/// The member that a token is about, as they are by that token.
pub(super) async fn member(http: &Http, tokens: &ForeignTokens, text: &str) -> Result<Member, ApiError> {
    let person = tokens.check(text, http.clock.now()).await?;
    let mut tx = http.storage.read().await?;
    let workspace = workspace(&mut tx, person.workspace.as_deref()).await?;
    let known = match tx.users().by_external_id(&person.id).await? {
        Some(user) => tx.members().get(workspace, user.id).await?,
        None => None,
    };
    drop(tx);
    match known {
        Some(member) if member.role == person.role => Ok(member),
        _ => match enrol(http, workspace, &person).await {
            // Another request of theirs was first.
            Err(StorageError::Conflict(_)) => enrol(http, workspace, &person).await,
            done => done,
        }
        .map_err(ApiError::from),
    }
}

/// By its id or by the name that it has at the CRM; by id first, so that no workspace can name itself like another one. Where
/// the token names none, the installation must have exactly one.
async fn workspace(tx: &mut Tx, named: Option<&str>) -> Result<WorkspaceId, ApiError> {
    let unclear = || {
        tracing::info!("a token of the CRM was refused: its claim for the workspace names none of ours");
        ApiError::from(ForeignTokenError::Unclear(Claim::Workspace))
    };
    let Some(name) = named else {
        return match tx.workspaces().all().await?.as_slice() {
            [only] => Ok(only.id),
            _ => Err(unclear()),
        };
    };
    if let Ok(id) = name.parse()
        && let Some(found) = tx.workspaces().get(id).await?
    {
        return Ok(found.id);
    }
    tx.workspaces().by_external_id(name).await?.map(|found| found.id).ok_or_else(unclear)
}

/// Writes down what the token says.
async fn enrol(http: &Http, workspace: WorkspaceId, person: &Person) -> Result<Member, StorageError> {
    let mut tx = http.storage.begin().await?;
    let user = match tx.users().by_external_id(&person.id).await? {
        Some(user) => user.id,
        None => {
            let id = UserId::generate(http.clock.now(), &mut rand::rng());
            tx.users().insert_external(id, &person.id).await?;
            id
        }
    };
    match tx.members().get(workspace, user).await? {
        Some(member) => tx.members().update(&Member { role: person.role, ..member }).await?,
        None => tx.members().insert(workspace, user, person.role, false).await?,
    }
    let member = tx.members().get(workspace, user).await?;
    tx.commit().await?;
    Ok(member.expect("the transaction that wrote the membership reads it"))
}
