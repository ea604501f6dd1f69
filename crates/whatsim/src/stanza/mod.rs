//! What clients send and what the server answers. Each file handles one family of stanzas. `handle` is the table
//! of the families, and `iq` the table of the requests.

mod answer;
pub mod app_state;
mod chatstate;
mod devices;
pub mod groups;
mod ib;
mod iq;
pub mod limits;
pub mod login;
mod media;
mod message;
mod mex;
mod newcomer;
pub mod offer;
mod offline;
pub mod pair_code;
pub mod pairing;
pub mod passkey;
pub mod picture;
pub mod prekeys;
mod presence;
mod privacy;
mod profile;
mod props;
mod receipt;
mod status;
pub mod stream;
mod usync;

pub use answer::Answer;
pub use login::Companion;
pub use newcomer::Newcomer;

use crate::codec::NodeRead;
use wacore_binary::Node;

/// Answers one stanza of a linked device.
pub fn handle(companion: &mut Companion, stanza: &Node) {
    match &*stanza.tag {
        "iq" => iq::handle(companion, stanza),
        "message" => message::relay(companion, stanza),
        "receipt" => receipt::relay(companion, stanza),
        "ack" => receipt::settle(companion, stanza),
        "presence" => presence::handle(companion, stanza),
        "chatstate" => chatstate::relay(companion, stanza),
        "ib" => ib::handle(companion, stanza),
        tag => {
            companion.world.unknown(stanza);
            // A client keeps a stanza with an id until the server acknowledges it, so acknowledge unknown stanzas
            // too.
            if stanza.text("id").is_some() {
                let class = tag.to_owned();
                companion.ack(stanza, &class);
            }
        }
    }
}
