//! The device record: the keys and the identity of the account's device, and the certificate chain of WhatsApp's
//! server.

use std::sync::Arc;

use async_trait::async_trait;
use wacore::stats::StorageResourceReport;
use wacore::store::Device;
use wacore::store::device::DEVICE_PROPS;
use wacore::store::traits::DeviceStore;
use zeroize::Zeroizing;

use super::{Result, SessionStore};
use crate::db::Connection;
use crate::seal::{Cipher, Tag};
use crate::vault::{Kind, OnConflict, VaultError, find};

const KIND: Kind = Kind::Device;

/// The `domain` for the hash of a device record's content. Records with equal content have equal hashes.
const CONTENT: &str = "device content";

#[async_trait]
impl DeviceStore for SessionStore {
    async fn save(&self, device: &Device) -> Result<()> {
        self.tell(self.record(device, Repeat::Write).await)
    }

    /// The library does not store the device's name and platform, because it sends them only at registration. So
    /// these fields have their defaults after loading, and the caller sets them before each connection. The
    /// library's own store does the same.
    async fn load(&self) -> Result<Option<Device>> {
        let found = self.find(KIND, &tag(&self.cipher)).await;
        self.tell(found.and_then(|json| json.map(from_json).transpose()))
    }

    async fn exists(&self) -> Result<bool> {
        Ok(self.load().await?.is_some())
    }

    /// Creates the device. A session has one device, so its number is always 1. If the device exists, it is not
    /// changed.
    async fn create(&self) -> Result<i32> {
        let row = self.row(KIND, tag(&self.cipher), &to_json(&Device::new()));
        self.tell(self.put_with(OnConflict::Keep, vec![row]).await)?;
        Ok(1)
    }

    /// The library asks for a copy of the database when it has an error that it cannot explain. No copy is made,
    /// because the copy would remain when the session and its data key are destroyed.
    async fn snapshot_db(&self, _name: &str, _extra_content: Option<&[u8]>) -> Result<()> {
        Ok(())
    }

    /// No memory is reported, because the page caches belong to all sessions together.
    async fn resource_report(&self) -> StorageResourceReport {
        StorageResourceReport { memory_bytes: Some(0), ..StorageResourceReport::default() }
    }
}

impl SessionStore {
    /// Writes the record, and returns when it is on disk. The library itself writes the record in the background,
    /// but some steps may happen only after the record is on disk.
    pub async fn keep(&self, device: &Device) -> Result<()> {
        self.tell(self.record(device, Repeat::Skip).await)
    }

    async fn record(&self, device: &Device, repeat: Repeat) -> Result<(), VaultError> {
        let mut last = self.device.lock().await;
        let (json, signed) = (to_json(device), device.account.is_some());
        // The library copies the record before it calls this method, so an older copy may arrive after a newer
        // one. An identity that is signed stays signed, so a copy without the signature is older and is ignored.
        if last.signed && !signed {
            return Ok(());
        }
        let content = self.cipher.tag(CONTENT, &[&json]);
        if repeat == Repeat::Skip && last.content == Some(content) {
            return Ok(());
        }
        self.put(vec![self.row(KIND, tag(&self.cipher), &json)]).await?;
        *last = Recorded { content: Some(content), signed };
        Ok(())
    }
}

/// The device record that this store wrote last.
#[derive(Default)]
pub(super) struct Recorded {
    content: Option<Tag>,
    /// Whether the record contains an identity that a phone has signed.
    signed: bool,
}

/// What to do if the same record is already on disk.
#[derive(PartialEq)]
enum Repeat {
    Write,
    Skip,
}

/// Whether the session's device record contains a link. A link has two parts: the phone's number, and the identity that
/// the phone signed. Both parts are on disk before the server sends its own signature. So if one part is missing, no
/// phone has confirmed the link.
pub(crate) async fn is_linked(
    connection: &mut Connection<'_>,
    session: i64,
    cipher: &Cipher,
) -> Result<bool, VaultError> {
    let tag = tag(cipher);
    let Some(found) = find(connection, session, KIND, &tag).await? else {
        return Ok(false);
    };
    let json = cipher.open(KIND.name(), &tag, &found.value).map_err(VaultError::unsealed(KIND.name()))?;
    let device = from_json(json)?;
    Ok(device.pn.is_some() && device.account.is_some())
}

fn tag(cipher: &Cipher) -> Tag {
    cipher.tag(KIND.name(), &[])
}

fn to_json(device: &Device) -> Zeroizing<Vec<u8>> {
    // The buffer is large enough for the whole record. If it had to grow, a copy of the private keys would remain
    // in the old buffer.
    let mut json = Zeroizing::new(Vec::with_capacity(16 * 1024));
    serde_json::to_writer(&mut *json, device).expect("a device record is text and numbers");
    json
}

fn from_json(json: Vec<u8>) -> Result<Device, VaultError> {
    let json = Zeroizing::new(json);
    let mut device: Device =
        serde_json::from_slice(&json).map_err(|error| VaultError::unreadable(KIND.name(), error))?;
    // serde does not store this field. If it stayed empty, the phone would show a device without a name.
    device.device_props = Arc::new(DEVICE_PROPS.clone());
    Ok(device)
}
