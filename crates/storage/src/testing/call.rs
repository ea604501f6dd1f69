//! Describes a call of the library's store traits as a value. So several stores can execute the same calls, and their
//! results can be compared. A result is converted to text; a result without an order is sorted first.

use std::fmt::Debug;
use std::sync::Arc;

use bytes::Bytes;
use wacore::appstate::hash::HashState;
use wacore::appstate::processor::AppStateMutationMAC;
use wacore::store::Device;
use wacore::store::traits::{
    AppStateSyncKey, Backend, DeviceInfo, DeviceListRecord, LidPnMappingEntry, MsgSecretEntry,
    PendingInboundKey, PendingInboundRow, TcTokenEntry,
};

type Record = Vec<u8>;

/// One call. Keys are small numbers, so that random calls often use the same rows.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each is named after the method that it calls")]
pub enum Call {
    PutIdentity(u8, u8),
    PutIdentitiesBatch(Vec<(u8, u8)>),
    LoadIdentity(u8),
    DeleteIdentity(u8),
    PutSession(u8, Record),
    PutSessionsBatch(Vec<(u8, Record)>),
    GetSession(u8),
    HasSession(u8),
    DeleteSession(u8),
    HasSignalStateForUser(u8),
    StorePrekey(u32, Record, bool),
    StorePrekeysBatch(Vec<(u32, Record)>, bool),
    LoadPrekey(u32),
    LoadPrekeysBatch(Vec<u32>),
    MarkPrekeysUploaded(Vec<u32>),
    RemovePrekey(u32),
    GetMaxPrekeyId,
    StoreSignedPrekey(u32, Record),
    LoadSignedPrekey(u32),
    LoadAllSignedPrekeys,
    RemoveSignedPrekey(u32),
    PutSenderKey(u8, Record),
    PutSenderKeysBatch(Vec<(u8, Record)>),
    GetSenderKey(u8),
    DeleteSenderKey(u8),
    SetSyncKey(u8, Record),
    GetSyncKey(u8),
    GetLatestSyncKeyId,
    SetVersion(u8, u64),
    GetVersion(u8),
    PutMutationMacs(u8, Vec<(u8, u8)>),
    GetMutationMac(u8, u8),
    GetMutationMacs(u8, Vec<u8>),
    DeleteMutationMacs(u8, Vec<u8>),
    ClearMutationMacs(u8),
    SetSenderKeyStatus(u8, Vec<(u8, bool)>),
    GetSenderKeyDevices(u8),
    ClearSenderKeyDevices(u8),
    DeleteSenderKeyDeviceRows(Vec<u8>),
    ClearAllSenderKeyDevices,
    /// Pairs of a LID and a phone number, and the time at which they were learnt.
    PutLidMappings(Vec<(u8, u8)>, i64),
    GetLidMapping(u8),
    GetPnMapping(u8),
    GetAllLidMappings,
    SaveBaseKey(u8, u8, Record),
    HasSameBaseKey(u8, u8, Record),
    DeleteBaseKey(u8, u8),
    UpdateDeviceLists(Vec<(u8, i64)>),
    GetDevices(u8),
    DeleteDevices(u8),
    PutGroupMetadata(u8, Record),
    GetGroupMetadata(u8),
    DeleteGroupMetadata(u8),
    PutTcToken(u8, Record, i64, Option<i64>),
    GetTcToken(u8),
    DeleteTcToken(u8),
    GetAllTcTokenJids,
    DeleteExpiredTcTokens(i64, i64),
    TouchTcToken(u8, i64),
    StoreReceivedTcToken(u8, Record, i64),
    StoreSentMessage(u8, u8, Record),
    TakeSentMessage(u8, u8),
    DeleteExpiredSentMessages(bool),
    StorePendingInbound(Vec<(u8, u8, Record)>),
    GetPendingInbound(u8, u8),
    DeletePendingInbound(Vec<(u8, u8)>),
    DeleteExpiredPendingInbound(bool),
    PutMsgSecrets(Vec<(u8, u8, i64, i64)>),
    GetMsgSecret(u8),
    DeleteExpiredMsgSecrets(i64),
    SaveDevice(u32),
    LoadDevice,
    DeviceExists,
}

