//! Profile pictures. Clients ask for the address of a picture's file, and set or remove pictures. When a picture
//! changes, the server notifies the linked devices of the account, and the devices that asked for the account's device
//! list.

use super::{Answer, Companion};
use crate::codec::{NodeRead, node};
use crate::world::{Account, DeviceAddress, Picture, World, audience};
use bytes::Bytes;
use wacore_binary::{Jid, Node, Server};

pub(super) fn get(c: &Companion, iq: &Node) -> Answer {
    let whose = match iq.jid("target") {
        Some(target) => c.world.registry.by_jid(&target),
        None => Some(c.account.clone()),
    };
    let Some(account) = whose else {
        return Answer::not_found();
    };
    let state = account.lock();
    let Some(picture) = &state.picture else {
        return Answer::not_found();
    };
    let asked = iq.child("picture");
    // The client already has this picture, so the answer contains no address.
    if asked.and_then(|asked| asked.text("id")).is_some_and(|known| known == picture.id) {
        return Answer::Result(vec![node("picture").build()]);
    }
    let kind = match asked.and_then(|asked| asked.text("type")).as_deref() {
        Some("preview") => "preview",
        _ => "image",
    };
    let path = path(&account, picture, kind);
    Answer::Result(vec![
        node("picture")
            .attr("id", &picture.id)
            .attr("type", kind)
            .attr("url", format!("{}{path}", c.world.base_url))
            .attr("direct_path", path)
            .build(),
    ])
}

pub(super) fn set(c: &Companion, iq: &Node) -> Answer {
    let own =
        |jid: Jid| c.world.registry.by_jid(&jid).is_some_and(|account| account.number == c.account.number);
    if iq.jid("target").is_some_and(|target| !own(target)) {
        return Answer::Error(403, "forbidden");
    }
    // A companion may send a preview too. Use the full picture.
    let image = iq
        .all()
        .iter()
        .find(|picture| picture.text("type").as_deref() != Some("preview"))
        .map(NodeRead::payload)
        .filter(|image| !image.is_empty());
    let id = replace(&c.world, &c.account, image.map(Bytes::from));
    Answer::Result(id.map(|id| node("picture").attr("id", id).build()).into_iter().collect())
}

/// Sets or removes the picture of an account, and returns the id of the new picture. Notifies all linked devices of the
/// account, including the device that made the change, and the devices that asked for the account's device list.
pub fn replace(world: &World, account: &Account, image: Option<Bytes>) -> Option<String> {
    let picture = image.map(|image| Picture {
        // WhatsApp's picture ids are times in seconds. The counter makes the ids of two changes in the same second
        // different.
        id: format!("{}{}", world.clock.seconds(), world.next()),
        image,
    });
    let id = picture.as_ref().map(|picture| picture.id.clone());
    account.lock().picture = picture;
    for DeviceAddress { number, device } in audience(account) {
        let Some(target) = world.registry.by_number(&number) else {
            continue;
        };
        let server = if target.lid_migrated { Server::Lid } else { Server::Pn };
        target.deliver(device, changed(world, &account.jid_on(server, 0), id.as_deref()));
    }
    id
}

/// The path at which this server serves a picture.
pub fn path(account: &Account, picture: &Picture, kind: &str) -> String {
    format!("/pictures/{}/{}/{kind}", account.lid, picture.id)
}

fn changed(world: &World, whose: &Jid, id: Option<&str>) -> Node {
    let change = match id {
        Some(id) => node("set").attr("jid", whose).attr("id", id).attr("author", whose),
        None => node("delete").attr("jid", whose).attr("author", whose),
    };
    node("notification")
        .attr("from", whose)
        .attr("type", "picture")
        .attr("id", world.stanza_id())
        .attr("t", world.clock.seconds())
        .children([change.build()])
        .build()
}
