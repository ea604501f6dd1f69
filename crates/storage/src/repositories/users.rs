//! The users of all workspaces. E-mail addresses are encrypted, and are found by a keyed hash.

use linekeeper_model::id::UserId;
use linekeeper_model::user::{Email, ExternalId, Login, User};

use super::code::{Reader, millis};
use crate::credential::PasswordHash;
use crate::db::Row;
use crate::error::{Conflict, StorageError};
use crate::seal::{Cipher, Tag};
use crate::tx::Scope;

const EMAIL: &str = "user.email";
const EXTERNAL: &str = "user.external_id";

/// The `users` table.
pub struct Users<'t>(pub(crate) Scope<'t>);

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, email, external_id, password_hash, totp_enabled_at, created_at FROM users ",
            $rest
        )
    };
}

impl Users<'_> {
    /// Adds a user who signs in here. Returns [`Conflict::Email`] if another user has this address.
    pub async fn insert(
        &mut self,
        id: UserId,
        email: &Email,
        password: &PasswordHash,
    ) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO users (id, email_tag, email, password_hash, created_at)
            VALUES ($1, $2, $3, $4, $5)";
        let now = millis(self.0.context.clock.now());
        let (sealed, tag) = sealed_email(&self.0.context.cipher, id, email);
        let id = id.to_string();
        let values = [
            id.as_str().into(),
            tag.as_bytes().into(),
            sealed.as_slice().into(),
            password.expose().into(),
            now.into(),
        ];
        let inserted = self.0.connection.execute(SQL, &values).await;
        inserted.map(drop).map_err(StorageError::or_conflict(Conflict::Email))
    }

    /// Adds a user who signs in with tokens of the CRM. Returns [`Conflict::Id`] if this user already exists.
    pub async fn insert_external(&mut self, id: UserId, external: &ExternalId) -> Result<(), StorageError> {
        const SQL: &str =
            "INSERT INTO users (id, external_tag, external_id, created_at) VALUES ($1, $2, $3, $4)";
        let now = millis(self.0.context.clock.now());
        let cipher = &self.0.context.cipher;
        let sealed = cipher.seal(EXTERNAL, &row_tag(id), external.as_str().as_bytes());
        let (id, tag) = (id.to_string(), external_tag(cipher, external));
        let values = [id.as_str().into(), tag.as_bytes().into(), sealed.as_slice().into(), now.into()];
        let inserted = self.0.connection.execute(SQL, &values).await;
        inserted.map(drop).map_err(StorageError::or_conflict(Conflict::Id))
    }

    /// The user with this id.
    pub async fn get(&mut self, id: UserId) -> Result<Option<User>, StorageError> {
        const SQL: &str = select!("WHERE id = $1");
        let row = self.0.connection.fetch_optional(SQL, &[id.to_string().as_str().into()]).await?;
        row.as_ref().map(|row| user(row, &self.0.context.cipher)).transpose()
    }

    /// The user with this e-mail address, and the hash of the user's password.
    pub async fn by_email(&mut self, email: &Email) -> Result<Option<(User, PasswordHash)>, StorageError> {
        const SQL: &str = select!("WHERE email_tag = $1");
        let tag = email_tag(&self.0.context.cipher, email);
        let Some(row) = self.0.connection.fetch_optional(SQL, &[tag.as_bytes().into()]).await? else {
            return Ok(None);
        };
        let hash = PasswordHash::new(Reader(&row).get("password_hash")?);
        Ok(Some((user(&row, &self.0.context.cipher)?, hash)))
    }

    /// The hash of the user's password; `None` if the user has no password or does not exist.
    pub async fn password(&mut self, id: UserId) -> Result<Option<PasswordHash>, StorageError> {
        const SQL: &str = select!("WHERE id = $1");
        let row = self.0.connection.fetch_optional(SQL, &[id.to_string().as_str().into()]).await?;
        let hash = row.map(|row| Reader(&row).get::<Option<String>>("password_hash")).transpose()?;
        Ok(hash.flatten().map(PasswordHash::new))
    }

    /// Sets a new password.
    pub async fn set_password(&mut self, id: UserId, password: &PasswordHash) -> Result<(), StorageError> {
        const SQL: &str = "UPDATE users SET password_hash = $2 WHERE id = $1";
        let id = id.to_string();
        self.0.connection.execute(SQL, &[id.as_str().into(), password.expose().into()]).await?;
        Ok(())
    }

    /// The user whom the tokens of the CRM identify by this id.
    pub async fn by_external_id(&mut self, external: &ExternalId) -> Result<Option<User>, StorageError> {
        const SQL: &str = select!("WHERE external_tag = $1");
        let tag = external_tag(&self.0.context.cipher, external);
        let row = self.0.connection.fetch_optional(SQL, &[tag.as_bytes().into()]).await?;
        row.as_ref().map(|row| user(row, &self.0.context.cipher)).transpose()
    }

    /// Deletes the user with all sign-ins. The user's accounts must already be assigned to somebody else.
    pub async fn delete(&mut self, id: UserId) -> Result<(), StorageError> {
        const SQL: &str = "DELETE FROM users WHERE id = $1";
        self.0.connection.execute(SQL, &[id.to_string().as_str().into()]).await?;
        Ok(())
    }
}

/// The encrypted address, as a user's row stores it, and the keyed hash by which the user is found.
pub(crate) fn sealed_email(cipher: &Cipher, id: UserId, email: &Email) -> (Vec<u8>, Tag) {
    let sealed = cipher.seal(EMAIL, &row_tag(id), email.as_str().as_bytes());
    (sealed, email_tag(cipher, email))
}

fn email_tag(cipher: &Cipher, email: &Email) -> Tag {
    cipher.tag(EMAIL, &[email.as_str().as_bytes()])
}

pub(super) fn external_tag(cipher: &Cipher, external: &ExternalId) -> Tag {
    cipher.tag(EXTERNAL, &[external.as_str().as_bytes()])
}

/// The part of the associated data that binds an encrypted value to its row.
const fn row_tag(id: UserId) -> Tag {
    Tag::from_bytes(*id.as_bytes())
}

/// Reads a user from a row that has `id`, `email`, `external_id`, `totp_enabled_at` and `created_at`.
pub(super) fn user(row: &Row, cipher: &Cipher) -> Result<User, StorageError> {
    let row = Reader(row);
    let id: UserId = row.parse("id")?;
    Ok(User {
        id,
        login: login(&row, cipher, id)?,
        has_totp: row.get::<Option<i64>>("totp_enabled_at")?.is_some(),
        created_at: row.time("created_at")?,
    })
}

fn login(row: &Reader<'_>, cipher: &Cipher, id: UserId) -> Result<Login, StorageError> {
    let open = |column: &'static str, kind| {
        let Some(sealed) = row.get::<Option<Vec<u8>>>(column)? else { return Ok(None) };
        let opened = cipher.open(kind, &row_tag(id), &sealed);
        let opened = opened.map_err(|error| StorageError::unreadable(column, error))?;
        String::from_utf8(opened).map(Some).map_err(|error| StorageError::unreadable(column, error))
    };
    if let Some(email) = open("email", EMAIL)? {
        let email = email.parse().map_err(|error| StorageError::unreadable("email", error))?;
        return Ok(Login::Email(email));
    }
    let external = open("external_id", EXTERNAL)?;
    let external = external.ok_or_else(|| StorageError::unreadable("email", "it is missing"))?;
    let external = external.parse().map_err(|error| StorageError::unreadable("external_id", error))?;
    Ok(Login::External(external))
}