impl Call {
    /// Makes the call, and returns its result as text.
    pub async fn ask(&self, store: &dyn Backend) -> String {
        use Call::*;
        match self {
            PutIdentity(who, key) => told(store.put_identity(&address(*who), [*key; 32]).await),
            PutIdentitiesBatch(all) => {
                let all: Vec<_> = all.iter().map(|(who, key)| (shared(*who), [*key; 32])).collect();
                told(store.put_identities_batch(&all).await)
            }
            LoadIdentity(who) => told(store.load_identity(&address(*who)).await),
            DeleteIdentity(who) => told(store.delete_identity(&address(*who)).await),
            PutSession(who, record) => told(store.put_session(&address(*who), record).await),
            PutSessionsBatch(all) => told(store.put_sessions_batch(&records(all)).await),
            GetSession(who) => told(store.get_session(&address(*who)).await),
            HasSession(who) => told(store.has_session(&address(*who)).await),
            DeleteSession(who) => told(store.delete_session(&address(*who)).await),
            HasSignalStateForUser(who) => told(store.has_signal_state_for_user(&user(*who)).await),
            StorePrekey(id, record, uploaded) => told(store.store_prekey(*id, record, *uploaded).await),
            StorePrekeysBatch(all, uploaded) => {
                let all: Vec<_> = all.iter().map(|(id, record)| (*id, Bytes::from(record.clone()))).collect();
                told(store.store_prekeys_batch(&all, *uploaded).await)
            }
            LoadPrekey(id) => told(store.load_prekey(*id).await),
            LoadPrekeysBatch(ids) => told(store.load_prekeys_batch(ids).await),
            MarkPrekeysUploaded(ids) => told(store.mark_prekeys_uploaded(ids).await),
            RemovePrekey(id) => told(store.remove_prekey(*id).await),
            GetMaxPrekeyId => told(store.get_max_prekey_id().await),
            StoreSignedPrekey(id, record) => told(store.store_signed_prekey(*id, record).await),
            LoadSignedPrekey(id) => told(store.load_signed_prekey(*id).await),
            LoadAllSignedPrekeys => told(store.load_all_signed_prekeys().await.map(sorted)),
            RemoveSignedPrekey(id) => told(store.remove_signed_prekey(*id).await),
            PutSenderKey(who, record) => told(store.put_sender_key(&address(*who), record).await),
            PutSenderKeysBatch(all) => told(store.put_sender_keys_batch(&records(all)).await),
            GetSenderKey(who) => told(store.get_sender_key(&address(*who)).await),
            DeleteSenderKey(who) => told(store.delete_sender_key(&address(*who)).await),
            _ => self.ask_app_state(store).await,
        }
    }

    async fn ask_app_state(&self, store: &dyn Backend) -> String {
        use Call::*;
        match self {
            SetSyncKey(id, data) => {
                let key = AppStateSyncKey { key_data: data.clone(), fingerprint: vec![*id], timestamp: 7 };
                told(store.set_sync_key(&[*id], key).await)
            }
            GetSyncKey(id) => told(store.get_sync_key(&[*id]).await),
            GetLatestSyncKeyId => told(store.get_latest_sync_key_id().await),
            SetVersion(name, version) => {
                let state = HashState { version: *version, hash: [*name; 128], ..HashState::default() };
                told(store.set_version(&collection(*name), state).await)
            }
            GetVersion(name) => told(store.get_version(&collection(*name)).await),
            PutMutationMacs(name, macs) => {
                let macs: Vec<_> = macs
                    .iter()
                    .map(|(index, value)| AppStateMutationMAC {
                        index_mac: vec![*index; 32],
                        value_mac: vec![*value; 32],
                    })
                    .collect();
                told(store.put_mutation_macs(&collection(*name), 1, &macs).await)
            }
            GetMutationMac(name, index) => {
                told(store.get_mutation_mac(&collection(*name), &[*index; 32]).await)
            }
            GetMutationMacs(name, indexes) => {
                let indexes: Vec<_> = indexes.iter().map(|index| [*index; 32]).collect();
                let found = store.get_mutation_macs(&collection(*name), &indexes).await;
                told(found.map(|found| sorted(found.into_iter().collect())))
            }
            DeleteMutationMacs(name, indexes) => {
                let indexes: Vec<_> = indexes.iter().map(|index| vec![*index; 32]).collect();
                told(store.delete_mutation_macs(&collection(*name), &indexes).await)
            }
            ClearMutationMacs(name) => told(store.clear_mutation_macs(&collection(*name)).await),
            PutMsgSecrets(secrets) => {
                let entries = secrets.iter().map(|(id, secret, expires_at, message_ts)| MsgSecretEntry {
                    chat: shared(*id),
                    sender: shared(*id),
                    msg_id: message(*id).into(),
                    secret: [*secret; 32],
                    expires_at: *expires_at,
                    message_ts: *message_ts,
                });
                told(store.put_msg_secrets(entries.collect()).await)
            }
            GetMsgSecret(id) => {
                let (who, id) = (address(*id), message(*id));
                let secret = store.get_msg_secret(&who, &who, &id).await;
                format!("{} {}", told(secret), told(store.get_msg_secret_with_ts(&who, &who, &id).await))
            }
            DeleteExpiredMsgSecrets(cutoff) => told(store.delete_expired_msg_secrets(*cutoff).await),
            SaveDevice(login) => {
                let device = Device { login_counter: *login as i32, ..fixed_device() };
                told(store.save(&device).await)
            }
            LoadDevice => told(store.load().await.map(|device| device.map(|device| device_text(&device)))),
            DeviceExists => told(store.exists().await),
            _ => self.ask_protocol(store).await,
        }
    }

