//! `linekeeper link`: links a WhatsApp account from the terminal, through the REST API of a running server.

mod client;
mod progress;
mod qr_text;
mod screen;

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use linekeeper_model::secret::Secret;
use tokio::time::MissedTickBehavior;
use url::Url;

use self::client::{Account, Client, Refusal};
use self::progress::{Step, step};
use self::screen::Screen;
use super::{Console, Options, exit};

/// How often the account is looked at while nobody has scanned.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_secs(1);

/// The variable that may hold the key.
const KEY_VARIABLE: &str = "LINEKEEPER_API_KEY";

/// `link`.
#[derive(Debug, Args)]
pub struct Link {
    /// What to call the new account
    #[arg(long, default_value = "WhatsApp", conflicts_with = "account")]
    name: String,
    /// The server [default: the address that it is configured to listen on]
    #[arg(long, value_name = "URL")]
    server: Option<Url>,
    /// Read the API key from the first line of standard input, instead of the variable LINEKEEPER_API_KEY
    #[arg(long)]
    api_key_stdin: bool,
    /// Link this account again, instead of making a new one
    #[arg(long, value_name = "ID")]
    account: Option<uuid::Uuid>,
}

impl Link {
    pub(super) async fn run(self, options: &Options, console: &mut Console) -> anyhow::Result<ExitCode> {
        let key = self.key(console)?;
        let client = Client::new(&self.server(options)?, key)?;
        let account = match self.account {
            Some(id) => client.connect_again(&id.to_string()).await,
            None => client.connect(&self.name).await,
        };
        let account = match account {
            Err(Refusal::Problem { code, .. }) if code == "already_connected" => {
                console.say("This account is connected already.")?;
                return Ok(ExitCode::SUCCESS);
            }
            other => other?,
        };
        let id = account.id.clone();
        tokio::select! {
            done = follow(&client, account, console) => done,
            _ = tokio::signal::ctrl_c() => {
                console.complain(format_args!("\nNot linked. To go on later: linekeeper link --account {id}"));
                Ok(ExitCode::from(exit::INTERRUPTED))
            }
        }
    }

    fn key(&self, console: &mut Console) -> anyhow::Result<Secret<String>> {
        if self.api_key_stdin {
            return console.read_secret("an API key");
        }
        let key = std::env::var(KEY_VARIABLE).ok().filter(|key| !key.is_empty());
        let key = key.context(
            "this needs an API key: set LINEKEEPER_API_KEY, or give --api-key-stdin \
             (`linekeeper api-key create` makes one)",
        )?;
        Ok(Secret::new(key))
    }

    /// A server that listens everywhere is asked on this machine.
    fn server(&self, options: &Options) -> anyhow::Result<Url> {
        if let Some(url) = &self.server {
            return Ok(url.clone());
        }
        let mut address = options.load()?.server.listen;
        if address.ip().is_unspecified() {
            let loopback =
                if address.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() };
            address.set_ip(loopback);
        }
        Ok(Url::parse(&format!("http://{address}"))?)
    }
}

/// Shows the newest code until the account is connected or cannot be.
async fn follow(client: &Client, mut account: Account, console: &mut Console) -> anyhow::Result<ExitCode> {
    let mut screen = Screen::default();
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        match step(&account) {
            Step::Connected { who } => {
                screen.clear(console)?;
                console.say(format_args!("Connected: {who}"))?;
                return Ok(ExitCode::SUCCESS);
            }
            Step::Over { why } => bail!("{why}"),
            Step::Wait { what } => screen.note(console, &what)?,
            Step::Scan => match client.qr_code(&account.id).await {
                Ok(code) => screen.show(console, &code)?,
                Err(Refusal::Problem { code, .. }) if code == "qr_not_needed" || code == "qr_not_ready" => {}
                Err(refusal) => return Err(refusal.into()),
            },
        }
        ticks.tick().await;
        account = client.account(&account.id).await?;
    }
}
