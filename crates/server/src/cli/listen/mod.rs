//! `linekeeper listen`: shows the events of a running server as they happen. With `--forward-to`, sends them to a
//! program under development instead, signed like webhook requests.

mod forward;
mod stream;

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use tokio::signal;
use tokio::time::sleep;
use url::Url;

use self::forward::Forward;
use self::stream::{Event, Events};
use super::access::Access;
use super::client::{Client, Refusal};
use super::{Console, Options, exit};

/// The first pause before trying again to reach the server. Later pauses are longer.
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// The options of `listen`.
#[derive(Debug, Args)]
pub struct Listen {
    /// Post each event to this address, such as http://localhost:3000/hook, instead of printing it
    #[arg(long, value_name = "URL")]
    forward_to: Option<Url>,
    /// Only events of these types, separated by commas, such as message.received, message.*, account.qr_code
    #[arg(long, value_name = "TYPES")]
    types: Option<String>,
    /// Only events about this account. Can be given several times
    #[arg(long, value_name = "ID")]
    account: Vec<uuid::Uuid>,
    /// Begin after the event with this `seq`; 0 begins with the oldest stored event [default: only new events]
    #[arg(long, value_name = "SEQ")]
    after: Option<u64>,
    #[command(flatten)]
    access: Access,
}

impl Listen {
    pub(super) async fn run(self, options: &Options, console: &mut Console) -> anyhow::Result<ExitCode> {
        let client = self.access.client(options, console)?;
        let forward = self.forward_to.map(Forward::new).transpose()?;
        if let Some(forward) = &forward {
            console.complain(format_args!("Each request is signed with {}", forward.secret_text().expose()));
        }
        let accounts: Vec<String> = self.account.iter().map(ToString::to_string).collect();
        let mut wish = Vec::new();
        wish.extend(self.types.map(|types| ("types", types)));
        wish.extend((!accounts.is_empty()).then(|| ("accounts", accounts.join(","))));
        let listening = follow(&client, &wish, self.after, forward.as_ref(), console);
        tokio::select! {
            ended = listening => ended.map(|never| match never {}),
            interrupted = signal::ctrl_c() => {
                interrupted?;
                Ok(ExitCode::from(exit::INTERRUPTED))
            }
        }
    }
}

/// Shows events until the server refuses the request or nobody reads the output any more.
async fn follow(
    client: &Client,
    wish: &[(&str, String)],
    mut after: Option<u64>,
    forward: Option<&Forward>,
    console: &mut Console,
) -> anyhow::Result<std::convert::Infallible> {
    let (mut pause, mut was_there) = (PAUSE, false);
    loop {
        match client.events(wish, after).await {
            Ok(answer) => {
                if was_there {
                    console.complain("Connected again.");
                }
                was_there = true;
                let mut events = Events::of(answer);
                while let Some(event) = events.next().await {
                    pause = PAUSE;
                    show(&event, forward, console).await?;
                    after = event.seq.or(after);
                }
                console.complain("The connection ended; trying again.");
            }
            // A server that was reached before may be restarting, so the command tries again. If the server was never
            // reached, the address is probably wrong.
            Err(Refusal::Unreachable { .. }) if was_there => {}
            Err(Refusal::Problem { code, .. }) if was_there && passes(&code) => {}
            Err(refusal) => return Err(refusal.into()),
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Whether a refusal is temporary: the server is starting, stopping or busy.
fn passes(code: &str) -> bool {
    matches!(code, "starting" | "shutting_down" | "busy" | "storage_unavailable" | "too_many_requests")
}

async fn show(event: &Event, forward: Option<&Forward>, console: &mut Console) -> anyhow::Result<()> {
    match forward {
        None => console.say(&event.text)?,
        Some(forward) => {
            let seq = event.seq.map_or_else(|| "-".to_owned(), |seq| seq.to_string());
            let outcome = forward.post(event).await;
            console.say(format_args!("{seq} {}: {outcome}", event.kind))?;
        }
    }
    Ok(())
}
