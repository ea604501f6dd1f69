//! The whole server disappears and returns. The simulator also reports how many handshakes and connections there
//! were at one time.

use super::companion::{Companion, Ending};
use crate::deadline::until;
use crate::sim::Sim;

#[tokio::test]
async fn an_outage_cuts_off_connected_clients_and_they_can_return() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (ann, bob) = (sim.phone("Ann")?, sim.phone("Bob")?);
    let mut companion = Companion::linked(&sim, &ann).await?;
    sim.go_dark().await;
    assert_eq!(companion.ended().await?, [Ending::Disconnected]);
    assert_eq!(sim.connections(), 0);
    companion.dial();
    assert_eq!(companion.ended().await?, [], "nobody is there to dial");

    sim.send(&bob, &ann, "are you back?").await?;
    sim.return_from_dark().await?;
    companion.connect().await?;
    assert_eq!(companion.next_text().await?.body, "are you back?");
    sim.finish().await
}

#[tokio::test]
async fn the_highest_numbers_of_connections_and_handshakes_are_kept_until_a_reset() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (ann, bob) = (sim.phone("Ann")?, sim.phone("Bob")?);
    let mut first = Companion::linked(&sim, &ann).await?;
    let mut second = Companion::linked(&sim, &bob).await?;
    let (handshakes, connections) = (sim.peak_handshakes(), sim.peak_connections());
    assert_eq!((handshakes, connections), (1, 2), "one after the other, then together");

    first.hang_up().await?;
    second.hang_up().await?;
    until("empty server", async || (sim.connections() == 0).then_some(())).await?;
    assert_eq!((sim.peak_handshakes(), sim.peak_connections()), (1, 2));
    sim.reset_peaks();
    assert_eq!((sim.peak_handshakes(), sim.peak_connections()), (0, 0));
    sim.finish().await
}
