//! WhatsApp is unreachable for a minute, for all accounts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::history;
use crate::deadline::{until, until_after};
use crate::product::installation::Installation;
use crate::sim::Sim;

const ACCOUNTS: u32 = 60;
/// The number of accounts that are linked at the same time.
const LINKS_AT_ONCE: usize = 6;
const AT_ONCE: u32 = 8;
const GONE_FOR: Duration = Duration::from_secs(60);
const PROBE_EVERY: u32 = 10;

/// The maximum number of attempts of one account in a minute. With the shortest delays, the first five attempts come
/// after 1, 3, 7, 15 and 31 s. After that, one attempt comes every ten seconds.
const MOST_TRIES: u32 = 5 + 3;
/// The minimum number of attempts of one account in a minute. The longest possible delays contain a fifth of
/// jitter. Even with these delays, the fifth attempt comes after 37.2 s.
const FEWEST_TRIES: u32 = 5;

/// Listens at WhatsApp's address during the outage. It counts each connection and closes it at once.
struct Nobody {
    calls: Arc<AtomicU32>,
    answering: JoinSet<()>,
}

impl Nobody {
    async fn at(address: std::net::SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let calls = Arc::new(AtomicU32::new(0));
        let counted = calls.clone();
        let mut answering = JoinSet::new();
        answering.spawn(async move {
            while listener.accept().await.is_ok() {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        Ok(Self { calls, answering })
    }

    /// Stops listening and returns the number of connections that were counted.
    async fn leave(mut self) -> u32 {
        self.answering.shutdown().await;
        self.calls.load(Ordering::Relaxed)
    }
}

#[tokio::test]
async fn the_number_of_simultaneous_logins_is_limited_after_a_one_minute_outage() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut installation = Installation::new(&sim).await?;
    installation.set("WHATSAPP_CONNECT_AT_ONCE", AT_ONCE);
    installation.set("WHATSAPP_PROBE_INTERVAL", PROBE_EVERY);
    let server = installation.start().await?;
    let mut accounts = Vec::new();
    let numbers: Vec<_> = (0..ACCOUNTS).map(|_| sim.phone("Ann")).collect::<Result<_, _>>()?;
    for some in numbers.chunks(LINKS_AT_ONCE) {
        let links = some.iter().map(|number| server.link(&sim, number));
        accounts.extend(futures_util::future::try_join_all(links).await?);
    }

    sim.server().go_dark().await;
    let nobody = Nobody::at(sim.server().addr()).await?;
    sim.server().reset_peaks();
    // The test needs an outage of this length, so it waits for a time and not for an event.
    tokio::time::sleep_until(Instant::now() + GONE_FOR).await;
    let tries = nobody.leave().await;
    assert!(
        (ACCOUNTS * FEWEST_TRIES..=ACCOUNTS * MOST_TRIES).contains(&tries),
        "{tries} tries of {ACCOUNTS} accounts"
    );
    for account in &accounts {
        let body = server.api.account(account).await?;
        assert_eq!(body["status"]["reason"], "retries_exhausted", "an operator is told: {body}");
    }

    sim.server().return_from_dark().await?;
    let patience = Duration::from_secs(u64::from(PROBE_EVERY) * 3);
    until_after(patience, "everybody online", async || {
        (sim.server().state().connected_devices == ACCOUNTS as usize).then_some(())
    })
    .await?;
    let peak = sim.server().state().peak_handshakes;
    assert!((1..=AT_ONCE as usize).contains(&peak), "{peak} handshakes at one time");
    eprintln!("{ACCOUNTS} accounts: {tries} tries in the dark, {peak} handshakes at one time afterwards");
    for account in &accounts {
        server.api.reaches(account, "online").await?;
    }
    until("the story of all", async || {
        let events = server.api.events().await.ok()?;
        let is_back = |account: &String| {
            history::unbroken(&events, account)
                .is_ok_and(|changes| changes.last().is_some_and(|last| last.to == "online"))
        };
        accounts.iter().all(is_back).then_some(())
    })
    .await?;
    server.kill().await?;
    sim.finish().await?;
    Ok(())
}
