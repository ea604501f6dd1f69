//! Erases a contact: the direct chat with the contact, the contact's messages in other chats, and the contact.

use linekeeper_model::id::ContactId;

use super::Messages;
use crate::error::StorageError;

impl Messages<'_> {
    /// Erases a contact, with all messages that the contact wrote and all messages that were sent only to the
    /// contact.
    pub async fn erase_person(&mut self, person: ContactId) -> Result<(), StorageError> {
        // The contact's receipts and number spellings are deleted together with the contact's row.
        const STATEMENTS: [&str; 4] = [
            "DELETE FROM merged_ids WHERE account_id = $1 AND (now_id = $2
              OR now_id IN (SELECT id FROM chats WHERE account_id = $1 AND contact_id = $2))",
            "DELETE FROM messages WHERE account_id = $1 AND (sender_id = $2
              OR chat_id IN (SELECT id FROM chats WHERE account_id = $1 AND contact_id = $2))",
            "DELETE FROM chats WHERE account_id = $1 AND contact_id = $2",
            "DELETE FROM contacts WHERE account_id = $1 AND id = $2",
        ];
        let (account, person) = (self.1.account().to_string(), person.to_string());
        for statement in STATEMENTS {
            self.0.connection.execute(statement, &[account.as_str().into(), person.as_str().into()]).await?;
        }
        Ok(())
    }
}
