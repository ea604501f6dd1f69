//! Where media goes. The answer is complete, the host is not there yet: uploads are a later part of the simulator.

use super::Answer;
use crate::codec::node;

/// Not resolvable by design (RFC 2606): a client that uploads fails at once, and reaches nobody.
const HOST: &str = "media.whatsim.invalid";

pub(super) fn connection() -> Answer {
    let host = node("host")
        .attr("hostname", HOST)
        .attr("type", "primary")
        .children([node("upload").build(), node("download").build()])
        .build();
    Answer::Result(vec![
        node("media_conn")
            .attr("auth", "whatsim")
            .attr("ttl", "300")
            .attr("auth_ttl", "21600")
            .attr("max_buckets", "12")
            .attr("id", "1")
            .children([host])
            .build(),
    ])
}
