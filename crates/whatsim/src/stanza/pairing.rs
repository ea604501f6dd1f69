//! QR pairing: refs to show, the phone's offer, the companion's signature, and the restart that ends it.

use super::login::{admitted, refuse};
use super::{Answer, pair_code, passkey, stream};
use crate::codec::{NodeRead, be_number, node, server_jid};
use crate::conn::{ConnId, Link};
use crate::faults::{Failure, FaultKind, Target};
use crate::phone::Phone;
use crate::world::{
    Account, Device, DeviceKeys, LinkFailure, Linked, Offer, PairingError, Presence, Queue, RefSet,
    Registration, SignedPreKey, World, announce_added, pairing_ref, primary,
};
use buffa::Message as _;
use std::sync::Arc;
use tokio::sync::oneshot;
use wacore_binary::Node;
use waproto::whatsapp::client_payload::DevicePairingRegistrationData;
use waproto::whatsapp::{ClientPairingProps, ClientPayload, DeviceProps};

/// How many refs a `<pair-device>` brings, as WhatsApp sends them.
const REFS: usize = 6;

/// A connection that wants to be linked.
pub struct Newcomer {
    /// The world it wants to live in.
    pub world: Arc<World>,
    /// Its connection.
    pub link: Arc<Link>,
}

/// Gives a newcomer its refs, or refuses it and closes the link.
pub fn greet(
    world: &Arc<World>,
    link: &Arc<Link>,
    payload: &ClientPayload,
    noise_key: [u8; 32],
) -> Option<Newcomer> {
    if !admitted(world, link, Target::Unknown) {
        return None;
    }
    let Some(registration) = registration(payload, noise_key) else {
        refuse(world, link, &Failure { reason: 400, expire: None, code: None, message: None, url: None });
        return None;
    };
    let refs: Vec<String> = (0..REFS).map(|_| pairing_ref(&mut rand::rng())).collect();
    let mut set = RefSet::new(refs, world.clock.now());
    let now = world.clock.now();
    if world.faults.next(Target::Unknown, now, |kind| *kind == FaultKind::ExpireRefs).is_some() {
        set.expire();
    }
    let children: Vec<Node> =
        set.refs().iter().map(|r| node("ref").bytes(r.as_bytes().to_vec()).build()).collect();
    world.pairing.enter(link, registration, set);
    link.send(request(world, node("pair-device").children(children).build()));
    let newcomer = Newcomer { world: world.clone(), link: link.clone() };
    if let Some(fault) = world.faults.next(Target::Unknown, now, FaultKind::strikes) {
        stream::strike(link, &fault);
    }
    Some(newcomer)
}

/// Answers one stanza of a newcomer.
pub async fn handle(newcomer: &Newcomer, stanza: &Node) {
    let (kind, xmlns) = (stanza.text("type").unwrap_or_default(), stanza.text("xmlns").unwrap_or_default());
    let child = stanza.all().first().map_or("", |child| &*child.tag);
    match (&*stanza.tag, &*kind, &*xmlns, child) {
        ("iq", "result", _, "pair-device-sign") => sign(newcomer, stanza).await,
        ("iq", "result", ..) => {}
        ("iq", "error", ..) => refused(newcomer, stanza),
        ("iq", "get", "w:p", _) => Answer::done().send(&newcomer.link, stanza),
        ("iq", "set", "md", "link_code_companion_reg") => pair_code::handle(newcomer, stanza),
        ("iq", "get", "md", "ref" | "passkey_request_options")
        | ("iq", "set", "md", "passkey_prologue" | "companion_nonce" | "encrypted_pairing_request") => {
            passkey::handle(newcomer, stanza, child);
        }
        // Baileys tells its push name as soon as it learns it, even here.
        ("ack" | "ib" | "presence", ..) => {}
        _ => {
            newcomer.world.unknown(stanza);
            if stanza.tag == "iq" {
                Answer::Error(501, "feature-not-implemented").send(&newcomer.link, stanza);
            }
        }
    }
}

/// What a QR code says.
pub struct Scan {
    reference: String,
    noise_key: [u8; 32],
    identity: [u8; 32],
    adv_secret: Vec<u8>,
}

