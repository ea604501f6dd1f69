//! Sign-ins: one for each browser in which a user signed in. A sign-in has a chain of refresh tokens: each time a
//! token is used, a new one replaces it. The previous token stays valid for some seconds, because two tabs of a
//! browser may refresh at the same time.

use std::time::Duration;

use linekeeper_model::Timestamp;
use linekeeper_model::id::{SignInId, UserId, WorkspaceId};

use super::code::{Reader, millis};
use crate::credential::TokenHash;
use crate::db::Row;
use crate::error::{Conflict, StorageError};
use crate::tx::Scope;

/// How long the previous token stays valid.
const GRACE: Duration = Duration::from_secs(10);

/// A sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The sign-in's id.
    pub id: SignInId,
    /// Who signed in.
    pub user_id: UserId,
    /// The workspace that the user has open at the moment.
    pub workspace_id: WorkspaceId,
    /// The browser, as its `User-Agent` header describes it.
    pub agent: Option<String>,
    /// The hash of the current refresh token.
    pub token: TokenHash,
    /// When the user signed in.
    pub created_at: Timestamp,
    /// When the refresh token was last replaced.
    pub used_at: Option<Timestamp>,
    /// When the current refresh token expires.
    pub expires_at: Timestamp,
}

/// The result of [`SignIns::rotate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// The token was the current one. The new token has replaced it.
    Rotated,
    /// An earlier call replaced the token by the same new token a few seconds ago. The new token is still the current
    /// one.
    Repeated,
    /// The given token is not the current one. If the given token was ever issued, somebody has copied it, and the
    /// sign-in must be ended.
    Replaced,
    /// The sign-in does not exist, or it has expired.
    Unknown,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, workspace_id, agent, token_hash, created_at, used_at, expires_at FROM sign_ins ",
            $rest
        )
    };
}

/// The `sign_ins` table.
pub struct SignIns<'t>(pub(crate) Scope<'t>);

impl SignIns<'_> {
    /// Adds a sign-in.
    pub async fn insert(&mut self, sign_in: &SignIn) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO sign_ins
            (id, user_id, token_hash, created_at, expires_at, workspace_id, agent, used_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let (id, user) = (sign_in.id.to_string(), sign_in.user_id.to_string());
        let workspace = sign_in.workspace_id.to_string();
        let values = [
            id.as_str().into(),
            user.as_str().into(),
            sign_in.token.as_bytes().as_slice().into(),
            millis(sign_in.created_at).into(),
            millis(sign_in.expires_at).into(),
            workspace.as_str().into(),
            sign_in.agent.as_deref().into(),
            sign_in.used_at.map(millis).into(),
        ];
        let inserted = self.0.connection.execute(SQL, &values).await;
        inserted.map(drop).map_err(StorageError::or_conflict(Conflict::Id))
    }

    /// The sign-in with this id, even if it has expired.
    pub async fn by_id(&mut self, id: SignInId) -> Result<Option<SignIn>, StorageError> {
        const SQL: &str = select!("WHERE id = $1 AND workspace_id IS NOT NULL");
        let row = self.0.connection.fetch_optional(SQL, &[id.to_string().as_str().into()]).await?;
        row.as_ref().map(sign_in).transpose()
    }

    /// Replaces the token `from` by `to`, which is valid until `expires`. If two callers have the same `from`, only one
    /// of them replaces it. Callers must always give the same `to` for the same `from`, so that both callers get the
    /// same new token.
    pub async fn rotate(
        &mut self,
        id: SignInId,
        from: &TokenHash,
        to: TokenHash,
        expires: Timestamp,
    ) -> Result<Rotation, StorageError> {
        const SQL: &str = "UPDATE sign_ins
            SET token_hash = $3, previous_hash = token_hash, expires_at = $4, used_at = $5
            WHERE id = $1 AND token_hash = $2 AND expires_at > $5";
        const REPLACED: &str = "SELECT used_at FROM sign_ins
            WHERE id = $1 AND previous_hash = $2 AND token_hash = $3 AND expires_at > $4";
        let now = self.0.context.clock.now();
        let text = id.to_string();
        let values = [
            text.as_str().into(),
            from.as_bytes().as_slice().into(),
            to.as_bytes().as_slice().into(),
            millis(expires).into(),
            millis(now).into(),
        ];
        if self.0.connection.execute(SQL, &values).await? > 0 {
            return Ok(Rotation::Rotated);
        }
        let values = [
            text.as_str().into(),
            from.as_bytes().as_slice().into(),
            to.as_bytes().as_slice().into(),
            millis(now).into(),
        ];
        if let Some(row) = self.0.connection.fetch_optional(REPLACED, &values).await?
            && let Some(replaced_at) = Reader(&row).optional_time("used_at")?
            && now.duration_since(replaced_at).unsigned_abs() <= GRACE
        {
            return Ok(Rotation::Repeated);
        }
        match self.by_id(id).await? {
            Some(chain) if chain.expires_at > now => Ok(Rotation::Replaced),
            _ => Ok(Rotation::Unknown),
        }
    }

    /// The user's sign-ins that have not expired, oldest first.
    pub async fn of_user(&mut self, user: UserId) -> Result<Vec<SignIn>, StorageError> {
        const SQL: &str =
            select!("WHERE user_id = $1 AND expires_at > $2 AND workspace_id IS NOT NULL ORDER BY id");
        let now = millis(self.0.context.clock.now());
        let rows = self.0.connection.fetch_all(SQL, &[user.to_string().as_str().into(), now.into()]).await?;
        rows.iter().map(sign_in).collect()
    }

    /// Changes the workspace that the user has open.
    pub async fn move_to(&mut self, id: SignInId, workspace: WorkspaceId) -> Result<(), StorageError> {
        const SQL: &str = "UPDATE sign_ins SET workspace_id = $2 WHERE id = $1";
        let (id, workspace) = (id.to_string(), workspace.to_string());
        self.0.connection.execute(SQL, &[id.as_str().into(), workspace.as_str().into()]).await?;
        Ok(())
    }

    /// Ends all sign-ins of a user except `kept`. Returns their number.
    pub async fn delete_others(&mut self, user: UserId, kept: Option<SignInId>) -> Result<u64, StorageError> {
        const SQL: &str = "DELETE FROM sign_ins WHERE user_id = $1 AND ($2 IS NULL OR id <> $2)";
        let (user, kept) = (user.to_string(), kept.map(|id| id.to_string()));
        Ok(self.0.connection.execute(SQL, &[user.as_str().into(), kept.as_deref().into()]).await?)
    }

    /// Ends a sign-in. It is not an error if it does not exist.
    pub async fn delete(&mut self, id: SignInId) -> Result<(), StorageError> {
        const SQL: &str = "DELETE FROM sign_ins WHERE id = $1";
        self.0.connection.execute(SQL, &[id.to_string().as_str().into()]).await?;
        Ok(())
    }
}

fn sign_in(row: &Row) -> Result<SignIn, StorageError> {
    let row = Reader(row);
    Ok(SignIn {
        id: row.parse("id")?,
        user_id: row.parse("user_id")?,
        workspace_id: row.parse("workspace_id")?,
        agent: row.get("agent")?,
        token: TokenHash(row.digest("token_hash")?),
        created_at: row.time("created_at")?,
        used_at: row.optional_time("used_at")?,
        expires_at: row.time("expires_at")?,
    })
}
