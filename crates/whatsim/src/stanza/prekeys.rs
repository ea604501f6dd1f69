//! Prekeys: a device uploads its prekeys, and other devices fetch a prekey bundle of that device.

use super::{Answer, Companion};
use crate::codec::{NodeRead, key_id, node};
use crate::world::{Account, Device, DeviceKeys, PreKey, SignedPreKey, World, primary};
use std::sync::Arc;
use wacore_binary::{Jid, Node};

/// The type byte of Curve25519 keys, the only type that the protocol uses.
pub const KEY_TYPE: u8 = 5;

pub(super) fn count(c: &Companion) -> Answer {
    with_device(c, |device| {
        Answer::Result(vec![node("count").attr("value", device.keys.prekeys.len()).build()])
    })
}

/// Returns a hash of the device's keys on the server. The device compares it with the keys that it uploaded.
pub(super) fn digest(c: &Companion) -> Answer {
    with_device(c, |device| digest_of(&device.keys))
}

fn digest_of(keys: &DeviceKeys) -> Answer {
    // Before the first upload, the server has only the keys of the registration, which are not a complete bundle.
    if !keys.uploaded {
        return Answer::not_found();
    }
    let publics: Vec<&[u8]> = keys.prekeys.iter().map(|key| &key.public[..]).collect();
    let signed = &keys.signed_prekey;
    let hash = wacore::prekeys::compute_key_bundle_digest(
        &keys.identity,
        &signed.public,
        &signed.signature,
        &publics,
    );
    let ids = keys.prekeys.iter().map(|key| node("id").bytes(key_id(key.id)).build());
    let mut children = identity_nodes(keys.registration_id, &keys.identity);
    children.push(signed_node(signed));
    children.push(node("list").children(ids).build());
    children.push(node("hash").bytes(hash).build());
    Answer::Result(vec![node("digest").children(children).build()])
}

/// Accepts an upload: one-time prekeys, and the signed prekey if its signature is correct.
pub(super) fn upload(c: &Companion, iq: &Node) -> Answer {
    let Some(signed) = iq.child("skey").map(read_signed) else {
        return Answer::bad_request();
    };
    let registration_id = iq.child("registration").map(NodeRead::number);
    let keys: Vec<PreKey> =
        iq.child("list").map_or_else(Vec::new, |list| list.all().iter().filter_map(read_key).collect());
    if keys.iter().any(|key| key.public.len() != 32) {
        return Answer::Error(406, "not-acceptable");
    }
    with_device(c, |device| {
        if DeviceKeys::verify(&device.keys.identity, &signed).is_err() {
            return Answer::Error(406, "not-acceptable");
        }
        device.keys.signed_prekey = signed;
        device.keys.uploaded = true;
        if let Some(id) = registration_id {
            device.keys.registration_id = id;
        }
        // A device may repeat an upload, so skip the prekeys that the server already has.
        let known: std::collections::HashSet<u32> = device.keys.prekeys.iter().map(|key| key.id).collect();
        device.keys.prekeys.extend(keys.into_iter().filter(|key| !known.contains(&key.id)));
        Answer::done()
    })
}

/// Accepts a new signed prekey.
pub(super) fn rotate(c: &Companion, iq: &Node) -> Answer {
    let Some(signed) = iq.child("rotate").and_then(|r| r.child("skey")).map(read_signed) else {
        return Answer::bad_request();
    };
    with_device(c, |device| match DeviceKeys::verify(&device.keys.identity, &signed) {
        Ok(()) => {
            device.keys.signed_prekey = signed;
            Answer::done()
        }
        Err(_) => Answer::Error(406, "not-acceptable"),
    })
}

/// Returns the prekey bundles of several devices. Each device has its own result, which may be an error.
pub(super) fn fetch(c: &Companion, iq: &Node) -> Answer {
    let Some(asked) = iq.child("key") else {
        return Answer::bad_request();
    };
    let users = asked.all().iter().filter_map(|user| user.jid("jid")).map(|jid| bundle_for(&c.world, jid));
    Answer::Result(vec![node("list").children(users).build()])
}

