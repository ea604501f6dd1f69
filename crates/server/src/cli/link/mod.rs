//! `linekeeper link`: links a WhatsApp account from the terminal, through the REST API of a running server.

mod big_text;
mod enter;
mod progress;
mod qr_text;
mod screen;

use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, ValueEnum};
use linekeeper_model::phone::PhoneNumber;
use tokio::time::MissedTickBehavior;

use self::enter::Enter;
use self::progress::{Step, again, step};
use self::screen::Screen;
use super::access::Access;
use super::client::{Account, Client, Refusal, Way};
use super::{Console, Options, exit};

/// How often to check the account while nobody has scanned the code.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_secs(1);

/// The options of `link`.
#[derive(Debug, Args)]
pub struct Link {
    /// The name of the new account
    #[arg(long, default_value = "WhatsApp", conflicts_with = "account")]
    name: String,
    #[command(flatten)]
    access: Access,
    /// Link this account again, instead of creating a new one
    #[arg(long, value_name = "ID")]
    account: Option<uuid::Uuid>,
    /// How to link: scan a QR code, or type a code on the phone
    #[arg(long, value_enum, default_value_t)]
    method: Method,
    /// The phone's number, such as +15551234567. Only a phone with this number can then be linked. Required with
    /// `--method code`
    #[arg(long, value_name = "NUMBER")]
    phone: Option<PhoneNumber>,
}

/// How the phone is linked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Method {
    #[default]
    Qr,
    Code,
}

impl Link {
    pub(super) async fn run(self, options: &Options, console: &mut Console) -> anyhow::Result<ExitCode> {
        let client = self.access.client(options, console)?;
        let way = Way { by_code: self.method == Method::Code, phone: self.phone };
        let account = match self.account {
            Some(id) => client.connect_again(&id.to_string(), &way).await,
            None if way.by_code && way.phone.is_none() => {
                bail!("--method code needs the phone's number: give --phone, such as --phone +15551234567")
            }
            None => client.connect(&self.name, &way).await,
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
            done = follow(&client, account, &way, console) => done,
            _ = tokio::signal::ctrl_c() => {
                console.complain(format_args!("\nNot linked. To go on later: linekeeper link --account {id}"));
                Ok(ExitCode::from(exit::INTERRUPTED))
            }
        }
    }
}

/// Shows the newest code until the account is connected or cannot be connected.
async fn follow(
    client: &Client,
    mut account: Account,
    way: &Way,
    console: &mut Console,
) -> anyhow::Result<ExitCode> {
    let mut screen = Screen::default();
    let mut enter = Enter::at(console);
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let step = step(&account);
        match &step {
            Step::Connected { who } => {
                screen.clear(console)?;
                console.say(format_args!("Connected: {who}"))?;
                return Ok(ExitCode::SUCCESS);
            }
            Step::Over { why } => bail!("{why}"),
            Step::Expired if enter.is_heard() => {
                screen.note(
                    console,
                    "Nobody linked it in two minutes. Press Enter for a new code, Ctrl-C to stop.",
                )?;
            }
            Step::Expired => bail!("nobody linked it in two minutes; again: {}", again(&account)),
            Step::Wait { what } => screen.note(console, what)?,
            Step::Confirm => compare(client, &account, &enter, &mut screen, console).await?,
            Step::Scan | Step::Type | Step::Open => {
                let by_code = step == Step::Type || (step == Step::Open && way.by_code);
                show(client, &account, by_code, &mut screen, console).await?;
            }
        }
        tokio::select! {
            _ = ticks.tick() => account = client.account(&account.id).await?,
            () = enter.pressed() => {
                screen.moved_up();
                account = match step {
                    Step::Expired => client.connect_again(&account.id, way).await?,
                    Step::Confirm => client.confirm_passkey(&account.id).await?,
                    _ => account,
                };
            }
        }
    }
}

/// Shows the newest code. If there is no code now, shows nothing: the account's status will soon say why.
async fn show(
    client: &Client,
    account: &Account,
    by_code: bool,
    screen: &mut Screen,
    console: &mut Console,
) -> anyhow::Result<()> {
    const PASSING: [&str; 8] = [
        "qr_not_needed",
        "qr_not_ready",
        "qr_not_requested",
        "qr_expired",
        "code_not_ready",
        "code_not_requested",
        "already_connected",
        "passkey_asked",
    ];
    let shown = if by_code {
        client.pairing_code(&account.id).await.map(|code| screen.show_code(console, &code))
    } else {
        client.qr_code(&account.id).await.map(|code| screen.show_qr(console, &code))
    };
    match shown {
        Ok(shown) => shown,
        Err(Refusal::Problem { code, .. }) if PASSING.contains(&code.as_str()) => Ok(()),
        Err(refusal) => Err(refusal.into()),
    }
}

/// Asks the person to compare the code with the code on the phone.
async fn compare(
    client: &Client,
    account: &Account,
    enter: &Enter,
    screen: &mut Screen,
    console: &mut Console,
) -> anyhow::Result<()> {
    let passkey = match client.passkey(&account.id).await {
        Ok(passkey) => passkey,
        Err(Refusal::Problem { code, .. }) if code == "passkey_not_asked" => return Ok(()),
        Err(refusal) => return Err(refusal.into()),
    };
    let what = match passkey.code {
        Some(code) => format!("The passkey was right. The phone must show this code: {code}"),
        None => "The passkey was right, and has to be confirmed.".to_owned(),
    };
    let how = if enter.is_heard() {
        "If it does, press Enter; if not, press Ctrl-C and disconnect the account.".to_owned()
    } else {
        format!("If it does: POST /api/v1/whatsapp/accounts/{}/passkey/confirm", account.id)
    };
    screen.note(console, &format!("{what}\n{how}"))
}
