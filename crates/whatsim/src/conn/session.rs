//! The life of one connection: handshake, login, service and clean-up.

use super::reader::FrameReader;
use super::writer::Writer;
use super::{ConnError, FrameSink, FrameStream, Link, handshake};
use crate::codec;
use crate::noise::Established;
use crate::stanza::{self, Companion, Newcomer};
use crate::world::World;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use wacore_noise::NoiseCipher;

/// How long a client may take for its handshake.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a closing connection may take to write the queued stanzas.
const FAREWELL: Duration = Duration::from_secs(5);

/// A client after its handshake: one that wants to be linked, one that is logged in, or one that was refused.
enum Guest {
    /// A client that wants to be linked.
    Newcomer(Newcomer),
    /// A linked device that proved its key.
    Companion(Companion),
    /// A client that was refused. Its link is closing.
    Refused,
}

/// Serves one connection until the client or the server ends it. When `dark` is cancelled, the connection ends
/// abruptly.
pub async fn serve(world: Arc<World>, dark: CancellationToken, stream: FrameStream, sink: FrameSink) {
    let (link, queue) = Link::new(world.next_connection());
    let _open = world.metrics.connection();
    let id = link.id.0;
    let served = async {
        let mut reader = FrameReader::new(stream);
        let mut sink = sink;
        let keys = world.noise.current();
        let under_way = world.greeting.enter();
        let greeting = handshake::perform(&keys, &mut reader, &mut sink);
        let established = tokio::select! {
            established = tokio::time::timeout(PATIENCE, greeting) => established.ok().transpose()?.flatten(),
            () = world.stop.cancelled() => None,
            () = dark.cancelled() => None,
        };
        drop(under_way);
        let Some(established) = established else {
            return Ok(());
        };
        let Established { read, write, client_static, payload, pattern } = established;
        world.metrics.handshake(pattern);
        tracing::debug!(
            conn = id,
            pattern = pattern.name(),
            user = payload.username,
            device = payload.device,
            "handshake"
        );
        let writer = Writer { world: world.clone(), link: link.clone(), cipher: write, counter: 0 };
        let mut writer = world.tasks.spawn(writer.run(sink, queue));
        world.connections.insert(&link);
        let _connected = world.connected.enter();
        let mut guest = admit(&world, &link, &payload, client_static);
        let read = tokio::select! {
            done = read_stanzas(&mut guest, &world, &link, &mut reader, read) => done,
            // The writer ends when the link is closed, and then the server reads nothing more from this client.
            _ = &mut writer => Ok(()),
            () = world.stop.cancelled() => Ok(()),
            () = dark.cancelled() => {
                // In an outage, the server sends nothing more, not even queued stanzas.
                writer.abort();
                Ok(())
            }
        };
        link.close();
        link.hung_up.cancel();
        if !writer.is_finished() && tokio::time::timeout(FAREWELL, &mut writer).await.is_err() {
            writer.abort();
        }
        leave(&world, &link, guest);
        read
    }
    .await;
    world.connections.remove(link.id);
    match served {
        Ok(()) => {}
        // The client disconnected, or the network failed.
        Err(ConnError::Transport(error)) => tracing::debug!(conn = id, %error, "a connection broke off"),
        Err(error) => tracing::warn!(conn = id, %error, "a connection ended over what its client sent"),
    }
}

fn admit(
    world: &Arc<World>,
    link: &Arc<Link>,
    payload: &waproto::whatsapp::ClientPayload,
    client_static: [u8; 32],
) -> Guest {
    if payload.device_pairing_data.is_set() {
        return stanza::pairing::greet(world, link, payload, client_static)
            .map_or(Guest::Refused, Guest::Newcomer);
    }
    stanza::login::greet(world, link, payload, client_static).map_or(Guest::Refused, Guest::Companion)
}

async fn read_stanzas(
    guest: &mut Guest,
    world: &Arc<World>,
    link: &Arc<Link>,
    reader: &mut FrameReader,
    cipher: NoiseCipher,
) -> Result<(), ConnError> {
    let mut counter = 0u32;
    while let Some(mut frame) = reader.next().await? {
        cipher
            .decrypt_in_place_with_counter(counter, &mut frame)
            .map_err(|e| ConnError::Cipher(e.to_string()))?;
        counter += 1;
        let node = match codec::decode(frame) {
            Ok(node) => node,
            // WhatsApp sends `not-well-formed` and closes the connection if it cannot parse a stanza.
            Err(error) => {
                tracing::warn!(conn = link.id.0, %error, "a frame is no stanza: the connection ends");
                link.send(stanza::stream::not_well_formed());
                link.close();
                return Err(error.into());
            }
        };
        world.metrics.stanza_in();
        tracing::trace!(conn = link.id.0, "<-- {}", codec::render(&node));
        if link.closing() || world.faults.deaf(link, world.clock.now()) {
            continue;
        }
        match guest {
            Guest::Companion(companion) => stanza::handle(companion, &node),
            Guest::Newcomer(newcomer) => stanza::pairing::handle(newcomer, &node).await,
            Guest::Refused => {}
        }
    }
    Ok(())
}

fn leave(world: &World, link: &Link, guest: Guest) {
    match guest {
        Guest::Newcomer(_) => world.pairing.leave(link.id),
        Guest::Companion(companion) => stanza::login::leave(&companion),
        Guest::Refused => {}
    }
}
