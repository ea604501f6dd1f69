//! A connection that wants to be linked, and what its client says about itself.

use crate::codec::be_number;
use crate::conn::Link;
use crate::world::{DeviceKeys, Registration, SignedPreKey, World};
use buffa::Message as _;
use std::sync::Arc;
use waproto::whatsapp::client_payload::DevicePairingRegistrationData;
use waproto::whatsapp::{ClientPayload, DeviceProps};

/// A connection that wants to be linked.
pub struct Newcomer {
    /// The simulation that the newcomer belongs to.
    pub world: Arc<World>,
    /// The newcomer's connection.
    pub link: Arc<Link>,
}

/// Reads what a companion says about itself. Returns `None` if a key is missing or its signature is wrong.
pub(super) fn registration(payload: &ClientPayload, noise_key: [u8; 32]) -> Option<Registration> {
    let data: &DevicePairingRegistrationData = payload.device_pairing_data.as_option()?;
    let identity: [u8; 32] = data.e_ident.as_deref()?.try_into().ok()?;
    let signed_prekey = SignedPreKey {
        id: be_number(data.e_skey_id.as_deref()?),
        public: data.e_skey_val.clone()?,
        signature: data.e_skey_sig.clone()?,
    };
    DeviceKeys::verify(&identity, &signed_prekey).ok()?;
    let props = data.device_props.as_deref().and_then(|bytes| DeviceProps::decode_from_slice(bytes).ok());
    Some(Registration {
        noise_key,
        identity,
        registration_id: be_number(data.e_regid.as_deref()?),
        signed_prekey,
        platform: props.and_then(|p| p.os).unwrap_or_default(),
        push_name: payload.push_name.clone().filter(|name| !name.is_empty()),
    })
}
