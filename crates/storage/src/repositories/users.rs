//! People who sign in.

use linekeeper_model::access::Role;
use linekeeper_model::id::UserId;
use linekeeper_model::user::{Email, User};

use super::code::{Reader, millis, text};
use crate::credential::PasswordHash;
use crate::db::{Connection, Row};
use crate::error::{Conflict, StorageError};
use crate::tx::Scope;

/// The `users` table.
pub struct Users<'t>(pub(crate) Scope<'t>);

impl Users<'_> {
    /// Adds a user. [`Conflict::Email`] where the address has one already.
    pub async fn insert(&mut self, user: &User, password: &PasswordHash) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO users (id, workspace_id, email, role, password_hash, created_at)
            VALUES ($1, $2, $3, $4, $5, $6)";
        let (id, workspace, role) = (user.id.to_string(), user.workspace_id.to_string(), text(user.role));
        let values = [
            id.as_str().into(),
            workspace.as_str().into(),
            user.email.as_str().into(),
            role.as_str().into(),
            password.expose().into(),
            millis(user.created_at).into(),
        ];
        let inserted = self.0.connection.execute(SQL, &values).await;
        inserted.map(drop).map_err(StorageError::or_conflict(Conflict::Email))
    }

    /// The user of that id.
    pub async fn get(&mut self, id: UserId) -> Result<Option<User>, StorageError> {
        const SQL: &str = "SELECT id, workspace_id, email, role, created_at FROM users WHERE id = $1";
        let row = self.0.connection.fetch_optional(SQL, &[id.to_string().as_str().into()]).await?;
        row.as_ref().map(user).transpose()
    }

    /// The user who signs in with that address, and what their password must match.
    pub async fn by_email(&mut self, email: &Email) -> Result<Option<(User, PasswordHash)>, StorageError> {
        const SQL: &str =
            "SELECT id, workspace_id, email, role, created_at, password_hash FROM users WHERE email = $1";
        let row = self.0.connection.fetch_optional(SQL, &[email.as_str().into()]).await?;
        row.map(|row| Ok((user(&row)?, PasswordHash::new(Reader(&row).get("password_hash")?)))).transpose()
    }

    /// Whether anybody owns this installation. In a write transaction nobody else can add a user until it ends,
    /// so that the first Owner is made once.
    pub async fn owner_exists(&mut self) -> Result<bool, StorageError> {
        const SQL: &str = "SELECT id FROM users WHERE role = $1 LIMIT 1";
        if let (Connection::Postgres(_), true) = (&self.0.connection, self.0.writes) {
            self.0.connection.execute("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE", &[]).await?;
        }
        let row = self.0.connection.fetch_optional(SQL, &[text(Role::Owner).as_str().into()]).await?;
        Ok(row.is_some())
    }
}

fn user(row: &Row) -> Result<User, StorageError> {
    let row = Reader(row);
    Ok(User {
        id: row.parse("id")?,
        workspace_id: row.parse("workspace_id")?,
        email: row.parse("email")?,
        role: row.code("role")?,
        created_at: row.time("created_at")?,
    })
}
