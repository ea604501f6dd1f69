//! The table of requests. The namespace, the type and the first child of a request decide which handler answers it.

use super::{
    Answer, Companion, app_state, devices, groups, media, mex, offline, picture, prekeys, privacy, profile,
    props, usync,
};
use crate::codec::NodeRead;
use wacore_binary::Node;

pub(super) fn handle(c: &Companion, iq: &Node) {
    let (xmlns, kind) = (iq.text("xmlns").unwrap_or_default(), iq.text("type").unwrap_or_default());
    let child = iq.all().first().map_or("", |child| &*child.tag);
    let answer = match (&*xmlns, &*kind, child) {
        (_, "result", _) => Answer::Sent,
        (_, "error", _) => {
            tracing::debug!("client refused a request: {}", crate::codec::render(iq));
            Answer::Sent
        }
        ("w:p", "get", _) => Answer::done(),
        ("passive", "set", "active") => offline::go_active(c, iq),
        ("passive", "set", "passive") => offline::go_passive(c),

        ("encrypt", "get", "count") => prekeys::count(c),
        ("encrypt", "get", "digest") => prekeys::digest(c),
        ("encrypt", "get", "key") => prekeys::fetch(c, iq),
        ("encrypt", "get", "identity") => prekeys::identities(c, iq),
        ("encrypt", "set", "rotate") => prekeys::rotate(c, iq),
        ("encrypt", "set", _) => prekeys::upload(c, iq),

        ("usync", "get", "usync") => usync::query(c, iq),
        ("w:sync:app:state", "set", "sync") => app_state::sync(c, iq),

        ("abt", "get", "props") | ("w", "get", "props") => props::answer(iq),
        ("blocklist", "get", _) => privacy::blocklist(),
        ("privacy", "get", "privacy" | "") => privacy::settings(),
        ("privacy", "set", "tokens") => privacy::tokens(c, iq),
        ("w:profile:picture", "get", "picture") => picture::get(c, iq),
        ("w:profile:picture", "set", "picture" | "") => picture::set(c, iq),
        ("status", "set", "status") => profile::set_about(c, iq),
        ("w:g2", "get", "query") => groups::query(c, iq),
        ("w:g2", "get", "participating") => groups::participating(c),
        ("w:g2", "set", "create") => groups::create(c, iq),
        ("w:mex", "get", "query") => mex::query(c, iq),
        ("w:m", "set", "media_conn") => media::connection(c),
        ("md", "set", "remove-companion-device") => devices::remove(c, iq),
        // For these two requests, clients only need a confirmation.
        ("urn:xmpp:whatsapp:dirty", "set", "clean") | ("urn:xmpp:whatsapp:push", "set", _) => Answer::done(),
        ("w:stats", "set", _) => Answer::done(),
        _ => {
            c.world.unknown(iq);
            Answer::Error(501, "feature-not-implemented")
        }
    };
    answer.send(&c.link, iq);
}
