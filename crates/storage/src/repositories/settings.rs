//! Small named values. Some of them are encrypted. Two values may have the same name, if one is encrypted and the other
//! is not.

use crate::error::StorageError;
use crate::seal::Tag;
use crate::tx::Scope;

/// The `settings` table.
pub struct Settings<'t>(pub(crate) Scope<'t>);

const KIND: &str = "setting";

impl Settings<'_> {
    /// The text with this name.
    pub async fn get(&mut self, name: &str) -> Result<Option<String>, StorageError> {
        let value = self.read(&clear(name)).await?;
        value.map(|v| String::from_utf8(v).map_err(|e| StorageError::unreadable("setting", e))).transpose()
    }

    /// Stores a text under this name.
    pub async fn put(&mut self, name: &str, value: &str) -> Result<(), StorageError> {
        self.write(&clear(name), value.as_bytes()).await
    }

    /// Deletes the text and the secret with this name. It is not an error if they do not exist.
    pub async fn delete(&mut self, name: &str) -> Result<(), StorageError> {
        const SQL: &str = "DELETE FROM settings WHERE name IN ($1, $2)";
        let (clear, sealed) = (clear(name), sealed(name));
        self.0.connection.execute(SQL, &[clear.as_str().into(), sealed.as_str().into()]).await?;
        Ok(())
    }

    /// The secret with this name.
    pub async fn get_secret(&mut self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        let Some(record) = self.read(&sealed(name)).await? else {
            return Ok(None);
        };
        let opened = self.0.context.cipher.open(KIND, &self.tag(name), &record);
        opened.map(Some).map_err(|error| StorageError::unreadable("setting", error))
    }

    /// Encrypts `value` with the installation's data key, and stores it under this name.
    pub async fn put_secret(&mut self, name: &str, value: &[u8]) -> Result<(), StorageError> {
        let record = self.0.context.cipher.seal(KIND, &self.tag(name), value);
        self.write(&sealed(name), &record).await
    }

    fn tag(&self, name: &str) -> Tag {
        self.0.context.cipher.tag(KIND, &[name.as_bytes()])
    }

    async fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        const SQL: &str = "SELECT value FROM settings WHERE name = $1";
        let row = self.0.connection.fetch_optional(SQL, &[name.into()]).await?;
        Ok(row.map(|row| row.get("value")).transpose()?)
    }

    async fn write(&mut self, name: &str, value: &[u8]) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO settings (name, value) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.0.connection.execute(SQL, &[name.into(), value.into()]).await?;
        Ok(())
    }
}

fn clear(name: &str) -> String {
    format!("clear:{name}")
}

fn sealed(name: &str) -> String {
    format!("sealed:{name}")
}
