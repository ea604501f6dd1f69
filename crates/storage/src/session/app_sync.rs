//! App state: its keys, the version of each collection, and the MACs of its mutations.

use std::collections::HashMap;

use async_trait::async_trait;
use wacore::appstate::hash::HashState;
use wacore::appstate::processor::AppStateMutationMAC;
use wacore::store::traits::{AppStateSyncKey, AppSyncStore};

use super::{Result, SessionStore, keyed};
use crate::seal::Tag;
use crate::vault::{Change, Kind, NewRow, VaultError};

impl SessionStore {
    /// Deletes the stored version of a collection, so that the library fetches the whole collection again.
    pub async fn read_anew(&self, name: &str) -> Result<()> {
        let version = self.tag(Kind::Version, &[name.as_bytes()]);
        self.tell(self.delete(Kind::Version, vec![version]).await)
    }
}

/// The `domain` for the hash of a collection's name. In the rows of all mutations of a collection, this hash is the
/// group tag.
const COLLECTION: &str = "collection";

#[async_trait]
impl AppSyncStore for SessionStore {
    /// If a key can be decrypted but not parsed, another version of the library wrote it. It is treated as
    /// missing, so that the library asks the phone for it again.
    async fn get_sync_key(&self, key_id: &[u8]) -> Result<Option<AppStateSyncKey>> {
        let value = self.tell(self.find(Kind::SyncKey, &self.tag(Kind::SyncKey, &[key_id])).await)?;
        let Some(value) = value else { return Ok(None) };
        let (_, json) = self.tell(keyed::split(Kind::SyncKey.name(), &value))?;
        Ok(serde_json::from_slice(json).ok())
    }

    async fn set_sync_key(&self, key_id: &[u8], key: AppStateSyncKey) -> Result<()> {
        let json = json(&key);
        let row = NewRow {
            number: Some(self.next_write()),
            ..self.row(Kind::SyncKey, self.tag(Kind::SyncKey, &[key_id]), &keyed::join(key_id, &json))
        };
        self.tell(self.put(vec![row]).await)
    }

    /// If a state can be decrypted but not parsed, it is treated as missing, so that the library fetches the whole
    /// collection again.
    async fn get_version(&self, name: &str) -> Result<HashState> {
        let tag = self.tag(Kind::Version, &[name.as_bytes()]);
        let value = self.tell(self.find(Kind::Version, &tag).await)?;
        Ok(value.and_then(|value| serde_json::from_slice(&value).ok()).unwrap_or_default())
    }

    async fn set_version(&self, name: &str, state: HashState) -> Result<()> {
        let row = self.row(Kind::Version, self.tag(Kind::Version, &[name.as_bytes()]), &json(&state));
        self.tell(self.put(vec![row]).await)
    }

    async fn put_mutation_macs(
        &self,
        name: &str,
        _version: u64,
        mutations: &[AppStateMutationMAC],
    ) -> Result<()> {
        let group = Some(self.collection(name));
        let rows = mutations.iter().map(|mutation| {
            let tag = self.mutation(name, &mutation.index_mac);
            NewRow { group, ..self.row(Kind::MutationMac, tag, &mutation.value_mac) }
        });
        self.tell(self.put(rows.collect()).await)
    }

    async fn get_mutation_mac(&self, name: &str, index_mac: &[u8]) -> Result<Option<Vec<u8>>> {
        self.tell(self.find(Kind::MutationMac, &self.mutation(name, index_mac)).await)
    }

    async fn get_mutation_macs(
        &self,
        name: &str,
        index_macs: &[[u8; 32]],
    ) -> Result<HashMap<[u8; 32], Vec<u8>>> {
        self.tell(self.mutations(name, index_macs).await)
    }

    async fn delete_mutation_macs(&self, name: &str, index_macs: &[Vec<u8>]) -> Result<()> {
        let tags = index_macs.iter().map(|index| self.mutation(name, index)).collect();
        self.tell(self.delete(Kind::MutationMac, tags).await)
    }

    async fn clear_mutation_macs(&self, name: &str) -> Result<()> {
        let change = Change::DeleteGroup { kind: Kind::MutationMac, group: self.collection(name) };
        self.tell(self.write(change).await.map(drop))
    }

    async fn get_latest_sync_key_id(&self) -> Result<Option<Vec<u8>>> {
        let Some(row) = self.tell(self.vault.greatest(self.session(), Kind::SyncKey).await)? else {
            return Ok(None);
        };
        let value = self.tell(self.open(Kind::SyncKey, &row))?;
        let (key_id, _) = self.tell(keyed::split(Kind::SyncKey.name(), &value))?;
        Ok(Some(key_id.to_vec()))
    }
}

impl SessionStore {
    fn collection(&self, name: &str) -> Tag {
        self.cipher.tag(COLLECTION, &[name.as_bytes()])
    }

    fn mutation(&self, name: &str, index_mac: &[u8]) -> Tag {
        self.tag(Kind::MutationMac, &[name.as_bytes(), index_mac])
    }

    async fn mutations(
        &self,
        name: &str,
        indexes: &[[u8; 32]],
    ) -> Result<HashMap<[u8; 32], Vec<u8>>, VaultError> {
        let by_tag: HashMap<Tag, [u8; 32]> =
            indexes.iter().map(|index| (self.mutation(name, index), *index)).collect();
        let tags: Vec<Tag> = by_tag.keys().copied().collect();
        let rows = self.vault.find_many(self.session(), Kind::MutationMac, &tags).await?;
        rows.iter().map(|row| Ok((by_tag[&row.tag], self.open(Kind::MutationMac, row)?))).collect()
    }
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("the library's records are maps of text and numbers")
}