    async fn ask_protocol(&self, store: &dyn Backend) -> String {
        use Call::*;
        match self {
            SetSenderKeyStatus(group, devices) => {
                let names: Vec<_> = devices.iter().map(|(device, has)| (address(*device), *has)).collect();
                let entries: Vec<_> = names.iter().map(|(device, has)| (device.as_str(), *has)).collect();
                told(store.set_sender_key_status(&chat(*group), &entries).await)
            }
            GetSenderKeyDevices(group) => told(store.get_sender_key_devices(&chat(*group)).await.map(sorted)),
            ClearSenderKeyDevices(group) => told(store.clear_sender_key_devices(&chat(*group)).await),
            DeleteSenderKeyDeviceRows(devices) => {
                let names: Vec<_> = devices.iter().map(|device| address(*device)).collect();
                let names: Vec<_> = names.iter().map(String::as_str).collect();
                told(store.delete_sender_key_device_rows(&names).await)
            }
            ClearAllSenderKeyDevices => told(store.clear_all_sender_key_devices().await),
            PutLidMappings(pairs, at) => {
                let entries: Vec<_> = pairs.iter().map(|(lid, phone)| mapping(*lid, *phone, *at)).collect();
                match entries.as_slice() {
                    [entry] => told(store.put_lid_mapping(entry).await),
                    entries => told(store.put_lid_mappings(entries).await),
                }
            }
            GetLidMapping(lid) => told(store.get_lid_mapping(&format!("lid{lid}")).await),
            GetPnMapping(phone) => told(store.get_pn_mapping(&format!("555000{phone}")).await),
            GetAllLidMappings => {
                let all = store.get_all_lid_mappings().await;
                told(all.map(|all| sorted(all.iter().map(|entry| format!("{entry:?}")).collect())))
            }
            SaveBaseKey(who, id, key) => told(store.save_base_key(&address(*who), &message(*id), key).await),
            HasSameBaseKey(who, id, key) => {
                told(store.has_same_base_key(&address(*who), &message(*id), key).await)
            }
            DeleteBaseKey(who, id) => told(store.delete_base_key(&address(*who), &message(*id)).await),
            UpdateDeviceLists(lists) => {
                let mut lists: Vec<_> = lists.iter().map(|(who, at)| device_list(*who, *at)).collect();
                match lists.len() {
                    1 => told(store.update_device_list(lists.remove(0)).await),
                    _ => told(store.update_device_lists(lists).await),
                }
            }
            GetDevices(who) => told(store.get_devices(&user(*who)).await),
            DeleteDevices(who) => told(store.delete_devices(&user(*who)).await),
            PutGroupMetadata(group, blob) => told(store.put_group_metadata(&chat(*group), blob).await),
            GetGroupMetadata(group) => told(store.get_group_metadata(&chat(*group)).await),
            DeleteGroupMetadata(group) => told(store.delete_group_metadata(&chat(*group)).await),
            _ => self.ask_tokens_and_messages(store).await,
        }
    }

