//! App state: devices read the patches that they lack, and write patches. A patch that is based on an older
//! version is refused as a conflict. After each accepted patch, the other devices are notified.

use super::{Answer, Companion};
use crate::codec::{NodeRead, node, server_jid};
use crate::phone::CRITICAL_BLOCK;
use crate::world::{AccountState, Collection, World};
use buffa::{Message as _, MessageField};
use wacore_binary::Node;
use waproto::whatsapp::{SyncdPatch, SyncdVersion};

pub(super) fn sync(c: &Companion, iq: &Node) -> Answer {
    let Some(sync) = iq.child("sync") else {
        return Answer::bad_request();
    };
    let mut state = c.account.lock();
    let mut changed = Vec::new();
    let collections: Vec<Node> = sync
        .all()
        .iter()
        .filter_map(|asked| {
            let name = asked.text("name")?;
            let version = asked.text("version").and_then(|v| v.parse().ok()).unwrap_or(0);
            let collection = state.collections.entry(name.clone()).or_default();
            Some(match asked.child("patch") {
                None => read(&name, collection, version),
                Some(patch) => {
                    let answer = write(&name, collection, version, &patch.payload());
                    if answer.text("type").as_deref() == Some("result") {
                        if name == CRITICAL_BLOCK {
                            tell_phone(c, collection.after(version));
                        }
                        changed.push((name, collection.version()));
                    }
                    answer
                }
            })
        })
        .collect();
    if !changed.is_empty() {
        tell_others(c, &mut state, &changed);
    }
    Answer::Result(vec![node("sync").children(collections).build()])
}

/// Gives the phone the patches that linked devices wrote. The phone writes patches to the same collection, and for
/// this it needs all earlier patches.
fn tell_phone<'a>(c: &Companion, patches: impl Iterator<Item = &'a [u8]>) {
    for patch in patches {
        if let Err(error) = c.account.phone.follow_patch(patch) {
            tracing::warn!(device = %c.address(), %error, "the phone can't follow a patch");
        }
    }
}

fn read(name: &str, collection: &Collection, version: u64) -> Node {
    let patches: Vec<Node> =
        collection.after(version).map(|p| node("patch").bytes(p.to_vec()).build()).collect();
    let answer = node("collection")
        .attr("name", name)
        .attr("version", collection.version())
        .attr("has_more_patches", "false");
    if patches.is_empty() {
        return answer.build();
    }
    answer.children([node("patches").children(patches).build()]).build()
}

fn write(name: &str, collection: &mut Collection, version: u64, patch: &[u8]) -> Node {
    let refuse = |collection: &Collection, code: u16, text: &'static str| {
        node("collection")
            .attr("name", name)
            .attr("type", "error")
            .attr("version", collection.version())
            .children([node("error").attr("code", code).attr("text", text).build()])
            .build()
    };
    if version != collection.version() {
        return refuse(collection, 409, "conflict");
    }
    let Ok(mut patch) = SyncdPatch::decode_from_slice(patch) else {
        return refuse(collection, 400, "bad-request");
    };
    // Clients send a patch without its version. The server adds the version, which the devices that read the patch
    // need.
    patch.version = MessageField::some(SyncdVersion { version: Some(version + 1) });
    let version = collection.append(patch.encode_to_vec());
    node("collection").attr("name", name).attr("type", "result").attr("version", version).build()
}

fn tell_others(c: &Companion, state: &mut AccountState, changed: &[(String, u64)]) {
    for (id, device) in &mut state.devices {
        if *id != c.device {
            device.deliver(server_sync(&c.world, changed).into());
        }
    }
}

/// Builds the notification that tells a device the new versions of these collections.
pub fn server_sync(world: &World, changed: &[(String, u64)]) -> Node {
    let collections = changed
        .iter()
        .map(|(name, version)| node("collection").attr("name", name).attr("version", *version).build());
    node("notification")
        .attr("from", server_jid())
        .attr("type", "server_sync")
        .attr("id", world.stanza_id())
        .attr("t", world.clock.seconds())
        .children(collections)
        .build()
}
