//! What the protocol stores besides Signal keys: which devices have the account's group keys, LID mappings,
//! devices, tokens, and pending messages. The library has one trait for all this. Its parts are in the files of
//! this folder.

use async_trait::async_trait;
use wacore::store::traits::{
    DeviceListRecord, LidPnMappingEntry, PendingInboundKey, PendingInboundRow, ProtocolStore, TcTokenEntry,
};

use super::{Result, SessionStore};
use crate::vault::{Change, Kind, VaultError};

#[async_trait]
impl ProtocolStore for SessionStore {
    async fn get_sender_key_devices(&self, group_jid: &str) -> Result<Vec<(String, bool)>> {
        self.tell(self.devices_with_group_key(group_jid).await)
    }

    async fn set_sender_key_status(&self, group_jid: &str, entries: &[(&str, bool)]) -> Result<()> {
        self.tell(self.note_group_keys(group_jid, entries).await)
    }

    async fn clear_sender_key_devices(&self, group_jid: &str) -> Result<()> {
        self.tell(self.forget_group(group_jid).await)
    }

    async fn delete_sender_key_device_rows(&self, device_jids: &[&str]) -> Result<()> {
        self.tell(self.forget_group_key_devices(device_jids).await)
    }

    async fn clear_all_sender_key_devices(&self) -> Result<()> {
        let change = Change::DeleteAll { kind: Kind::SenderKeyDevice };
        self.tell(self.write(change).await.map(drop))
    }

    async fn get_lid_mapping(&self, lid: &str) -> Result<Option<LidPnMappingEntry>> {
        self.tell(self.lid_mapping(lid).await)
    }

    async fn get_pn_mapping(&self, phone: &str) -> Result<Option<LidPnMappingEntry>> {
        self.tell(self.latest_lid_of(phone).await)
    }

    async fn put_lid_mapping(&self, entry: &LidPnMappingEntry) -> Result<()> {
        self.tell(self.learn_lids(std::slice::from_ref(entry)).await)
    }

    async fn put_lid_mappings(&self, entries: &[LidPnMappingEntry]) -> Result<()> {
        self.tell(self.learn_lids(entries).await)
    }

    async fn get_all_lid_mappings(&self) -> Result<Vec<LidPnMappingEntry>> {
        self.tell(self.all_lids().await)
    }

    async fn save_base_key(&self, address: &str, message_id: &str, base_key: &[u8]) -> Result<()> {
        let tag = self.tag(Kind::BaseKey, &[address.as_bytes(), message_id.as_bytes()]);
        self.tell(self.put(vec![self.row(Kind::BaseKey, tag, base_key)]).await)
    }

    async fn has_same_base_key(
        &self,
        address: &str,
        message_id: &str,
        current_base_key: &[u8],
    ) -> Result<bool> {
        let tag = self.tag(Kind::BaseKey, &[address.as_bytes(), message_id.as_bytes()]);
        let saved = self.tell(self.find(Kind::BaseKey, &tag).await)?;
        Ok(saved.is_some_and(|saved| saved == current_base_key))
    }

    async fn delete_base_key(&self, address: &str, message_id: &str) -> Result<()> {
        let tag = self.tag(Kind::BaseKey, &[address.as_bytes(), message_id.as_bytes()]);
        self.tell(self.delete(Kind::BaseKey, vec![tag]).await)
    }

    async fn update_device_list(&self, record: DeviceListRecord) -> Result<()> {
        self.update_device_lists(vec![record]).await
    }

    async fn update_device_lists(&self, records: Vec<DeviceListRecord>) -> Result<()> {
        let rows = records.iter().map(|record| {
            let json = serde_json::to_vec(record).expect("a device list is text and numbers");
            self.row(Kind::DeviceList, self.tag(Kind::DeviceList, &[record.user.as_bytes()]), &json)
        });
        self.tell(self.put(rows.collect()).await)
    }

    async fn get_devices(&self, user: &str) -> Result<Option<DeviceListRecord>> {
        let tag = self.tag(Kind::DeviceList, &[user.as_bytes()]);
        let json = self.tell(self.find(Kind::DeviceList, &tag).await)?;
        let record = json.map(|json| serde_json::from_slice(&json)).transpose();
        self.tell(record.map_err(|error| VaultError::unreadable(Kind::DeviceList.name(), error)))
    }

    async fn delete_devices(&self, user: &str) -> Result<()> {
        let tag = self.tag(Kind::DeviceList, &[user.as_bytes()]);
        self.tell(self.delete(Kind::DeviceList, vec![tag]).await)
    }