/// Returns the identity keys of several devices. Clients use them to check whether an identity has changed.
pub(super) fn identities(c: &Companion, iq: &Node) -> Answer {
    let Some(asked) = iq.child("identity") else {
        return Answer::bad_request();
    };
    let users = asked.all().iter().filter_map(|user| user.jid("jid")).map(|jid| {
        let identity = c.world.registry.by_jid(&jid).and_then(|account| match jid.device {
            0 => Some(account.phone.identity()),
            device => account.lock().devices.get(&device).map(|d| d.keys.identity),
        });
        match identity {
            Some(identity) => user(jid, vec![node("identity").bytes(identity.to_vec()).build()]),
            None => user(jid, vec![error(404, "item-not-found")]),
        }
    });
    Answer::Result(vec![node("list").children(users).build()])
}

fn bundle_for(world: &World, jid: Jid) -> Node {
    let Some(account) = world.registry.by_jid(&jid) else {
        return user(jid, vec![error(404, "item-not-found")]);
    };
    let children = if jid.device == 0 {
        phone_bundle(&account)
    } else {
        let mut state = account.lock();
        match state.devices.get_mut(&jid.device) {
            Some(device) => device_bundle(world, device),
            None => vec![error(406, "not-acceptable")],
        }
    };
    user(jid, children)
}

fn phone_bundle(account: &Arc<Account>) -> Vec<Node> {
    let bundle = account.phone.prekey_bundle();
    let signed = SignedPreKey {
        id: bundle.signed_prekey_id,
        public: bundle.signed_prekey.to_vec(),
        signature: bundle.signed_prekey_signature.to_vec(),
    };
    let mut children = identity_nodes(bundle.registration_id, &bundle.identity);
    children.push(signed_node(&signed));
    children.push(key_node(&PreKey { id: bundle.prekey_id, public: bundle.prekey.to_vec() }));
    children
}

fn device_bundle(world: &World, device: &mut Device) -> Vec<Node> {
    let mut children = identity_nodes(device.keys.registration_id, &device.keys.identity);
    children.push(signed_node(&device.keys.signed_prekey));
    if let Some(key) = device.keys.prekeys.pop_front() {
        children.push(key_node(&key));
        primary::warn_when_low(world, device);
    }
    children.push(node("device-identity").bytes(device.signed_identity.clone()).build());
    children
}

fn with_device(c: &Companion, f: impl FnOnce(&mut Device) -> Answer) -> Answer {
    c.account.lock().devices.get_mut(&c.device).map_or_else(Answer::not_found, f)
}

fn identity_nodes(registration_id: u32, identity: &[u8; 32]) -> Vec<Node> {
    vec![
        node("registration").bytes(registration_id.to_be_bytes().to_vec()).build(),
        node("type").bytes(vec![KEY_TYPE]).build(),
        node("identity").bytes(identity.to_vec()).build(),
    ]
}

fn signed_node(key: &SignedPreKey) -> Node {
    node("skey")
        .children([
            node("id").bytes(key_id(key.id)).build(),
            node("value").bytes(key.public.clone()).build(),
            node("signature").bytes(key.signature.clone()).build(),
        ])
        .build()
}

fn key_node(key: &PreKey) -> Node {
    node("key")
        .children([node("id").bytes(key_id(key.id)).build(), node("value").bytes(key.public.clone()).build()])
        .build()
}

fn read_signed(skey: &Node) -> SignedPreKey {
    SignedPreKey {
        id: skey.child("id").map(NodeRead::number).unwrap_or_default(),
        public: skey.child("value").map(NodeRead::payload).unwrap_or_default(),
        signature: skey.child("signature").map(NodeRead::payload).unwrap_or_default(),
    }
}

fn read_key(key: &Node) -> Option<PreKey> {
    Some(PreKey { id: key.child("id")?.number(), public: key.child("value")?.payload() })
}

fn user(jid: Jid, children: Vec<Node>) -> Node {
    node("user").attr("jid", jid).children(children).build()
}

fn error(code: u16, text: &'static str) -> Node {
    node("error").attr("code", code).attr("text", text).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_returned_only_for_uploaded_keys() {
        let signed_prekey = SignedPreKey { id: 1, public: vec![2; 32], signature: vec![3; 64] };
        let prekeys = [PreKey { id: 9, public: vec![4; 32] }].into();
        let mut keys =
            DeviceKeys { identity: [1; 32], registration_id: 7, signed_prekey, prekeys, uploaded: false };
        assert!(matches!(digest_of(&keys), Answer::Error(404, _)));
        keys.uploaded = true;
        let Answer::Result(children) = digest_of(&keys) else { panic!("a digest") };
        let ids = children[0].child("list").expect("its keys").all().len();
        assert_eq!((children[0].tag.as_ref(), ids), ("digest", 1));
    }
}
