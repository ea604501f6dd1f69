//! Identities, Signal sessions, prekeys and sender keys.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use wacore::store::traits::SignalStore;

use super::{Result, SessionStore, keyed};
use crate::seal::Tag;
use crate::vault::{Change, Kind, NewRow, VaultError};

/// The `domain` for the hash of a user. In the rows of all addresses of a user, this hash is the group tag.
const USER: &str = "user";

#[async_trait]
impl SignalStore for SessionStore {
    async fn put_identity(&self, address: &str, key: [u8; 32]) -> Result<()> {
        self.tell(self.put(vec![self.address_row(Kind::Identity, address, &key)]).await)
    }

    async fn put_identities_batch(&self, identities: &[(Arc<str>, [u8; 32])]) -> Result<()> {
        let rows = identities.iter().map(|(address, key)| self.address_row(Kind::Identity, address, key));
        self.tell(self.put(rows.collect()).await)
    }

    async fn load_identity(&self, address: &str) -> Result<Option<[u8; 32]>> {
        let found = self.find(Kind::Identity, &self.address_tag(Kind::Identity, address)).await;
        self.tell(found.and_then(|key| key.map(identity_key).transpose()))
    }

    async fn delete_identity(&self, address: &str) -> Result<()> {
        let tag = self.address_tag(Kind::Identity, address);
        self.tell(self.delete(Kind::Identity, vec![tag]).await)
    }

    async fn get_session(&self, address: &str) -> Result<Option<Bytes>> {
        let found = self.find(Kind::Session, &self.address_tag(Kind::Session, address)).await;
        Ok(self.tell(found)?.map(Bytes::from))
    }

    async fn put_session(&self, address: &str, session: &[u8]) -> Result<()> {
        self.tell(self.put(vec![self.address_row(Kind::Session, address, session)]).await)
    }

    async fn put_sessions_batch(&self, sessions: &[(Arc<str>, Bytes)]) -> Result<()> {
        let rows = sessions.iter().map(|(address, record)| self.address_row(Kind::Session, address, record));
        self.tell(self.put(rows.collect()).await)
    }

    async fn delete_session(&self, address: &str) -> Result<()> {
        let tag = self.address_tag(Kind::Session, address);
        self.tell(self.delete(Kind::Session, vec![tag]).await)
    }

    /// If the session cannot be decrypted, this is an error, as in `get_session`. Returning true would only delay
    /// the error.
    async fn has_session(&self, address: &str) -> Result<bool> {
        Ok(self.get_session(address).await?.is_some())
    }

    async fn has_signal_state_for_user(&self, user: &str) -> Result<bool> {
        let group = self.cipher.tag(USER, &[user.as_bytes()]);
        let kinds = [Kind::Identity, Kind::Session];
        self.tell(self.in_the_end(|| self.vault.exists_in_group(self.session(), kinds, &group)).await)
    }

    async fn store_prekey(&self, id: u32, record: &[u8], uploaded: bool) -> Result<()> {
        self.tell(self.put(vec![self.prekey_row(id, record, uploaded)]).await)
    }

    async fn store_prekeys_batch(&self, keys: &[(u32, Bytes)], uploaded: bool) -> Result<()> {
        let rows = keys.iter().map(|(id, record)| self.prekey_row(*id, record, uploaded));
        self.tell(self.put(rows.collect()).await)
    }

    async fn load_prekey(&self, id: u32) -> Result<Option<Bytes>> {
        let found = self.find(Kind::PreKey, &self.id_tag(Kind::PreKey, id)).await;
        Ok(self.tell(found)?.map(Bytes::from))
    }

    async fn load_prekeys_batch(&self, ids: &[u32]) -> Result<Vec<(u32, Bytes)>> {
        self.tell(self.prekeys(ids).await)
    }

    async fn mark_prekeys_uploaded(&self, ids: &[u32]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut tags: Vec<Tag> = ids.iter().map(|id| self.id_tag(Kind::PreKey, *id)).collect();
        tags.sort_unstable();
        self.tell(self.write(Change::Mark { kind: Kind::PreKey, tags }).await.map(drop))
    }

    async fn remove_prekey(&self, id: u32) -> Result<()> {
        let tag = self.id_tag(Kind::PreKey, id);
        self.tell(self.delete(Kind::PreKey, vec![tag]).await)
    }

    async fn get_max_prekey_id(&self) -> Result<u32> {
        let found = self.vault.greatest(self.session(), Kind::PreKey).await;
        let number = self.tell(found)?.and_then(|row| row.number).unwrap_or(0);
        self.tell(u32::try_from(number).map_err(|error| VaultError::unreadable(Kind::PreKey.name(), error)))
    }

