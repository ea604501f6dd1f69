//! Which LID (the id that hides a phone number) belongs to which phone number. If a number has several LIDs, the one
//! that was learnt last is used. A row's tag is the hash of the LID, and its group is the hash of the number. So when a
//! LID moves to another number, no old mapping remains for the old number.

use wacore::store::traits::LidPnMappingEntry;

use super::SessionStore;
use crate::seal::Tag;
use crate::vault::{Found, Kind, NewRow, OnConflict, VaultError};

const KIND: Kind = Kind::LidMapping;
const PHONE: &str = "phone";

impl SessionStore {
    pub(super) async fn lid_mapping(&self, lid: &str) -> Result<Option<LidPnMappingEntry>, VaultError> {
        let value = self.find(KIND, &self.tag(KIND, &[lid.as_bytes()])).await?;
        value.map(|value| parse(&value)).transpose()
    }

    pub(super) async fn latest_lid_of(&self, phone: &str) -> Result<Option<LidPnMappingEntry>, VaultError> {
        let tag = self.phone_tag(phone);
        let found = self.in_the_end(|| self.vault.latest_of_group(self.session(), KIND, &tag)).await?;
        found.map(|row| self.mapping(&row)).transpose()
    }

    pub(super) async fn all_lids(&self) -> Result<Vec<LidPnMappingEntry>, VaultError> {
        let rows = self.vault.all(self.session(), KIND).await?;
        rows.iter().map(|row| self.mapping(row)).collect()
    }

    pub(super) async fn learn_lids(&self, entries: &[LidPnMappingEntry]) -> Result<(), VaultError> {
        let rows = entries.iter().map(|entry| {
            let json = serde_json::to_vec(entry).expect("a mapping is text and numbers");
            NewRow {
                group: Some(self.phone_tag(&entry.phone_number)),
                number: Some(entry.updated_at),
                mark: Some(self.next_write()),
                ..self.row(KIND, self.tag(KIND, &[entry.lid.as_bytes()]), &json)
            }
        });
        self.put_with(OnConflict::Regroup, rows.collect()).await
    }

    fn phone_tag(&self, phone: &str) -> Tag {
        self.cipher.tag(PHONE, &[phone.as_bytes()])
    }

    fn mapping(&self, row: &Found) -> Result<LidPnMappingEntry, VaultError> {
        parse(&self.open(KIND, row)?)
    }
}

fn parse(json: &[u8]) -> Result<LidPnMappingEntry, VaultError> {
    serde_json::from_slice(json).map_err(|error| VaultError::unreadable(KIND.name(), error))
}
