//! Links to one file. They are for web pages, which cannot send a credential when they load a picture. A link is
//! signed with the account's key, so it needs no row in the database, and it expires by itself.

use jiff::Timestamp;
use linekeeper_model::id::{AccountId, MediaId};
use linekeeper_storage::StorageError;
use subtle::ConstantTimeEq as _;

use crate::messages::service::Messages;

/// A signed link to one file, which works without a credential until it expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaLink {
    /// The last second in which the link works.
    pub until: i64,
    /// The signature in hex, which proves that this installation created the link.
    pub signature: String,
}

impl Messages {
    /// Creates a link to a file. The link works until `until`. Returns `None` if the account does not exist.
    pub async fn link_media(
        &self,
        account: AccountId,
        id: MediaId,
        until: Timestamp,
    ) -> Result<Option<MediaLink>, StorageError> {
        let Some(scope) = self.scope(account).await? else { return Ok(None) };
        let until = until.as_second();
        Ok(Some(MediaLink { until, signature: hex::encode(scope.key.sign_link(id, until)) }))
    }

    /// Whether this installation created the link, and the link has not expired.
    pub async fn admits(
        &self,
        account: AccountId,
        id: MediaId,
        link: &MediaLink,
    ) -> Result<bool, StorageError> {
        let Some(scope) = self.scope(account).await? else { return Ok(false) };
        let expected = scope.key.sign_link(id, link.until);
        let is_ours =
            hex::decode(&link.signature).is_ok_and(|given| given.as_slice().ct_eq(&expected[..]).into());
        Ok(is_ours && self.parts().clock.now().as_second() <= link.until)
    }
}
