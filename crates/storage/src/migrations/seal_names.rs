//! Encrypts data that earlier versions stored in plain text: people's addresses and the names of accounts.

use std::pin::Pin;

use uuid::Uuid;

use crate::db::{Connection, Row};
use crate::error::Cause;
use crate::repositories::{AccountName, sealed_email};
use crate::seal::{Cipher, Tag};

/// Runs the migration that the module describes.
pub(super) fn run<'a>(
    connection: &'a mut Connection<'_>,
    cipher: &'a Cipher,
) -> Pin<Box<dyn Future<Output = Result<(), Cause>> + Send + 'a>> {
    Box::pin(async move {
        users(connection, cipher).await?;
        accounts(connection, cipher).await
    })
}

async fn users(connection: &mut Connection<'_>, cipher: &Cipher) -> Result<(), Cause> {
    const READ: &str = "SELECT id, clear_email FROM users WHERE clear_email IS NOT NULL";
    const WRITE: &str = "UPDATE users SET email = $2, email_tag = $3, clear_email = NULL WHERE id = $1";
    for row in connection.fetch_all(READ, &[]).await? {
        let (id, text): (String, String) = (row.get("id")?, row.get("clear_email")?);
        let email = text.parse().map_err(|_| "a user's address is damaged")?;
        let (sealed, tag) = sealed_email(cipher, id.parse()?, &email);
        connection
            .execute(WRITE, &[id.as_str().into(), sealed.as_slice().into(), tag.as_bytes().into()])
            .await?;
    }
    Ok(())
}

async fn accounts(connection: &mut Connection<'_>, cipher: &Cipher) -> Result<(), Cause> {
    const READ: &str = "SELECT id, clear_display_name, clear_push_name FROM accounts";
    const WRITE: &str = "UPDATE accounts SET display_name = $2, push_name = $3, clear_display_name = '',
        clear_push_name = NULL WHERE id = $1";
    for row in connection.fetch_all(READ, &[]).await? {
        let (id, row_tag) = id_of(&row)?;
        let display: String = row.get("clear_display_name")?;
        let push: Option<String> = row.get("clear_push_name")?;
        let display = AccountName::Display.seal(cipher, &row_tag, &display);
        let push = push.map(|push| AccountName::Push.seal(cipher, &row_tag, &push));
        let values = [id.as_str().into(), display.as_slice().into(), push.as_deref().into()];
        connection.execute(WRITE, &values).await?;
    }
    Ok(())
}

fn id_of(row: &Row) -> Result<(String, Tag), Cause> {
    let id: String = row.get("id")?;
    let tag = Tag::from_bytes(*Uuid::parse_str(&id)?.as_bytes());
    Ok((id, tag))
}
