//! Decides who becomes or stays a member by a token of the CRM that the server trusts. The CRM decides about its users,
//! and the stored memberships follow its newest token. An older token neither changes a role nor restores a membership.
//! Each change has an audit entry. The server never treats a person who signs in to linekeeper itself as a user of the
//! CRM.

use std::time::Duration;

use linekeeper_model::Timestamp;
use linekeeper_model::access::Role;
use linekeeper_model::audit::{Action, Actor, By, Origin};
use linekeeper_model::id::{UserId, WorkspaceId};
use linekeeper_model::user::{ExternalId, Member};
use linekeeper_storage::{ForeignStanding, Storage, StorageError, Tx};

use super::{Claim, ForeignTokenError, ForeignTokens, Person};
use crate::credentials::standing::{Credential, Standing};

/// If a token has the same role as before, it is stored as the newest token only if it was issued more than this long
/// after the stored one. A program may issue a token for each request, and the server must not write to the database
/// for each of these tokens.
const GRAIN: Duration = Duration::from_secs(60);

/// Why the bearer of a token is not admitted.
#[derive(Debug, thiserror::Error)]
pub enum AdmissionError {
    /// The token is not accepted.
    #[error(transparent)]
    Token(#[from] ForeignTokenError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What a token changes about a membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// The token is refused. It is older than the last change of the membership, or it names a new role and is older
    /// than the newest known token.
    Outdated,
    /// The member's current role applies to this request. Nothing is written.
    Holds(Role),
    /// The member's role does not change. The token is stored as the newest one.
    Newest,
    /// The bearer becomes a member with the token's role.
    Joins,
    /// The member gets the token's role.
    Follows,
}

impl ForeignTokens {
    /// Returns the bearer of `token` with their rights.
    pub async fn admit(
        &self,
        storage: &Storage,
        token: &str,
        now: Timestamp,
        origin: &Origin,
    ) -> Result<(Credential, Standing), AdmissionError> {
        let person = self.check(token, now).await?;
        let mut tx = storage.read().await?;
        let workspace = workspace(&mut tx, person.workspace.as_deref()).await.inspect_err(|error| {
            if matches!(error, AdmissionError::Token(ForeignTokenError::Unclear(_))) {
                self.refusals.tell("its claim for the workspace names none of ours", now);
            }
        })?;
        let member = member(&mut tx, workspace, &person.id).await?;
        let stored = tx.foreign_standings().get(workspace, &person.id).await?;
        drop(tx);
        let newest = self.newest(stored, workspace, member.as_ref());
        let admitted = match (judge(member.as_ref(), stored, newest, &person), member) {
            (Verdict::Outdated, _) => {
                self.refusals.tell("it was issued before the last change of its user's role", now);
                return Err(ForeignTokenError::Outdated.into());
            }
            (Verdict::Holds(role), Some(member)) => Member { role, ..member },
            _ => match self.write(storage, workspace, &person, now, origin).await {
                // Another request of the same user stored the membership first, so this request tries again.
                Err(AdmissionError::Storage(StorageError::Conflict(_))) => {
                    self.write(storage, workspace, &person, now, origin).await?
                }
                written => written?,
            },
        };
        self.newest.note(workspace, admitted.user.id, person.issued_at);
        let credential = Credential::ForeignToken {
            user_id: admitted.user.id,
            workspace_id: workspace,
            role: person.role,
            issued_at: person.issued_at,
            expires_at: person.expires_at,
        };
        Ok((credential, Standing::of_member(admitted)))
    }

    /// Returns when the newest known token of the user was issued. This may be later than the stored time, because not
    /// every token is stored.
    fn newest(&self, stored: ForeignStanding, workspace: WorkspaceId, member: Option<&Member>) -> Timestamp {
        let seen = member.and_then(|member| self.newest.of(workspace, member.user.id));
        seen.map_or(stored.seen_at, |seen| seen.max(stored.seen_at))
    }

