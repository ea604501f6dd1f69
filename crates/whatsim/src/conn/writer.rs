//! Drains a link's queue: encodes, encrypts and frames each stanza. If many stanzas wait, several go into one
//! chunk.

use super::{ConnError, FrameSink, Link, Outgoing};
use crate::codec;
use crate::faults::Treatment;
use crate::world::World;
use bytes::Bytes;
use futures_util::SinkExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use wacore_binary::Node;
use wacore_noise::NoiseCipher;
use wacore_noise::framing::encode_frame;

/// The maximum size of a chunk that is given to the transport, in bytes.
const CHUNK: usize = 32 * 1024;

/// How long a client may take to disconnect after the server has asked it to.
const LINGER: Duration = Duration::from_millis(500);

/// Encrypts stanzas. The nonce is a counter that both sides keep.
pub(super) struct Writer {
    pub world: Arc<World>,
    pub link: Arc<Link>,
    pub cipher: NoiseCipher,
    pub counter: u32,
}

impl Writer {
    /// Runs until the link is closed or the transport fails.
    pub async fn run(mut self, mut sink: FrameSink, mut queue: UnboundedReceiver<Outgoing>) {
        let mut chunk = Vec::new();
        let mut open = true;
        while open {
            let Some(first) = queue.recv().await else { break };
            let mut next = Some(first);
            while let Some(outgoing) = next {
                match outgoing {
                    Outgoing::Close => {
                        open = false;
                        break;
                    }
                    Outgoing::Sever => {
                        let _ = flush(&mut chunk, &mut sink).await;
                        return;
                    }
                    Outgoing::Stanza(node) => {
                        match self.seal(&node, &mut chunk, &mut sink).await {
                            Ok(()) => {}
                            // The client is gone, so nothing can be sent to it.
                            Err(ConnError::Transport(_)) => return,
                            Err(error) => {
                                tracing::error!(conn = self.link.id.0, %error, "a stanza could not be sent: the connection ends");
                                open = false;
                                break;
                            }
                        }
                    }
                }
                next = if chunk.len() < CHUNK { queue.try_recv().ok() } else { None };
            }
            if flush(&mut chunk, &mut sink).await.is_err() {
                return;
            }
        }
        // If a client finds the socket closed before it has read the reason, it reports a network error. So the
        // server waits for the client to disconnect, as WhatsApp's server does.
        let _ = tokio::time::timeout(LINGER, self.link.hung_up.cancelled()).await;
        let _ = sink.close().await;
    }

    /// Encrypts a stanza and adds it to the chunk. Faults on this connection may drop or delay it.
    async fn seal(
        &mut self,
        node: &Node,
        chunk: &mut Vec<u8>,
        sink: &mut FrameSink,
    ) -> Result<(), ConnError> {
        match self.world.faults.treatment(&self.link, self.world.clock.now()) {
            Treatment::Normal => {}
            Treatment::Swallow => return Ok(()),
            Treatment::Slow(slow) => {
                // The stanzas that are already in the chunk must not wait for this delay.
                flush(chunk, sink).await?;
                let delay = slow.delay_for(packed_size(node), &mut rand::rng());
                if self.link.hung_up.run_until_cancelled(tokio::time::sleep(delay)).await.is_none() {
                    return Err(ConnError::Transport("the client hung up".to_owned()));
                }
            }
        }
        tracing::trace!(conn = self.link.id.0, "--> {}", codec::render(node));
        let frame = self.frame(node)?;
        self.world.metrics.stanza_out();
        chunk.extend_from_slice(&frame);
        Ok(())
    }

    fn frame(&mut self, node: &Node) -> Result<Vec<u8>, ConnError> {
        let mut packed = codec::encode(node)?;
        self.cipher
            .encrypt_in_place_with_counter(self.counter, &mut packed)
            .map_err(|e| ConnError::Cipher(e.to_string()))?;
        self.counter += 1;
        encode_frame(&packed, None).map_err(|e| ConnError::Transport(e.to_string()))
    }
}

async fn flush(chunk: &mut Vec<u8>, sink: &mut FrameSink) -> Result<(), ConnError> {
    if chunk.is_empty() {
        return Ok(());
    }
    sink.send(Bytes::from(std::mem::take(chunk))).await
}

/// The encoded size of a stanza in bytes, for the bandwidth of the fault `slow`.
fn packed_size(node: &Node) -> usize {
    codec::encode(node).map_or(0, |packed| packed.len())
}
