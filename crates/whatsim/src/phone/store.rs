//! A phone's Signal stores, in memory. They only hold keys and sessions. They trust every identity, because
//! WhatsApp shows a changed identity to people and does not refuse it.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use rand::CryptoRng;
use wacore_libsignal::protocol::{
    Direction, IdentityChange, IdentityKey, IdentityKeyPair, IdentityKeyStore, KeyPair, PreKeyId,
    PreKeyRecord, PreKeyStore, ProtocolAddress, SenderKeyRecord, SessionRecord, SessionStore,
    SignalProtocolError, SignedPreKeyId, SignedPreKeyRecord, SignedPreKeyStore,
};

use super::keys::{Keys, bare};

type Result<T> = std::result::Result<T, SignalProtocolError>;

/// The number of possible ids. Ids take three bytes in the protocol.
const PREKEY_IDS: u32 = 1 << 24;

/// A handle to the tables. libsignal needs exclusive references to several stores at the same time. So the caller makes
/// a clone of the handle for each reference.
#[derive(Clone)]
pub(super) struct Stores(Arc<Mutex<Tables>>);

struct Tables {
    identity: IdentityKeyPair,
    registration_id: u32,
    identities: HashMap<ProtocolAddress, IdentityKey>,
    sessions: HashMap<ProtocolAddress, SessionRecord>,
    signed_prekeys: HashMap<u32, SignedPreKeyRecord>,
    prekeys: HashMap<u32, PreKeyRecord>,
    sender_keys: HashMap<String, SenderKeyRecord>,
    next_prekey: u32,
}

impl Stores {
    pub(super) fn new(keys: &Keys) -> Self {
        let (signed_prekey_id, signed_prekey) = keys.signed_prekey_record();
        Self(Arc::new(Mutex::new(Tables {
            identity: keys.identity_pair(),
            registration_id: keys.registration_id,
            identities: HashMap::new(),
            sessions: HashMap::new(),
            signed_prekeys: HashMap::from([(signed_prekey_id.into(), signed_prekey)]),
            prekeys: HashMap::new(),
            sender_keys: HashMap::new(),
            next_prekey: 1,
        })))
    }

    /// Creates a one-time prekey and keeps its private half. Returns its id and public key.
    pub(super) fn add_prekey(&self, rng: &mut impl CryptoRng) -> (u32, [u8; 32]) {
        let pair = KeyPair::generate(rng);
        let mut tables = self.0.lock();
        let id = tables.next_prekey;
        tables.next_prekey = (id + 1) % PREKEY_IDS;
        tables.prekeys.insert(id, PreKeyRecord::new(id.into(), &pair));
        (id, bare(&pair.public_key))
    }

    pub(super) fn has_session(&self, address: &ProtocolAddress) -> bool {
        self.0.lock().sessions.contains_key(address)
    }

    pub(super) fn forget_session(&self, address: &ProtocolAddress) {
        self.0.lock().sessions.remove(address);
    }

    pub(super) fn sender_key(&self, name: &str) -> Option<SenderKeyRecord> {
        self.0.lock().sender_keys.get(name).cloned()
    }

    pub(super) fn put_sender_key(&self, name: &str, record: SenderKeyRecord) {
        self.0.lock().sender_keys.insert(name.to_owned(), record);
    }

    pub(super) fn forget_prekey(&self, id: PreKeyId) {
        self.0.lock().prekeys.remove(&id.into());
    }
}

#[async_trait]
impl IdentityKeyStore for Stores {
    async fn get_identity_key_pair(&self) -> Result<IdentityKeyPair> {
        Ok(self.0.lock().identity.clone())
    }

    async fn get_local_registration_id(&self) -> Result<u32> {
        Ok(self.0.lock().registration_id)
    }

    async fn save_identity(
        &mut self,
        address: &ProtocolAddress,
        identity: &IdentityKey,
    ) -> Result<IdentityChange> {
        let before = self.0.lock().identities.insert(address.clone(), *identity);
        Ok(match before {
            Some(known) if known != *identity => IdentityChange::ReplacedExisting,
            _ => IdentityChange::NewOrUnchanged,
        })
    }

    async fn is_trusted_identity(&self, _: &ProtocolAddress, _: &IdentityKey, _: Direction) -> Result<bool> {
        Ok(true)
    }

    async fn get_identity(&self, address: &ProtocolAddress) -> Result<Option<IdentityKey>> {
        Ok(self.0.lock().identities.get(address).copied())
    }
}

#[async_trait]
impl PreKeyStore for Stores {
    async fn get_pre_key(&self, id: PreKeyId) -> Result<PreKeyRecord> {
        self.0.lock().prekeys.get(&id.into()).cloned().ok_or(SignalProtocolError::InvalidPreKeyId)
    }

    async fn save_pre_key(&mut self, id: PreKeyId, record: &PreKeyRecord) -> Result<()> {
        self.0.lock().prekeys.insert(id.into(), record.clone());
        Ok(())
    }

    async fn remove_pre_key(&mut self, id: PreKeyId) -> Result<()> {
        self.forget_prekey(id);
        Ok(())
    }
}

#[async_trait]
impl SignedPreKeyStore for Stores {
    async fn get_signed_pre_key(&self, id: SignedPreKeyId) -> Result<SignedPreKeyRecord> {
        self.0
            .lock()
            .signed_prekeys
            .get(&id.into())
            .cloned()
            .ok_or(SignalProtocolError::InvalidSignedPreKeyId)
    }

    async fn save_signed_pre_key(&mut self, id: SignedPreKeyId, record: &SignedPreKeyRecord) -> Result<()> {
        self.0.lock().signed_prekeys.insert(id.into(), record.clone());
        Ok(())
    }
}

#[async_trait]
impl SessionStore for Stores {
    async fn load_session(&self, address: &ProtocolAddress) -> Result<Option<SessionRecord>> {
        Ok(self.0.lock().sessions.get(address).cloned())
    }

    async fn has_session(&self, address: &ProtocolAddress) -> Result<bool> {
        Ok(Stores::has_session(self, address))
    }

    async fn store_session(&mut self, address: &ProtocolAddress, record: SessionRecord) -> Result<()> {
        self.0.lock().sessions.insert(address.clone(), record);
        Ok(())
    }
}
