//! User sync (usync). A client asks for the devices of users, for their LIDs (the addresses that do not show the phone
//! number), and whether numbers are on WhatsApp. If a client asks for a user's devices, the server later notifies the
//! client when these devices change.

use super::{Answer, Companion};
use crate::codec::{NodeRead, node};
use crate::world::Account;
use std::sync::Arc;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

/// One user in a query. `jid` is the user's address. `contact` is the phone number in the query, if the query contains
/// one.
struct Asked {
    jid: Jid,
    contact: Option<String>,
}

pub(super) fn query(c: &Companion, iq: &Node) -> Answer {
    let Some(usync) = iq.child("usync") else {
        return Answer::bad_request();
    };
    let protocols: Vec<String> =
        usync.child("query").map_or_else(Vec::new, |q| q.all().iter().map(|p| p.tag.to_string()).collect());
    let users: Vec<Node> = usync
        .child("list")
        .map_or(&[][..], NodeRead::all)
        .iter()
        .filter_map(|user| asked(c, user))
        .map(|asked| user(c, &asked, &protocols))
        .collect();
    let results = protocols.iter().map(|p| NodeBuilder::new_dynamic(p.clone()).build());
    let mut answer = node("usync")
        .attr("mode", usync.text("mode").unwrap_or_default())
        .attr("context", usync.text("context").unwrap_or_default())
        .attr("index", "0")
        .attr("last", "true");
    if let Some(sid) = usync.text("sid") {
        answer = answer.attr("sid", sid);
    }
    Answer::Result(vec![
        answer
            .children([node("result").children(results).build(), node("list").children(users).build()])
            .build(),
    ])
}

fn asked(c: &Companion, user: &Node) -> Option<Asked> {
    let contact = user
        .child("contact")
        .map(|c| String::from_utf8_lossy(&c.payload()).into_owned())
        .filter(|c| !c.is_empty());
    // People may type a number in another form than WhatsApp's, so convert it first.
    let by_number =
        || contact.as_deref().map(|typed| c.world.registry.canonical(typed.trim_start_matches('+')));
    Some(Asked { jid: user.jid("jid").or_else(by_number)?, contact })
}

fn user(c: &Companion, asked: &Asked, protocols: &[String]) -> Node {
    let account = c.world.registry.by_jid(&asked.jid);
    let children: Vec<Node> =
        protocols.iter().filter_map(|protocol| protocol_node(c, protocol, asked, account.as_ref())).collect();
    let mut user = node("user").attr("jid", &asked.jid);
    if asked.jid.server.is_lid_family()
        && let Some(account) = &account
        && !account.hides_from(&c.account.number)
    {
        user = user.attr("pn_jid", account.pn_jid(0));
    }
    user.children(children).build()
}

fn protocol_node(
    c: &Companion,
    protocol: &str,
    asked: &Asked,
    account: Option<&Arc<Account>>,
) -> Option<Node> {
    match (protocol, account) {
        ("contact", found) => {
            let contact = node("contact").attr("type", if found.is_some() { "in" } else { "out" });
            Some(match &asked.contact {
                Some(number) => contact.bytes(number.clone().into_bytes()).build(),
                None => contact.build(),
            })
        }
        ("devices", Some(account)) => Some(devices(c, account)),
        ("lid", Some(account)) => Some(node("lid").attr("val", account.lid_jid(0)).build()),
        ("status", Some(account)) => {
            Some(node("status").bytes(account.lock().about.clone().into_bytes()).build())
        }
        ("picture", Some(account)) => {
            let id = account.lock().picture.as_ref().map_or_else(|| "0".to_owned(), |p| p.id.clone());
            Some(node("picture").attr("id", id).build())
        }
        ("disappearing_mode", Some(_)) => {
            Some(node("disappearing_mode").attr("duration", "0").attr("t", "0").build())
        }
        // No account of the simulation is a business or a bot, or has a username or a text status.
        ("business" | "bot" | "username" | "sidelist" | "feature" | "text_status", _) | (_, None) => None,
        (_, Some(_)) => {
            let shape =
                node("usync").children([NodeBuilder::new_dynamic(protocol.to_owned()).build()]).build();
            c.world.unknown(&shape);
            None
        }
    }
}

fn devices(c: &Companion, account: &Arc<Account>) -> Node {
    let now = c.world.clock.seconds();
    let (list, indexes) = {
        let mut state = account.lock();
        state.watchers.insert(c.address());
        let phone = node("device").attr("id", 0).build();
        let linked = state
            .devices
            .iter()
            .map(|(id, d)| node("device").attr("id", *id).attr("key-index", d.key_index).build());
        (std::iter::once(phone).chain(linked).collect::<Vec<_>>(), state.key_indexes())
    };
    let index_list = account.phone.key_index_list(&indexes, now);
    node("devices")
        .children([
            node("device-list").children(list).build(),
            node("key-index-list").attr("ts", now).bytes(index_list).build(),
        ])
        .build()
}
