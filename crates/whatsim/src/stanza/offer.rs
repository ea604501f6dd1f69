//! Linking a companion: the phone's offer, the companion's signature, and the restart after which the companion
//! logs in.

use super::{Answer, Newcomer, stream};
use crate::codec::{NodeRead, node, server_jid};
use crate::conn::ConnId;
use crate::faults::{FaultKind, Target};
use crate::phone::Phone;
use crate::world::{
    Account, Device, DeviceKeys, Fleeting, LinkFailure, Linked, Offer, PairingError, Presence, Queue,
    Registration, World, announce_added, primary,
};
use buffa::Message as _;
use std::sync::Arc;
use tokio::sync::oneshot;
use wacore_binary::Node;
use waproto::whatsapp::ClientPairingProps;

/// Offers the companion to become linked: sends it `<pair-success>` with the identity that the phone signed.
pub fn make(
    world: &World,
    account: &Arc<Account>,
    id: ConnId,
    registration: &Registration,
    adv_secret: &[u8],
    outcome: oneshot::Sender<Result<Linked, LinkFailure>>,
) -> Result<(), PairingError> {
    let device = {
        let mut state = account.lock();
        state.next_device += 1;
        state.next_device - 1
    };
    let mut identity = registration.identity;
    let corrupting = |kind: &FaultKind| *kind == FaultKind::CorruptPairing;
    if world.faults.next(Target::Account(&account.number), world.clock.now(), corrupting).is_some() {
        // Change one bit, so that the phone signs another identity and the companion finds the signature invalid.
        identity[0] ^= 1;
    }
    let signed = account.phone.sign_device(&identity, adv_secret, key_index(device), world.clock.seconds());
    let link = world.pairing.offer(id, Offer { account: account.clone(), device, outcome })?;
    let mut children = vec![
        node("device-identity").bytes(signed).build(),
        node("device").attr("jid", account.pn_jid(device)).attr("lid", account.lid_jid(device)).build(),
        node("platform").attr("name", "android").build(),
    ];
    if account.lid_migrated {
        let props = ClientPairingProps { is_chat_db_lid_migrated: Some(true), ..Default::default() };
        children.push(node("client-props").bytes(props.encode_to_vec()).build());
    }
    link.send(request(world, node("pair-success").children(children).build()));
    Ok(())
}

/// The key index of a device, which must not be 0. The device number is used, because device numbers begin with 1.
fn key_index(device: u16) -> u32 {
    device.into()
}

/// Handles the companion's signature. The server first queues messages for the companion, and then asks it to connect
/// again. So these messages are already waiting when the companion logs in for the first time.
pub(super) async fn sign(newcomer: &Newcomer, stanza: &Node) {
    let Newcomer { world, link } = newcomer;
    let Some((registration, offer)) = world.pairing.accept(link.id) else {
        return;
    };
    let signed = stanza
        .child("pair-device-sign")
        .and_then(|s| s.child("device-identity"))
        .map(NodeRead::payload)
        .unwrap_or_default();
    let ended = join(world, &offer.account, offer.device, registration, signed).await;
    match &ended {
        Ok(_) => link.send(stream::restart()),
        Err(error) => {
            tracing::warn!(%error, "pairing failed");
            Answer::Error(401, "not-authorized").send(link, stanza);
        }
    }
    link.close();
    // Ignore a failure here: the phone may have stopped waiting for the result.
    let _ = offer.outcome.send(ended);
}

async fn join(
    world: &Arc<World>,
    account: &Arc<Account>,
    device: u16,
    registration: Registration,
    signed_identity: Vec<u8>,
) -> Result<Linked, LinkFailure> {
    let key_index = Phone::check_device_signature(&account.phone, &signed_identity, &registration.identity)?;
    let keys = DeviceKeys {
        identity: registration.identity,
        registration_id: registration.registration_id,
        signed_prekey: registration.signed_prekey,
        prekeys: Default::default(),
        uploaded: false,
    };
    let joined = Device {
        noise_key: registration.noise_key,
        keys,
        signed_identity,
        key_index,
        platform: registration.platform,
        queue: Queue::default(),
        presence: Presence::Offline,
        fleeting: Fleeting::default(),
        last_login: None,
        delivered: 0,
        retries: 0,
    };
    account.lock().devices.insert(device, joined);
    announce_added(world, account, device, key_index);
    let (done, welcomed) = oneshot::channel();
    primary::errand(account, primary::Errand::Welcome { device, done });
    let welcomed = welcomed.await.unwrap_or(Err(primary::SendError::Gone));
    welcomed.map_err(|error| LinkFailure::Greeting(error.to_string()))?;
    Ok(Linked { device })
}

/// Handles a companion that refused the identity that the phone signed.
pub(super) fn refused(newcomer: &Newcomer, stanza: &Node) {
    let Some((_, offer)) = newcomer.world.pairing.accept(newcomer.link.id) else {
        return;
    };
    let error = stanza.child("error");
    let reason = error.and_then(|e| e.text("text")).unwrap_or_else(|| "no reason given".to_owned());
    let _ = offer.outcome.send(Err(LinkFailure::Refused(reason)));
}

/// Builds a request from the server to a newcomer.
pub(super) fn request(world: &World, child: Node) -> Node {
    node("iq")
        .attr("from", server_jid())
        .attr("type", "set")
        .attr("id", world.stanza_id())
        .attr("xmlns", "md")
        .attr("t", world.clock.seconds())
        .children([child])
        .build()
}
