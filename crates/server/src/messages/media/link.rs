//! Links to one file, for pages that cannot send a credential when they load a picture. A link is signed with the
//! account's key, so it needs no row, and it expires by itself.

use jiff::Timestamp;
use linekeeper_model::id::{AccountId, MediaId};
use linekeeper_storage::StorageError;
use subtle::ConstantTimeEq as _;

use crate::messages::service::Messages;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaLink {
    /// The last second in which the link works.
    pub until: i64,
    /// The proof that this server made it, in hex.
    pub signature: String,
}

impl Messages {
    /// Makes a link to a file that works until `until`. `None` if the account is gone.
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

    /// Whether this server made the link and it has not expired.
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
