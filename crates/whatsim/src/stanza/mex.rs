//! GraphQL over stanzas: `<query query_id>` contains JSON. The ids are those of WhatsApp Web's persisted queries.

use super::{Answer, Companion, limits};
use crate::codec::{NodeRead, node};
use serde_json::json;
use wacore::iq::mex_operations::{fetch_new_chat_message_capping_info, fetch_reachout_timelock};
use wacore_binary::Node;

pub(super) fn query(c: &Companion, iq: &Node) -> Answer {
    let id = iq.child("query").and_then(|query| query.text("query_id")).unwrap_or_default();
    let body = match &*id {
        fetch_reachout_timelock::DOC_ID => json!({
            "data": { "xwa2_fetch_account_reachout_timelock": limits::timelock(&c.world, &c.account) },
        }),
        fetch_new_chat_message_capping_info::DOC_ID => json!({
            "data": { "xwa2_message_capping_info": limits::capping(&c.world, &c.account) },
        }),
        _ => {
            c.world.unknown(iq);
            json!({
                "data": null,
                "errors": [{
                    "message": "persisted query not found",
                    "extensions": { "error_code": 404, "is_retryable": false, "severity": "CRITICAL" },
                }],
            })
        }
    };
    Answer::Result(vec![node("result").bytes(body.to_string().into_bytes()).build()])
}
