//! Links with which a user sets a new password without knowing the old one. A user has at most one such link. Only
//! the hash of its token is stored.

use linekeeper_model::Timestamp;
use linekeeper_model::id::UserId;

use super::code::{Reader, millis};
use crate::credential::LinkHash;
use crate::error::StorageError;
use crate::tx::Scope;

/// The `password_resets` table.
pub struct PasswordResets<'t>(pub(crate) Scope<'t>);

impl PasswordResets<'_> {
    /// Makes this token valid for the user until `expires_at`. An earlier token of the user becomes invalid.
    pub async fn put(
        &mut self,
        user: UserId,
        token: &LinkHash,
        expires_at: Timestamp,
    ) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO password_resets (user_id, token_hash, created_at, expires_at)
            VALUES ($1, $2, $3, $4)
            ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash,
                created_at = excluded.created_at, expires_at = excluded.expires_at";
        let (user, now) = (user.to_string(), millis(self.0.context.clock.now()));
        let values =
            [user.as_str().into(), token.as_bytes().as_slice().into(), now.into(), millis(expires_at).into()];
        self.0.connection.execute(SQL, &values).await?;
        Ok(())
    }

    /// Whether a token is valid.
    pub async fn is_good(&mut self, token: &LinkHash) -> Result<bool, StorageError> {
        const SQL: &str = "SELECT user_id FROM password_resets WHERE token_hash = $1 AND expires_at > $2";
        let now = millis(self.0.context.clock.now());
        let values = [token.as_bytes().as_slice().into(), now.into()];
        Ok(self.0.connection.fetch_optional(SQL, &values).await?.is_some())
    }

    /// Deletes a valid token and returns its user; `None` if the token does not exist or has expired. If two calls do
    /// this at the same time, only one of them gets the user.
    pub async fn take(&mut self, token: &LinkHash) -> Result<Option<UserId>, StorageError> {
        const SQL: &str =
            "DELETE FROM password_resets WHERE token_hash = $1 AND expires_at > $2 RETURNING user_id";
        let now = millis(self.0.context.clock.now());
        let values = [token.as_bytes().as_slice().into(), now.into()];
        let row = self.0.connection.fetch_optional(SQL, &values).await?;
        row.map(|row| Reader(&row).parse("user_id")).transpose()
    }

    /// Deletes the user's token. It is not an error if there is no token.
    pub async fn withdraw(&mut self, user: UserId) -> Result<(), StorageError> {
        let user = user.to_string();
        let sql = "DELETE FROM password_resets WHERE user_id = $1";
        self.0.connection.execute(sql, &[user.as_str().into()]).await?;
        Ok(())
    }

    /// Deletes expired tokens. Returns their number.
    pub async fn delete_expired(&mut self) -> Result<u64, StorageError> {
        const SQL: &str = "DELETE FROM password_resets WHERE expires_at <= $1";
        let now = millis(self.0.context.clock.now());
        Ok(self.0.connection.execute(SQL, &[now.into()]).await?)
    }
}
