//! The device record while a phone links. The library writes the record in the background, and must not undo what
//! the phone has confirmed.

use std::sync::Arc;

use linekeeper_storage::testing::Databases;
use wacore::store::Device;
use wacore::store::device::account_serde;
use wacore::store::traits::DeviceStore as _;

use crate::session::an_account;

fn linked(before: &Device) -> Device {
    let mut device = before.clone();
    device.pn = Some("15550001:7@s.whatsapp.net".parse().unwrap());
    device.account = Some(Arc::new(account_serde::from_bytes(&[]).unwrap()));
    device
}

/// The library copies the record before it writes the copy, so an older copy may be written after a newer one.
#[tokio::test]
async fn saving_an_older_device_record_does_not_unlink_the_account() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let session = storage.vault().take(an_account()).await.unwrap();
        let before = Device::new();
        session.save(&before).await.unwrap();
        session.keep(&linked(&before)).await.unwrap();
        let account = session.account();
        assert!(storage.vault().has_session(account).await.unwrap(), "{}", database.name());
        session.save(&before).await.unwrap();
        assert!(storage.vault().has_session(account).await.unwrap(), "{}", database.name());
    }
}

#[tokio::test]
async fn a_device_without_the_phones_signature_is_not_linked() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let session = storage.vault().take(an_account()).await.unwrap();
        let mut device = linked(&Device::new());
        device.account = None;
        session.save(&device).await.unwrap();
        assert!(!storage.vault().has_session(session.account()).await.unwrap(), "{}", database.name());
    }
}
