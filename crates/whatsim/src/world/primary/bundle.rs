//! The prekey bundles that the server gives to simulated phones, and the warning to devices that have few one-time
//! prekeys left.

use crate::codec::{node, server_jid};
use crate::phone::PhoneBundle;
use crate::world::{Account, Device, KeyError, World};
use wacore_libsignal::protocol::{IdentityKey, PreKeyBundle, PublicKey};

/// When a device has this number of one-time prekeys left, the server asks it to upload more.
const LOW: usize = 10;

/// Returns the prekey bundle of a device, or of the phone if `device` is 0. Returns `None` if there is no such
/// device.
///
/// # Errors
/// When the device uploaded invalid keys.
pub fn device_bundle(
    world: &World,
    account: &Account,
    device: u16,
) -> Result<Option<PreKeyBundle>, KeyError> {
    if device == 0 {
        return phone_bundle(&account.phone.prekey_bundle()).map(Some);
    }
    let mut state = account.lock();
    let Some(device) = state.devices.get_mut(&device) else {
        return Ok(None);
    };
    let bundle = device.keys.take_bundle()?;
    warn_when_low(world, device);
    Ok(Some(bundle))
}

/// Asks a device to upload prekeys when exactly `LOW` are left. So the device is asked once each time the number
/// falls to `LOW`.
pub fn warn_when_low(world: &World, device: &mut Device) {
    let left = device.keys.prekeys.len();
    if left != LOW {
        return;
    }
    let notification = node("notification")
        .attr("from", server_jid())
        .attr("type", "encrypt")
        .attr("id", world.stanza_id())
        .attr("t", world.clock.seconds())
        .children([node("count").attr("value", left).build()])
        .build();
    device.deliver(notification.into());
}

fn phone_bundle(bundle: &PhoneBundle) -> Result<PreKeyBundle, KeyError> {
    let key = |bytes: &[u8]| {
        PublicKey::from_djb_public_key_bytes(bytes).map_err(|_| KeyError::NotAKey("phone key"))
    };
    PreKeyBundle::new(
        bundle.registration_id,
        0.into(),
        Some((bundle.prekey_id.into(), key(&bundle.prekey)?)),
        bundle.signed_prekey_id.into(),
        key(&bundle.signed_prekey)?,
        bundle.signed_prekey_signature.to_vec(),
        IdentityKey::new(key(&bundle.identity)?),
    )
    .map_err(|_| KeyError::NotAKey("phone bundle"))
}
