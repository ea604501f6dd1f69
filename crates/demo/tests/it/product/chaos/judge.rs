//! What must hold after a kill. The test compares the accounts with the phone's list of devices. Each device on the
//! list must be linked to an account, and an account must not keep a device that is not on the list.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::person::{Known, Person};
use crate::deadline::until;
use crate::product::installation::Server;
use crate::sim::Sim;

/// On an idle machine, a login usually takes less than this time. The test counts the logins that take longer.
const SOON: Duration = Duration::from_secs(2);

/// The library waits 10 s for a missing app-state key. Every login must be faster than this time, even on a busy
/// machine. So no login waits for a missing key.
const NO_GRACE: Duration = Duration::from_secs(9);

/// The reasons of a status that stays until somebody acts or something happens outside the server.
const RESTS: [&str; 7] =
    ["online", "paused", "user_disconnected", "not_linked", "qr_expired", "logged_out", "device_removed"];

/// The time from the start of the server to the login of each account.
#[derive(Default)]
pub struct Logins {
    took: Vec<Duration>,
}

impl Logins {
    pub fn take(&mut self, more: Self) {
        self.took.extend(more.took);
    }
}

impl fmt::Display for Logins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slow = self.took.iter().filter(|took| **took > SOON).count();
        let slowest = self.took.iter().max().copied().unwrap_or_default();
        write!(f, "{} logins after a start, the slowest {slowest:?}, {slow} above {SOON:?}", self.took.len())
    }
}

/// Checks all accounts after a start. Afterwards, each account is known to be online or unlinked.
pub async fn all(server: &Server, sim: &Sim, people: &mut [Person]) -> anyhow::Result<Logins> {
    let began = Instant::now();
    let judged = join_all(people.iter_mut().map(|person| one(server, sim, person, began))).await;
    let took = judged.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    Ok(Logins { took: took.into_iter().flatten().collect() })
}

/// Checks one account and returns how long its login took.
async fn one(
    server: &Server,
    sim: &Sim,
    person: &mut Person,
    began: Instant,
) -> anyhow::Result<Option<Duration>> {
    let listed = sim.state(&person.number)?.devices.len();
    let known = person.known;
    let Some(account) = person.account.clone() else {
        // The API confirmed the deletion, so the phone must list no device.
        person.is_listed_nowhere(sim).await?;
        person.known = Known::Unlinked;
        return Ok(None);
    };
    let Some(body) = rest(server, &account).await.with_context(|| format!("{person:?}"))? else {
        ensure!(known == Known::Leaving, "{person:?} is gone and nobody deleted it");
        person.account = None;
        person.is_listed_nowhere(sim).await?;
        person.known = Known::Unlinked;
        return Ok(None);
    };
    let reason = body["status"]["reason"].as_str().unwrap_or_default();
    let logged_in = match reason {
        "online" => Some(began.elapsed()),
        "paused" => {
            ensure!(known == Known::MaybePaused, "{person:?} is paused");
            person.resume(server, &account).await?;
            None
        }
        "logged_out" | "device_removed" => bail!("{person:?}, listed {listed} times: {body}"),
        _ => {
            let may_be_unlinked = known == Known::Leaving || (known == Known::Unlinked && listed == 0);
            ensure!(may_be_unlinked, "the link of {person:?} is lost, listed {listed} times: {body}");
            person.is_listed_nowhere(sim).await?;
            person.known = Known::Unlinked;
            return Ok(None);
        }
    };
    let devices = sim.state(&person.number)?.devices;
    ensure!(devices.len() == 1, "{person:?} is online, and its phone lists {devices:?}");
    ensure!(logged_in.is_none_or(|took| took < NO_GRACE), "{person:?} logged in after {logged_in:?}");
    person.known = Known::Online;
    Ok(logged_in)
}

/// Waits until the account has one of the reasons in `RESTS`, and returns the account. Returns `None` if the
/// account no longer exists.
async fn rest(server: &Server, account: &str) -> anyhow::Result<Option<Value>> {
    let path = format!("/whatsapp/accounts/{account}");
    let mut last = Value::Null;
    let found = until("rest after a start", async || {
        let (status, body) = server.api.call(Method::GET, &path, None).await.ok()?;
        last = body.clone();
        match status {
            StatusCode::NOT_FOUND => Some(None),
            StatusCode::OK => RESTS.contains(&body["status"]["reason"].as_str()?).then_some(Some(body)),
            _ => None,
        }
    })
    .await;
    found.with_context(|| last.to_string())
}