impl Scan {
    /// Reads the text of a QR code, in the old form with four fields or the current one, with or without a link
    /// before it.
    pub fn parse(qr: &str) -> Option<Self> {
        use base64::Engine as _;
        let (reference, noise_key, identity) = wacore::pair::PairUtils::parse_qr_code(qr).ok()?;
        let fields = qr.rsplit('#').next()?;
        let adv_secret = base64::prelude::BASE64_STANDARD.decode(fields.split(',').nth(3)?).ok()?;
        Some(Self { reference, noise_key, identity, adv_secret })
    }

    /// The companion that shows this code.
    ///
    /// # Errors
    /// When the code is expired, unknown or forged.
    pub fn registration(&self, world: &World) -> Result<Registration, PairingError> {
        self.find(world).map(|(_, registration)| registration)
    }

    fn find(&self, world: &World) -> Result<(ConnId, Registration), PairingError> {
        world.pairing.find(&self.reference, &self.noise_key, &self.identity, world.clock.now())
    }
}

/// The phone scanned a code: links the companion. How it ends comes through the channel.
///
/// # Errors
/// When the code is expired, unknown, forged or was scanned by another phone.
pub fn scan(
    world: &World,
    account: &Arc<Account>,
    scan: &Scan,
) -> Result<oneshot::Receiver<Result<Linked, LinkFailure>>, PairingError> {
    let (id, registration) = scan.find(world)?;
    let (outcome, end) = oneshot::channel();
    link(world, account, id, &registration, &scan.adv_secret, outcome)?;
    Ok(end)
}

/// The phone is willing to link a companion that holds `adv_secret`. Offers the link, or asks for the account's passkey
/// first if a fault says so.
pub(super) fn link(
    world: &World,
    account: &Arc<Account>,
    id: ConnId,
    registration: &Registration,
    adv_secret: &[u8],
    outcome: oneshot::Sender<Result<Linked, LinkFailure>>,
) -> Result<(), PairingError> {
    let demanding = |kind: &FaultKind| matches!(kind, FaultKind::PasskeyRequired(_));
    match world.faults.next(Target::Account(&account.number), world.clock.now(), demanding) {
        Some(FaultKind::PasskeyRequired(demand)) => {
            passkey::demand(world, account, id, adv_secret, demand.refuse, outcome)
        }
        _ => offer(world, account, id, registration, adv_secret, outcome),
    }
}

/// Offers a link: `<pair-success>` with the identity that the phone signed.
pub(super) fn offer(
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
        // A signature for somebody else: the companion's own identity does not verify it.
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

/// Device numbers begin with 1, so they serve as key indexes, which must not be 0.
fn key_index(device: u16) -> u32 {
    device.into()
}

/// The companion signed. Its first messages are queued before it is told to connect again, for they must be there
/// when it logs in.
async fn sign(newcomer: &Newcomer, stanza: &Node) {
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
    // The phone may have stopped waiting.
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
    };
    let joined = Device {
        noise_key: registration.noise_key,
        keys,
        signed_identity,
        key_index,
        platform: registration.platform,
        queue: Queue::default(),
        presence: Presence::Offline,
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

/// The companion did not like what the phone signed.
fn refused(newcomer: &Newcomer, stanza: &Node) {
    let Some((_, offer)) = newcomer.world.pairing.accept(newcomer.link.id) else {
        return;
    };
    let error = stanza.child("error");
    let reason = error.and_then(|e| e.text("text")).unwrap_or_else(|| "no reason given".to_owned());
    let _ = offer.outcome.send(Err(LinkFailure::Refused(reason)));
}

fn request(world: &World, child: Node) -> Node {
    node("iq")
        .attr("from", server_jid())
        .attr("type", "set")
        .attr("id", world.stanza_id())
        .attr("xmlns", "md")
        .attr("t", world.clock.seconds())
        .children([child])
        .build()
}

/// Reads what a companion says of itself. `None` when a key is missing or its signature is wrong.
fn registration(payload: &ClientPayload, noise_key: [u8; 32]) -> Option<Registration> {
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
