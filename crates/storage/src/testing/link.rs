//! Creates a session that looks as if a phone had confirmed it.

use std::sync::Arc;

use linekeeper_model::id::AccountId;
use wacore::store::Device;
use wacore::store::device::account_serde;
use wacore::store::traits::DeviceStore as _;

use crate::session::SessionStore;
use crate::storage::Storage;

/// Makes the account's session look as if the phone with this number had confirmed it.
pub async fn link(storage: &Storage, account: AccountId, digits: &str) -> SessionStore {
    let store = storage.vault().take(account).await.expect("the vault of a test can be written");
    let own = format!("{digits}:1@s.whatsapp.net").parse().expect("an address");
    let signed = account_serde::from_bytes(&[]).expect("an empty identity");
    let device = Device { pn: Some(own), account: Some(Arc::new(signed)), ..Device::new() };
    store.save(&device).await.expect("the vault of a test can be written");
    store
}
