//! The endpoint for WhatsApp clients.

use super::body::Problem;
use crate::conn;
use crate::faults::{FaultKind, Target};
use crate::port::Guests;
use crate::world::World;
use axum::Extension;
use axum::extract::{State, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// The maximum size of a WebSocket message, in bytes. It is four times the protocol's maximum frame length of 16
/// MiB, because one message may contain several frames.
const LONGEST_MESSAGE: usize = 64 << 20;

pub async fn connect(
    State(world): State<Arc<World>>,
    Extension(guests): Extension<Guests>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let refused = |kind: &FaultKind| *kind == FaultKind::RefuseConnect;
    if world.faults.next(Target::Unknown, world.clock.now(), refused).is_some() {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "refuse_connect", "refused by a fault"));
    }
    Ok(upgrade.max_frame_size(LONGEST_MESSAGE).max_message_size(LONGEST_MESSAGE).on_upgrade(move |socket| {
        let (stream, sink) = conn::websocket(socket);
        let tasks = world.tasks.clone();
        let Guests { dark, tasks: visits } = guests;
        tasks.track_future(visits.track_future(conn::serve(world, dark, stream, sink)))
    }))
}
