//! Stores the same tag for all national spellings of an account's number, so that the account is found by each of
//! them. Earlier versions stored a different tag for each spelling.

use std::collections::HashSet;
use std::pin::Pin;

use linekeeper_model::id::AccountId;

use crate::db::Connection;
use crate::error::Cause;
use crate::repositories::{open_phone, phone_tag};
use crate::seal::Cipher;

/// Gives each number one tag. If two accounts have the same number in two spellings, only one of them can keep it:
/// the linked account, or the older one if both or none are linked. The other account then has no number.
pub(super) fn run<'a>(
    connection: &'a mut Connection<'_>,
    cipher: &'a Cipher,
) -> Pin<Box<dyn Future<Output = Result<(), Cause>> + Send + 'a>> {
    Box::pin(async move {
        const READ: &str = "SELECT id, phone FROM accounts WHERE phone IS NOT NULL ORDER BY linked DESC, id";
        const FORGET: &str = "UPDATE accounts SET phone_tag = NULL, phone = NULL WHERE id = $1";
        const CLEAR: &str = "UPDATE accounts SET phone_tag = NULL";
        const WRITE: &str = "UPDATE accounts SET phone_tag = $2 WHERE id = $1";
        let rows = connection.fetch_all(READ, &[]).await?;
        // Clear the old tags first, so that they cannot conflict with the new ones.
        connection.execute(CLEAR, &[]).await?;
        let mut taken = HashSet::new();
        for row in rows {
            let (id, record): (String, Vec<u8>) = (row.get("id")?, row.get("phone")?);
            let account: AccountId = id.parse()?;
            let phone = open_phone(cipher, account, &record)?;
            if taken.insert(phone) {
                let tag = phone_tag(cipher, &phone);
                connection.execute(WRITE, &[id.as_str().into(), tag.as_bytes().into()]).await?;
            } else {
                tracing::warn!(%account, "its number is another account's in another spelling, and is forgotten here");
                connection.execute(FORGET, &[id.as_str().into()]).await?;
            }
        }
        Ok(())
    })
}