    async fn store_signed_prekey(&self, id: u32, record: &[u8]) -> Result<()> {
        let value = keyed::join(&id.to_be_bytes(), record);
        let row = self.row(Kind::SignedPreKey, self.id_tag(Kind::SignedPreKey, id), &value);
        self.tell(self.put(vec![row]).await)
    }

    async fn load_signed_prekey(&self, id: u32) -> Result<Option<Vec<u8>>> {
        let found = self.find(Kind::SignedPreKey, &self.id_tag(Kind::SignedPreKey, id)).await;
        let record = found.and_then(|value| value.map(|v| Ok(signed_prekey(&v)?.1)).transpose());
        self.tell(record)
    }

    async fn load_all_signed_prekeys(&self) -> Result<Vec<(u32, Vec<u8>)>> {
        let kind = Kind::SignedPreKey;
        let rows = self.tell(self.vault.all(self.session(), kind).await)?;
        self.tell(rows.iter().map(|row| signed_prekey(&self.open(kind, row)?)).collect())
    }

    async fn remove_signed_prekey(&self, id: u32) -> Result<()> {
        let tag = self.id_tag(Kind::SignedPreKey, id);
        self.tell(self.delete(Kind::SignedPreKey, vec![tag]).await)
    }

    async fn put_sender_key(&self, address: &str, record: &[u8]) -> Result<()> {
        self.tell(self.put(vec![self.sender_key_row(address, record)]).await)
    }

    async fn put_sender_keys_batch(&self, sender_keys: &[(Arc<str>, Bytes)]) -> Result<()> {
        let rows = sender_keys.iter().map(|(address, record)| self.sender_key_row(address, record));
        self.tell(self.put(rows.collect()).await)
    }

    async fn get_sender_key(&self, address: &str) -> Result<Option<Vec<u8>>> {
        self.tell(self.find(Kind::SenderKey, &self.address_tag(Kind::SenderKey, address)).await)
    }

    async fn delete_sender_key(&self, address: &str) -> Result<()> {
        let tag = self.address_tag(Kind::SenderKey, address);
        self.tell(self.delete(Kind::SenderKey, vec![tag]).await)
    }
}

impl SessionStore {
    fn address_tag(&self, kind: Kind, address: &str) -> Tag {
        self.tag(kind, &[address.as_bytes()])
    }

    /// The row for an identity or a Signal session. It can be found by its address and by its user.
    fn address_row(&self, kind: Kind, address: &str, plain: &[u8]) -> NewRow {
        let user = address.split([':', '@']).next().unwrap_or(address);
        let group = Some(self.cipher.tag(USER, &[user.as_bytes()]));
        NewRow { group, ..self.row(kind, self.address_tag(kind, address), plain) }
    }

    fn sender_key_row(&self, address: &str, record: &[u8]) -> NewRow {
        self.row(Kind::SenderKey, self.address_tag(Kind::SenderKey, address), record)
    }

    fn id_tag(&self, kind: Kind, id: u32) -> Tag {
        self.tag(kind, &[&id.to_be_bytes()])
    }

    fn prekey_row(&self, id: u32, record: &[u8], uploaded: bool) -> NewRow {
        NewRow {
            number: Some(i64::from(id)),
            mark: Some(i64::from(uploaded)),
            ..self.row(Kind::PreKey, self.id_tag(Kind::PreKey, id), record)
        }
    }

    /// The prekeys that exist, in the order of `ids`.
    async fn prekeys(&self, ids: &[u32]) -> Result<Vec<(u32, Bytes)>, VaultError> {
        let kind = Kind::PreKey;
        let tags: Vec<Tag> = ids.iter().map(|id| self.id_tag(kind, *id)).collect();
        let mut records = HashMap::with_capacity(ids.len());
        for row in self.in_the_end(|| self.vault.find_many(self.session(), kind, &tags)).await? {
            records.insert(row.tag, Bytes::from(self.open(kind, &row)?));
        }
        let found = ids.iter().zip(&tags).filter_map(|(id, tag)| Some((*id, records.get(tag)?.clone())));
        Ok(found.collect())
    }
}

fn identity_key(value: Vec<u8>) -> Result<[u8; 32], VaultError> {
    value.try_into().map_err(|_| VaultError::unreadable(Kind::Identity.name(), "it has not 32 bytes"))
}

fn signed_prekey(value: &[u8]) -> Result<(u32, Vec<u8>), VaultError> {
    let what = Kind::SignedPreKey.name();
    let (id, record) = keyed::split(what, value)?;
    let id = id.try_into().map_err(|error| VaultError::unreadable(what, error))?;
    Ok((u32::from_be_bytes(id), record.to_vec()))
}
