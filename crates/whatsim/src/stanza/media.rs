//! Tells clients the address of the simulator's media server, with a token that names the device.

use super::{Answer, Companion};
use crate::codec::node;
use crate::media::MediaAuth;

pub(super) fn connection(c: &Companion) -> Answer {
    let host = node("host")
        .attr("hostname", c.world.media.host.as_str())
        .attr("type", "primary")
        .children([node("upload").build(), node("download").build()])
        .build();
    Answer::Result(vec![
        node("media_conn")
            .attr("auth", MediaAuth::token(&c.address()))
            .attr("ttl", "300")
            .attr("auth_ttl", "21600")
            .attr("max_buckets", "12")
            .attr("id", "1")
            .children([host])
            .build(),
    ])
}
