//! Trusted-contact tokens. Two writers change the same row: one stores the token that a contact sent, the other
//! stores when the account last sent its own token. The times are separate columns that the database merges, so
//! that neither writer overwrites the other.

use wacore::store::traits::TcTokenEntry;

use super::{SessionStore, keyed};
use crate::vault::{Kind, NewRow, OnConflict, VaultError};

const KIND: Kind = Kind::TcToken;

impl SessionStore {
    pub(super) async fn contact_token(&self, jid: &str) -> Result<Option<TcTokenEntry>, VaultError> {
        let tag = self.tag(KIND, &[jid.as_bytes()]);
        let Some(row) = self.vault.find(self.session(), KIND, &tag).await? else {
            return Ok(None);
        };
        let value = self.open(KIND, &row)?;
        let (_, token) = keyed::split(KIND.name(), &value)?;
        let token_timestamp =
            row.stamp.ok_or_else(|| VaultError::unreadable(KIND.name(), "it has no time"))?;
        Ok(Some(TcTokenEntry { token: token.to_vec(), token_timestamp, sender_timestamp: row.number }))
    }

    pub(super) async fn contacts_with_token(&self) -> Result<Vec<String>, VaultError> {
        let rows = self.vault.all(self.session(), KIND).await?;
        rows.iter().map(|row| keyed::text_key(KIND.name(), &self.open(KIND, row)?)).collect()
    }

    pub(super) fn contact_token_row(&self, jid: &str, entry: &TcTokenEntry) -> NewRow {
        NewRow {
            number: entry.sender_timestamp,
            stamp: Some(entry.token_timestamp),
            mark: Some(i64::from(!entry.token.is_empty())),
            ..self.row(KIND, self.tag(KIND, &[jid.as_bytes()]), &keyed::join(jid.as_bytes(), &entry.token))
        }
    }

    /// Stores when the account sent its token. If there is no row yet, creates one without a token.
    pub(super) async fn advance_contact_token(&self, jid: &str, sent_at: i64) -> Result<(), VaultError> {
        let placeholder =
            TcTokenEntry { token: Vec::new(), token_timestamp: sent_at, sender_timestamp: Some(sent_at) };
        self.put_with(OnConflict::TouchToken, vec![self.contact_token_row(jid, &placeholder)]).await
    }

    pub(super) async fn receive_contact_token(
        &self,
        jid: &str,
        token: &[u8],
        received_at: i64,
    ) -> Result<(), VaultError> {
        let entry =
            TcTokenEntry { token: token.to_vec(), token_timestamp: received_at, sender_timestamp: None };
        self.put_with(OnConflict::NewerToken, vec![self.contact_token_row(jid, &entry)]).await
    }
}