    async fn get_group_metadata(&self, group_jid: &str) -> Result<Option<Vec<u8>>> {
        let tag = self.tag(Kind::GroupMetadata, &[group_jid.as_bytes()]);
        self.tell(self.find(Kind::GroupMetadata, &tag).await)
    }

    async fn put_group_metadata(&self, group_jid: &str, blob: &[u8]) -> Result<()> {
        let tag = self.tag(Kind::GroupMetadata, &[group_jid.as_bytes()]);
        self.tell(self.put(vec![self.row(Kind::GroupMetadata, tag, blob)]).await)
    }

    async fn delete_group_metadata(&self, group_jid: &str) -> Result<()> {
        let tag = self.tag(Kind::GroupMetadata, &[group_jid.as_bytes()]);
        self.tell(self.delete(Kind::GroupMetadata, vec![tag]).await)
    }

    async fn get_tc_token(&self, jid: &str) -> Result<Option<TcTokenEntry>> {
        self.tell(self.contact_token(jid).await)
    }

    async fn put_tc_token(&self, jid: &str, entry: &TcTokenEntry) -> Result<()> {
        self.tell(self.put(vec![self.contact_token_row(jid, entry)]).await)
    }

    async fn delete_tc_token(&self, jid: &str) -> Result<()> {
        let tag = self.tag(Kind::TcToken, &[jid.as_bytes()]);
        self.tell(self.delete(Kind::TcToken, vec![tag]).await)
    }

    async fn get_all_tc_token_jids(&self) -> Result<Vec<String>> {
        self.tell(self.contacts_with_token().await)
    }

    async fn delete_expired_tc_tokens(&self, token_cutoff: i64, sender_cutoff: i64) -> Result<u32> {
        let change = Change::DeleteStaleTokens { received_before: token_cutoff, sent_before: sender_cutoff };
        self.tell(self.write(change).await.map(count))
    }

    async fn touch_tc_token_sender_timestamp(&self, jid: &str, sender_timestamp: i64) -> Result<()> {
        self.tell(self.advance_contact_token(jid, sender_timestamp).await)
    }

    async fn store_received_tc_token(&self, jid: &str, token: &[u8], token_timestamp: i64) -> Result<()> {
        self.tell(self.receive_contact_token(jid, token, token_timestamp).await)
    }

    async fn store_sent_message(&self, chat_jid: &str, message_id: &str, payload: &[u8]) -> Result<()> {
        self.tell(self.put(vec![self.sent_row(chat_jid, message_id, payload)]).await)
    }

    async fn take_sent_message(&self, chat_jid: &str, message_id: &str) -> Result<Option<Vec<u8>>> {
        let taken = self.tell(self.take(Kind::SentMessage, self.sent_tag(chat_jid, message_id)).await)?;
        match (taken, self.sent.get()) {
            (None, Some(sent)) => Ok(sent(chat_jid.to_owned(), message_id.to_owned()).await),
            (taken, _) => Ok(taken),
        }
    }

    async fn delete_expired_sent_messages(&self, cutoff_timestamp: i64) -> Result<u32> {
        let change = Change::DeleteBefore { kind: Kind::SentMessage, stamp: cutoff_timestamp };
        self.tell(self.write(change).await.map(count))
    }

    async fn store_pending_inbound(&self, chat: &str, sender: &str, id: &str, message: &[u8]) -> Result<()> {
        self.store_pending_inbound_batch(&[PendingInboundRow { chat, sender, id, message }]).await
    }

    async fn get_pending_inbound(&self, chat: &str, sender: &str, id: &str) -> Result<Option<Vec<u8>>> {
        self.find_pending(chat, sender, id).await
    }

    async fn delete_pending_inbound(&self, chat: &str, sender: &str, id: &str) -> Result<()> {
        self.delete_pending_inbound_batch(&[PendingInboundKey { chat, sender, id }]).await
    }

    async fn delete_expired_pending_inbound(&self, cutoff_timestamp: i64) -> Result<u32> {
        self.sweep_pending(cutoff_timestamp).await.map(count)
    }

    async fn store_pending_inbound_batch(&self, rows: &[PendingInboundRow<'_>]) -> Result<()> {
        self.store_pending(rows).await
    }

    async fn delete_pending_inbound_batch(&self, keys: &[PendingInboundKey<'_>]) -> Result<()> {
        self.settle_pending(keys).await
    }
}

/// The number of deleted rows, in the type that the library uses.
pub(super) fn count(rows: u64) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}