    /// Writes what the token changes. It first decides again, because the membership may have changed before this
    /// transaction got the write lock.
    async fn write(
        &self,
        storage: &Storage,
        workspace: WorkspaceId,
        person: &Person,
        now: Timestamp,
        origin: &Origin,
    ) -> Result<Member, AdmissionError> {
        let mut tx = storage.begin().await?;
        let stored = tx.foreign_standings().lock(workspace, &person.id).await?;
        let found = member(&mut tx, workspace, &person.id).await?;
        let newest = self.newest(stored, workspace, found.as_ref());
        let (written, changed) = match (judge(found.as_ref(), stored, newest, person), found) {
            (Verdict::Outdated, _) => {
                self.refusals.tell("it was issued before the last change of its user's role", now);
                return Err(ForeignTokenError::Outdated.into());
            }
            (Verdict::Holds(role), Some(member)) => return Ok(Member { role, ..member }),
            (Verdict::Newest, Some(member)) => (member, None),
            (Verdict::Follows, Some(member)) => {
                let member = Member { role: person.role, ..member };
                tx.members().update_role(&member).await?;
                (member, Some(Action::MemberUpdated))
            }
            (_, _) => (join(&mut tx, workspace, person, now).await?, Some(Action::MemberJoined)),
        };
        if let Some(action) = changed {
            let user = written.user.id;
            let by = By { actor: Actor::ForeignToken(user), origin: origin.clone() };
            let entry = by.did(workspace, action).on(user).with("role", person.role.name());
            let fields: &[&str] = if action == Action::MemberUpdated { &["role"] } else { &[] };
            tx.audit().append(&entry.changing(fields.iter().copied())).await?;
        }
        let changed_at = if changed.is_some() { person.issued_at } else { stored.changed_at };
        let standing = ForeignStanding { changed_at, seen_at: person.issued_at.max(stored.seen_at) };
        tx.foreign_standings().update(workspace, &person.id, standing).await?;
        tx.commit().await?;
        Ok(written)
    }
}

/// Decides what the token changes. The newest token decides. Of two tokens that were issued at the same time, the
/// one with fewer rights decides.
fn judge(member: Option<&Member>, stored: ForeignStanding, newest: Timestamp, token: &Person) -> Verdict {
    if token.issued_at < stored.changed_at {
        return Verdict::Outdated;
    }
    let Some(Member { role, .. }) = member else { return Verdict::Joins };
    if *role == token.role {
        // The token is compared with the stored time. `newest` would be wrong here, because it also includes tokens
        // that were not stored. If a program issued a token every 30 seconds, each token would be only 30 seconds newer
        // than `newest`. That is less than `GRAIN`, so no token would ever be stored.
        let behind = Duration::try_from(token.issued_at.duration_since(stored.seen_at));
        return if behind.is_ok_and(|behind| behind > GRAIN) {
            Verdict::Newest
        } else {
            Verdict::Holds(*role)
        };
    }
    match token.issued_at.cmp(&newest) {
        std::cmp::Ordering::Less => Verdict::Outdated,
        std::cmp::Ordering::Equal if token.role.is_above(*role) => Verdict::Holds(*role),
        _ => Verdict::Follows,
    }
}

async fn member(
    tx: &mut Tx,
    workspace: WorkspaceId,
    external: &ExternalId,
) -> Result<Option<Member>, StorageError> {
    match tx.users().by_external_id(external).await? {
        Some(user) => tx.members().get(workspace, user.id).await,
        None => Ok(None),
    }
}

async fn join(
    tx: &mut Tx,
    workspace: WorkspaceId,
    person: &Person,
    now: Timestamp,
) -> Result<Member, AdmissionError> {
    let user = match tx.users().by_external_id(&person.id).await? {
        Some(user) => user.id,
        None => {
            let id = UserId::generate(now, &mut rand::rng());
            tx.users().insert_external(id, &person.id).await?;
            id
        }
    };
    tx.members().insert(workspace, user, person.role, false).await?;
    let member = tx.members().get(workspace, user).await?;
    Ok(member.expect("the transaction that wrote the membership reads it"))
}

/// Returns the workspace that the token names, by its id or by its external name. If the token names no workspace, the
/// installation must have exactly one workspace.
async fn workspace(tx: &mut Tx, named: Option<&str>) -> Result<WorkspaceId, AdmissionError> {
    let unclear = || AdmissionError::from(ForeignTokenError::Unclear(Claim::Workspace));
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
