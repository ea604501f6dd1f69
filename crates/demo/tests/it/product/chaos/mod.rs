//! `kill -9` at random moments, while accounts are linked, disconnected, deleted and paused, and messages arrive.
//! After each kill, the phones' lists of devices decide what must hold. `CHAOS_KILLS` and `CHAOS_SEED` choose the
//! number of kills and the random sequence. `make soak` makes 300 kills.

mod judge;
mod person;

use std::time::Duration;

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use self::judge::Logins;
use self::person::Person;
use super::installation::{Installation, Server};
use crate::sim::Sim;

/// The number of kills in the test suite. Each kill takes about two seconds.
const KILLS: u32 = 8;

const PEOPLE: usize = 6;

/// The maximum time from the first action to the kill. A link takes about half of this time. A disconnect and a new
/// link together also take about half of it.
const LONGEST_LIFE: Duration = Duration::from_millis(900);

/// The share of server runs in which the master key is rotated.
const ROTATES: f64 = 0.2;

#[tokio::test]
async fn random_kills_of_the_server_lose_no_link_and_leave_no_orphaned_device() -> anyhow::Result<()> {
    let kills = number("CHAOS_KILLS").map_or(KILLS, |kills| u32::try_from(kills).unwrap_or(u32::MAX));
    let seed = number("CHAOS_SEED").unwrap_or_else(rand::random);
    say(&format!("CHAOS_SEED={seed} CHAOS_KILLS={kills}"));
    let mut random = StdRng::seed_from_u64(seed);

    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let mut people = Vec::new();
    for name in 0..PEOPLE {
        people.push(Person::new(sim.phone(&format!("Person {name}"))?));
    }
    let friend = sim.phone("Friend")?;
    let mut logins = Logins::default();
    for round in 0..kills {
        let server = installation.start().await?;
        logins.take(
            judge::all(&server, &sim, &mut people)
                .await
                .map_err(|wrong| wrong.context(format!("after {round} kills, CHAOS_SEED={seed}")))?,
        );
        let chosen: Vec<_> = people.iter().map(|person| person.choose(&mut random)).collect();
        let acts = people.iter_mut().zip(chosen).map(|(person, act)| person.act(act, &server, &sim));
        let rotates = random.random_bool(ROTATES);
        let moment = LONGEST_LIFE.mul_f64(random.random::<f64>());
        let everything = async {
            let (acted, written, rotated) =
                tokio::join!(join_all(acts), write(&sim, &friend), rotate(&installation, rotates));
            acted.into_iter().chain([written, rotated]).collect::<anyhow::Result<()>>()
        };
        // The kill must come at a random moment, so the test waits for a time and not for an event.
        if let Ok(failed) = tokio::time::timeout(moment, everything).await {
            failed?;
        }
        server.kill().await?;
    }

    let server = installation.start().await?;
    logins.take(judge::all(&server, &sim, &mut people).await?);
    bring_all_online(&server, &sim, &mut people).await?;
    say(&format!("{kills} kills: {logins}"));
    sim.finish().await?;
    Ok(())
}

/// Brings every account online: with `connect` alone, or with a scan if the account needs one.
async fn bring_all_online(server: &Server, sim: &Sim, people: &mut [Person]) -> anyhow::Result<()> {
    for person in people.iter_mut() {
        person.come_online(server, sim).await?;
    }
    judge::all(server, sim, people).await?;
    for person in people {
        anyhow::ensure!(person.is_online(), "{person:?} is not online in the end");
    }
    Ok(())
}

/// A friend writes to all linked phones without end.
async fn write(sim: &Sim, friend: &str) -> anyhow::Result<()> {
    loop {
        for phone in sim.server().phones().list() {
            if phone.number != friend {
                sim.send(friend, &phone.number, "hello").await?;
            }
        }
    }
}

/// Rotates the master key if `wanted`. A kill of the server does not wait for the end of the rotation: the process
/// of the rotation ends when this future is dropped.
async fn rotate(installation: &Installation, wanted: bool) -> anyhow::Result<()> {
    if !wanted {
        return Ok(());
    }
    let rotated = installation.command(&["keys", "rotate"]).output().await?;
    // A rotation keeps the old key in a file, because older backups need the old key. The next rotation is refused
    // until somebody moves or deletes this file.
    if rotated.status.success() || String::from_utf8_lossy(&rotated.stderr).contains("then rotate again") {
        std::fs::remove_file(installation.key_file().with_extension("key.previous"))?;
    }
    Ok(())
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[expect(clippy::print_stderr, reason = "a test speaks to the person who runs it")]
fn say(line: &str) {
    eprintln!("{line}");
}
