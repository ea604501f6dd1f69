//! The three patterns of the Noise handshake: XX, IK and XXfallback.

use super::companion::Companion;
use crate::sim::{Handshakes, Sim};

#[tokio::test]
async fn pairing_uses_noise_xx_and_resuming_uses_noise_ik() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let mut companion = Companion::linked(&sim, &number).await?;
    // The library stores the server's key only after the device is linked, so the login after pairing uses XX again.
    assert_eq!(sim.handshakes(), Handshakes { xx: 2, ik: 0, xx_fallback: 0 });
    companion.reconnect().await?;
    assert_eq!(sim.handshakes(), Handshakes { xx: 2, ik: 1, xx_fallback: 0 });
    sim.finish().await
}

#[tokio::test]
async fn after_a_server_key_change_the_client_uses_noise_xx_once_and_then_noise_ik() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let mut companion = Companion::linked(&sim, &number).await?;
    companion.hang_up().await?;
    let before = sim.handshakes();

    sim.change_server_key()?;
    companion.restart().await?;
    companion.connect().await?;
    companion.reconnect().await?;
    let after = sim.handshakes();
    assert_eq!(after, Handshakes { ik: before.ik + 1, xx_fallback: before.xx_fallback + 1, ..before });
    sim.finish().await
}
