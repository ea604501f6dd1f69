//! The device record: our own keys, our identity, and the server's certificate chain.

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

/// The domain of the tag that identifies the record's content.
const CONTENT: &str = "device content";

#[async_trait]
impl DeviceStore for SessionStore {
    async fn save(&self, device: &Device) -> Result<()> {
        self.tell(self.record(device, Repeat::Write).await)
    }

    /// The library never stores how we present ourselves, because that is sent only at registration. So those fields
    /// have their defaults here, and the caller sets them again before each connection, as with the library's own
    /// store.
    async fn load(&self) -> Result<Option<Device>> {
        let found = self.find(KIND, &tag(&self.cipher)).await;
        self.tell(found.and_then(|json| json.map(from_json).transpose()))
    }

    async fn exists(&self) -> Result<bool> {
        Ok(self.load().await?.is_some())
    }

    /// A session has one device, so its number is always 1. An existing device stays.
    async fn create(&self) -> Result<i32> {
        let row = self.row(KIND, tag(&self.cipher), &to_json(&Device::new()));
        self.tell(self.put_with(OnConflict::Keep, vec![row]).await)?;
        Ok(1)
    }

    /// The library asks for a copy of the database when it meets an unexplained error. A copy would outlive the
    /// session's data key, so none is made.
    async fn snapshot_db(&self, _name: &str, _extra_content: Option<&[u8]>) -> Result<()> {
        Ok(())
    }

    /// All sessions share the page caches, so none is counted here.
    async fn resource_report(&self) -> StorageResourceReport {
        StorageResourceReport { memory_bytes: Some(0), ..StorageResourceReport::default() }
    }
}

impl SessionStore {
    /// Returns when exactly this record is on disk. The library writes its record in the background, but some steps
    /// must not happen before the record is safe.
    pub async fn keep(&self, device: &Device) -> Result<()> {
        self.tell(self.record(device, Repeat::Skip).await)
    }

    async fn record(&self, device: &Device, repeat: Repeat) -> Result<(), VaultError> {
        let mut last = self.device.lock().await;
        let (json, signed) = (to_json(device), device.account.is_some());
        // The library makes its copy before it calls, so an older copy can arrive after a newer one. A signed
        // identity is never removed again, so a copy without it is the older one.
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

/// The device record that this holder of the session wrote last.
#[derive(Default)]
pub(super) struct Recorded {
    content: Option<Tag>,
    /// Whether the record contains the identity that a phone signed.
    signed: bool,
}

/// What to do with a record that is on disk already.
#[derive(PartialEq)]
enum Repeat {
    Write,
    Skip,
}

/// Whether the session's device record contains a link: a phone's number, and the identity that the phone signed. The
/// record is complete before our own signature is sent, so a record without the two was never confirmed.
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
    // The buffer has room for the whole record, so that no private key stays behind in a smaller buffer when it
    // grows.
    let mut json = Zeroizing::new(Vec::with_capacity(16 * 1024));
    serde_json::to_writer(&mut *json, device).expect("a device record is text and numbers");
    json
}

fn from_json(json: Vec<u8>) -> Result<Device, VaultError> {
    let json = Zeroizing::new(json);
    let mut device: Device =
        serde_json::from_slice(&json).map_err(|error| VaultError::unreadable(KIND.name(), error))?;
    // serde leaves this field out, so it would be empty after loading, and a phone would show a device without a
    // name.
    device.device_props = Arc::new(DEVICE_PROPS.clone());
    Ok(device)
}
