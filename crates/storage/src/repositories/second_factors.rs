//! The second factor of users who have one: the sealed seed of the authenticator, and the hashes of recovery codes.
//! This module does not check authenticator codes.

use linekeeper_model::id::UserId;
use linekeeper_model::secret::Secret;

use super::code::{Reader, millis};
use crate::credential::RecoveryCodeHash;
use crate::error::StorageError;
use crate::seal::Tag;
use crate::tx::Scope;

const SEED: &str = "user.totp_secret";

/// What is known about an authenticator.
#[derive(Debug)]
pub enum SecondFactor {
    /// The authenticator's first code was not verified yet, so signing in asks for no code.
    Prepared(Secret<Vec<u8>>),
    /// The second factor is on: signing in asks for its codes.
    On(Secret<Vec<u8>>),
}

/// The columns `totp_secret`, `totp_enabled_at` and `totp_last_step` of users, and the `recovery_codes` table.
pub struct SecondFactors<'t>(pub(crate) Scope<'t>);

impl SecondFactors<'_> {
    /// The user's authenticator, if any.
    pub async fn get(&mut self, user: UserId) -> Result<Option<SecondFactor>, StorageError> {
        const SQL: &str = "SELECT totp_secret, totp_enabled_at FROM users WHERE id = $1";
        let row = self.0.connection.fetch_optional(SQL, &[user.to_string().as_str().into()]).await?;
        let Some(row) = row else { return Ok(None) };
        let row = Reader(&row);
        let Some(sealed) = row.get::<Option<Vec<u8>>>("totp_secret")? else { return Ok(None) };
        let seed = self.0.context.cipher.open(SEED, &row_tag(user), &sealed);
        let seed = Secret::new(seed.map_err(|error| StorageError::unreadable("totp_secret", error))?);
        Ok(Some(match row.get::<Option<i64>>("totp_enabled_at")? {
            None => SecondFactor::Prepared(seed),
            Some(_) => SecondFactor::On(seed),
        }))
    }

    /// Stores a seed that is not enabled yet, and replaces an earlier one that is not enabled. Returns false if the
    /// user has an enabled one.
    pub async fn prepare(&mut self, user: UserId, seed: &Secret<Vec<u8>>) -> Result<bool, StorageError> {
        const SQL: &str = "UPDATE users SET totp_secret = $2, totp_last_step = NULL
            WHERE id = $1 AND totp_enabled_at IS NULL";
        let sealed = self.0.context.cipher.seal(SEED, &row_tag(user), seed.expose());
        let user = user.to_string();
        Ok(self.0.connection.execute(SQL, &[user.as_str().into(), sealed.as_slice().into()]).await? > 0)
    }

    /// From now on, signing in asks for codes. Returns false if it does already, or if no seed was prepared.
    pub async fn enable(&mut self, user: UserId) -> Result<bool, StorageError> {
        const SQL: &str = "UPDATE users SET totp_enabled_at = $2
            WHERE id = $1 AND totp_secret IS NOT NULL AND totp_enabled_at IS NULL";
        let (user, now) = (user.to_string(), millis(self.0.context.clock.now()));
        Ok(self.0.connection.execute(SQL, &[user.as_str().into(), now.into()]).await? > 0)
    }

    /// Deletes the seed and all recovery codes.
    pub async fn remove(&mut self, user: UserId) -> Result<(), StorageError> {
        const SQL: &str = "UPDATE users
            SET totp_secret = NULL, totp_enabled_at = NULL, totp_last_step = NULL WHERE id = $1";
        self.0.connection.execute(SQL, &[user.to_string().as_str().into()]).await?;
        self.set_recovery_codes(user, &[]).await
    }

    /// Uses up the code of a time step and of all steps before it. Returns false if it was used up before: each code
    /// works once. `latest` is the latest step whose code can be valid now. A stored step after `latest` comes from a
    /// clock that ran ahead, and is ignored.
    pub async fn use_step(&mut self, user: UserId, step: u64, latest: u64) -> Result<bool, StorageError> {
        const SQL: &str = "UPDATE users SET totp_last_step = $2
            WHERE id = $1 AND (totp_last_step IS NULL OR totp_last_step < $2 OR totp_last_step > $3)";
        let [step, latest] = [step, latest].map(|step| i64::try_from(step).unwrap_or(i64::MAX));
        let user = user.to_string();
        Ok(self.0.connection.execute(SQL, &[user.as_str().into(), step.into(), latest.into()]).await? > 0)
    }

    /// Sets the user's recovery codes and deletes the earlier ones.
    pub async fn set_recovery_codes(
        &mut self,
        user: UserId,
        codes: &[RecoveryCodeHash],
    ) -> Result<(), StorageError> {
        const DELETE: &str = "DELETE FROM recovery_codes WHERE user_id = $1";
        const INSERT: &str = "INSERT INTO recovery_codes (user_id, code_hash) VALUES ($1, $2)";
        let user = user.to_string();
        self.0.connection.execute(DELETE, &[user.as_str().into()]).await?;
        for code in codes {
            let values = [user.as_str().into(), code.as_bytes().as_slice().into()];
            self.0.connection.execute(INSERT, &values).await?;
        }
        Ok(())
    }

    /// Uses a recovery code up. Returns false if the user does not have it, or has used it before.
    pub async fn use_recovery_code(
        &mut self,
        user: UserId,
        code: &RecoveryCodeHash,
    ) -> Result<bool, StorageError> {
        const SQL: &str = "DELETE FROM recovery_codes WHERE user_id = $1 AND code_hash = $2";
        let user = user.to_string();
        let values = [user.as_str().into(), code.as_bytes().as_slice().into()];
        Ok(self.0.connection.execute(SQL, &values).await? > 0)
    }

    /// How many recovery codes the user has left.
    pub async fn recovery_codes_left(&mut self, user: UserId) -> Result<u32, StorageError> {
        const SQL: &str = "SELECT COUNT(*) AS codes FROM recovery_codes WHERE user_id = $1";
        let row = self.0.connection.fetch_one(SQL, &[user.to_string().as_str().into()]).await?;
        Reader(&row).count("codes")
    }
}

/// Binds the sealed seed to its row.
const fn row_tag(user: UserId) -> Tag {
    Tag::from_bytes(*user.as_bytes())
}
