//! For each group, which devices have the account's sender key. The value of a row is the JID of a device and one byte,
//! which is 1 if the device has the key.

use super::{SessionStore, keyed};
use crate::seal::Tag;
use crate::vault::{Change, Kind, NewRow, VaultError};

const KIND: Kind = Kind::SenderKeyDevice;
const GROUP: &str = "group";
const DEVICE: &str = "device";

impl SessionStore {
    pub(super) async fn devices_with_group_key(
        &self,
        group: &str,
    ) -> Result<Vec<(String, bool)>, VaultError> {
        let tag = self.cipher.tag(GROUP, &[group.as_bytes()]);
        let rows = self.in_the_end(|| self.vault.group(self.session(), KIND, &tag)).await?;
        let device = |value: Vec<u8>| {
            let (_, has_key) = keyed::split(KIND.name(), &value)?;
            Ok((keyed::text_key(KIND.name(), &value)?, has_key == [1]))
        };
        rows.iter().map(|row| self.open(KIND, row).and_then(device)).collect()
    }

    pub(super) async fn note_group_keys(
        &self,
        group: &str,
        entries: &[(&str, bool)],
    ) -> Result<(), VaultError> {
        let group_tag = Some(self.cipher.tag(GROUP, &[group.as_bytes()]));
        let rows = entries.iter().map(|(device, has_key)| {
            let tag = self.tag(KIND, &[group.as_bytes(), device.as_bytes()]);
            let value = keyed::join(device.as_bytes(), &[u8::from(*has_key)]);
            NewRow { group: group_tag, member: Some(self.device_tag(device)), ..self.row(KIND, tag, &value) }
        });
        self.put(rows.collect()).await
    }

    pub(super) async fn forget_group(&self, group: &str) -> Result<(), VaultError> {
        let group = self.cipher.tag(GROUP, &[group.as_bytes()]);
        self.write(Change::DeleteGroup { kind: KIND, group }).await.map(drop)
    }

    pub(super) async fn forget_group_key_devices(&self, devices: &[&str]) -> Result<(), VaultError> {
        if devices.is_empty() {
            return Ok(());
        }
        let mut members: Vec<Tag> = devices.iter().map(|device| self.device_tag(device)).collect();
        members.sort_unstable();
        self.write(Change::DeleteMembers { kind: KIND, members }).await.map(drop)
    }

    fn device_tag(&self, device: &str) -> Tag {
        self.cipher.tag(DEVICE, &[device.as_bytes()])
    }
}
