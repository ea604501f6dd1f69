//! A phone: the primary device (device 0) of an account, a Signal endpoint, and the root of trust of its linked
//! devices. This module only converts bytes and protobufs, and must not know connections, worlds or stanzas. Each file
//! contains one part of what a phone does.

mod adv;
mod app_state;
mod entropy;
mod history;
mod keys;
mod pair_code;
mod passkey;
mod peer;
mod sender_key;
mod session;
mod store;

use std::sync::Arc;

use parking_lot::Mutex;
use rand::CryptoRng;

pub use adv::AdvError;
pub use app_state::CRITICAL_BLOCK;
pub use keys::PhoneBundle;
pub use pair_code::{PairCodeAnswer, PairCodeError};
pub use passkey::{PasskeyAssertion, PasskeyError, PasskeyExchange, proves_handoff};
pub use peer::Peer;
pub use session::{EncKind, Sealed, SignalError};

use app_state::AppState;
use entropy::Entropy;
use keys::Keys;
use store::Stores;

/// A simulated phone. All clones are the same phone.
#[derive(Clone)]
pub struct Phone {
    shared: Arc<Shared>,
}

struct Shared {
    keys: Keys,
    entropy: Entropy,
    stores: Stores,
    /// Held during a step of the ratchet, which reads a session, awaits, and writes the session back. Two steps at
    /// the same time would use the same counter for two messages.
    ratchet: tokio::sync::Mutex<()>,
    app_state: Mutex<AppState>,
}

impl Phone {
    /// Creates a phone with new keys. All later random numbers of the phone are derived from `rng`.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let keys = Keys::generate(rng);
        let stores = Stores::new(&keys);
        Self {
            shared: Arc::new(Shared {
                app_state: Mutex::new(AppState::generate(rng)),
                entropy: Entropy::seeded_from(rng),
                ratchet: tokio::sync::Mutex::default(),
                stores,
                keys,
            }),
        }
    }

    /// The public identity key, without its type byte. The server returns this key for device 0. The phone signs
    /// its linked devices with the private key.
    pub fn identity(&self) -> [u8; 32] {
        self.shared.keys.identity_bytes()
    }

    /// The prekey bundle that the server returns for device 0. Its one-time prekey is new for each call.
    pub fn prekey_bundle(&self) -> PhoneBundle {
        let (prekey_id, prekey) = self.shared.stores.add_prekey(&mut self.shared.entropy.fork());
        self.shared.keys.bundle(prekey_id, prekey)
    }
}

impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Phone").field("identity", &hex::encode(self.identity())).finish_non_exhaustive()
    }
}