    async fn ask_tokens_and_messages(&self, store: &dyn Backend) -> String {
        use Call::*;
        let cutoff = |all: bool| if all { i64::MAX / 2 } else { 0 };
        match self {
            PutTcToken(who, token, token_timestamp, sender_timestamp) => {
                let entry = TcTokenEntry {
                    token: token.clone(),
                    token_timestamp: *token_timestamp,
                    sender_timestamp: *sender_timestamp,
                };
                told(store.put_tc_token(&address(*who), &entry).await)
            }
            GetTcToken(who) => told(store.get_tc_token(&address(*who)).await),
            DeleteTcToken(who) => told(store.delete_tc_token(&address(*who)).await),
            GetAllTcTokenJids => told(store.get_all_tc_token_jids().await.map(sorted)),
            DeleteExpiredTcTokens(token, sender) => {
                told(store.delete_expired_tc_tokens(*token, *sender).await)
            }
            TouchTcToken(who, at) => told(store.touch_tc_token_sender_timestamp(&address(*who), *at).await),
            StoreReceivedTcToken(who, token, at) => {
                told(store.store_received_tc_token(&address(*who), token, *at).await)
            }
            StoreSentMessage(to, id, payload) => {
                told(store.store_sent_message(&chat(*to), &message(*id), payload).await)
            }
            TakeSentMessage(to, id) => told(store.take_sent_message(&chat(*to), &message(*id)).await),
            DeleteExpiredSentMessages(all) => told(store.delete_expired_sent_messages(cutoff(*all)).await),
            StorePendingInbound(rows) => {
                let keys: Vec<_> = rows.iter().map(|(from, id, _)| (chat(*from), message(*id))).collect();
                let rows: Vec<_> = rows
                    .iter()
                    .zip(&keys)
                    .map(|((.., message), (chat, id))| PendingInboundRow { chat, sender: chat, id, message })
                    .collect();
                match rows.as_slice() {
                    [row] => {
                        told(store.store_pending_inbound(row.chat, row.sender, row.id, row.message).await)
                    }
                    rows => told(store.store_pending_inbound_batch(rows).await),
                }
            }
            GetPendingInbound(from, id) => {
                told(store.get_pending_inbound(&chat(*from), &chat(*from), &message(*id)).await)
            }
            DeletePendingInbound(keys) => {
                let keys: Vec<_> = keys.iter().map(|(from, id)| (chat(*from), message(*id))).collect();
                let keys: Vec<_> =
                    keys.iter().map(|(chat, id)| PendingInboundKey { chat, sender: chat, id }).collect();
                match keys.as_slice() {
                    [key] => told(store.delete_pending_inbound(key.chat, key.sender, key.id).await),
                    keys => told(store.delete_pending_inbound_batch(keys).await),
                }
            }
            DeleteExpiredPendingInbound(all) => {
                told(store.delete_expired_pending_inbound(cutoff(*all)).await)
            }
            other => unreachable!("{other:?} is asked elsewhere"),
        }
    }
}

fn told<T: Debug>(answer: Result<T, wacore::store::error::StoreError>) -> String {
    format!("{answer:?}")
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort();
    items
}

/// Addresses of a few users, with two devices for each user, with phone numbers and with LIDs.
fn address(who: u8) -> String {
    match who % 4 {
        0 => format!("{}@c.us.0", user(who)),
        1 => format!("{}:7@c.us.0", user(who)),
        2 => format!("{}@lid.0", user(who)),
        _ => format!("{}:3@lid.0", user(who)),
    }
}

/// The number of one user is the beginning of the number of another user, so that the checks detect a store that
/// searches by prefix.
fn user(who: u8) -> String {
    "1555123".repeat(usize::from(who / 4 % 3) + 1)
}

fn shared(who: u8) -> Arc<str> {
    address(who).into()
}

fn records(all: &[(u8, Record)]) -> Vec<(Arc<str>, Bytes)> {
    all.iter().map(|(who, record)| (shared(*who), Bytes::from(record.clone()))).collect()
}

fn chat(number: u8) -> String {
    format!("12036302{number}@g.us")
}

fn message(number: u8) -> String {
    format!("3EB0{number:04X}")
}

fn collection(number: u8) -> String {
    format!("regular_{number}")
}

fn mapping(lid: u8, phone: u8, at: i64) -> LidPnMappingEntry {
    LidPnMappingEntry {
        lid: format!("lid{lid}"),
        phone_number: format!("555000{phone}"),
        created_at: at,
        updated_at: at,
        learning_source: "usync".to_owned(),
    }
}

fn device_list(who: u8, at: i64) -> DeviceListRecord {
    DeviceListRecord {
        user: user(who),
        devices: vec![DeviceInfo::new(0, None), DeviceInfo::new(u32::from(who), Some(3)).with_hosting(true)],
        timestamp: at,
        phash: Some(format!("2:{who}")),
        raw_id: who.is_multiple_of(2).then_some(9),
    }
}

/// A device with the same keys for all stores, because their results are compared.
fn fixed_device() -> Device {
    static DEVICE: std::sync::LazyLock<Device> = std::sync::LazyLock::new(Device::new);
    DEVICE.clone()
}

/// The device as text: all fields that are stored, and the one field that is not stored but must be set after loading.
fn device_text(device: &Device) -> String {
    let stored = serde_json::to_string(device).expect("a device record is text and numbers");
    format!("{stored} {:?}", device.device_props.os)
}
