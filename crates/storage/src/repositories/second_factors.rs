//! The second factor of users: the encrypted secret of their authenticator, and the hashes of their recovery
//! codes. Other code checks the codes of authenticators.

use linekeeper_model::id::UserId;
use linekeeper_model::secret::Secret;

use super::code::{Reader, millis};
use crate::credential::RecoveryCodeHash;
use crate::error::StorageError;
use crate::seal::Tag;
use crate::tx::Scope;

const SEED: &str = "user.totp_secret";

/// The secret of a user's authenticator, and whether the second factor is on.
#[derive(Debug)]
pub enum SecondFactor {
    /// The second factor is not on yet, because the user has not entered a first code. Signing in asks for no
    /// code.
    Prepared(Secret<Vec<u8>>),
    /// The second factor is on. Signing in asks for a code.
    On(Secret<Vec<u8>>),
}

/// The columns `totp_secret`, `totp_enabled_at` and `totp_last_step` of users, and the `recovery_codes` table.
pub struct SecondFactors<'t>(pub(crate) Scope<'t>);

impl SecondFactors<'_> {
    /// The user's authenticator, if the user has one.
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

    /// Stores the secret of an authenticator that is not on yet. An earlier secret that is not on is replaced.
    /// Returns false if the user's second factor is already on.
    pub async fn prepare(&mut self, user: UserId, seed: &Secret<Vec<u8>>) -> Result<bool, StorageError> {
        const SQL: &str = "UPDATE users SET totp_secret = $2, totp_last_step = NULL
            WHERE id = $1 AND totp_enabled_at IS NULL";
        let sealed = self.0.context.cipher.seal(SEED, &row_tag(user), seed.expose());
        let user = user.to_string();
        Ok(self.0.connection.execute(SQL, &[user.as_str().into(), sealed.as_slice().into()]).await? > 0)
    }

    /// Turns the second factor on. Returns false if it is already on, or if no secret is stored.
    pub async fn enable(&mut self, user: UserId) -> Result<bool, StorageError> {
        const SQL: &str = "UPDATE users SET totp_enabled_at = $2
            WHERE id = $1 AND totp_secret IS NOT NULL AND totp_enabled_at IS NULL";
        let (user, now) = (user.to_string(), millis(self.0.context.clock.now()));
        Ok(self.0.connection.execute(SQL, &[user.as_str().into(), now.into()]).await? > 0)
    }

    /// Turns the second factor off: deletes the secret and all recovery codes.
    pub async fn remove(&mut self, user: UserId) -> Result<(), StorageError> {
        const SQL: &str = "UPDATE users
            SET totp_secret = NULL, totp_enabled_at = NULL, totp_last_step = NULL WHERE id = $1";
        self.0.connection.execute(SQL, &[user.to_string().as_str().into()]).await?;
        self.set_recovery_codes(user, &[]).await
    }

    /// Notes that the code of the time step `step` was used. Each code works only once, and codes of earlier time steps
    /// do not work after it. Returns false if this code or a later one was already used. `latest` is the latest time
    /// step whose code can be valid now. If the stored step is later than `latest`, the clock was ahead when the step
    /// was stored, so the stored step is ignored.
    pub async fn use_step(&mut self, user: UserId, step: u64, latest: u64) -> Result<bool, StorageError> {
        const SQL: &str = "UPDATE users SET totp_last_step = $2
            WHERE id = $1 AND (totp_last_step IS NULL OR totp_last_step < $2 OR totp_last_step > $3)";
        let [step, latest] = [step, latest].map(|step| i64::try_from(step).unwrap_or(i64::MAX));
        let user = user.to_string();
        Ok(self.0.connection.execute(SQL, &[user.as_str().into(), step.into(), latest.into()]).await? > 0)
    }

    /// Stores the user's recovery codes. Earlier codes are deleted.
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

    /// Uses and deletes a recovery code. Returns false if the user does not have this code.
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

    /// How many unused recovery codes the user has.
    pub async fn recovery_codes_left(&mut self, user: UserId) -> Result<u32, StorageError> {
        const SQL: &str = "SELECT COUNT(*) AS codes FROM recovery_codes WHERE user_id = $1";
        let row = self.0.connection.fetch_one(SQL, &[user.to_string().as_str().into()]).await?;
        Reader(&row).count("codes")
    }
}

/// The part of the associated data that binds the encrypted secret to its row.
const fn row_tag(user: UserId) -> Tag {
    Tag::from_bytes(*user.as_bytes())
}
