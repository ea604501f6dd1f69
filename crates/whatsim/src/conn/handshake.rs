//! The Noise handshake at the beginning of a connection. Each message of the handshake is one frame.

use super::reader::FrameReader;
use super::{ConnError, FrameSink};
use crate::noise::{self, Established, Greeting, NoiseKeys};
use bytes::Bytes;
use futures_util::SinkExt;
use wacore_noise::framing::encode_frame;

/// Runs the handshake to its end. Returns `None` if the client disconnected before the end.
pub(super) async fn perform(
    keys: &NoiseKeys,
    reader: &mut FrameReader,
    sink: &mut FrameSink,
) -> Result<Option<Established>, ConnError> {
    let Some(hello) = reader.next().await? else {
        return Ok(None);
    };
    let greeting = noise::greet(keys, &reader.prologue(), &hello, &mut rand::rng())?;
    match greeting {
        Greeting::Done(established, answer) => {
            send(sink, &answer).await?;
            Ok(Some(*established))
        }
        Greeting::AwaitFinish(state, answer) => {
            send(sink, &answer).await?;
            let Some(finish) = reader.next().await? else {
                return Ok(None);
            };
            Ok(Some(state.finish(&finish)?))
        }
    }
}

async fn send(sink: &mut FrameSink, payload: &[u8]) -> Result<(), ConnError> {
    let frame = encode_frame(payload, None).map_err(|e| ConnError::Transport(e.to_string()))?;
    sink.send(Bytes::from(frame)).await
}
