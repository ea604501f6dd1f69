//! Lets a person use the Enter key instead of a phone. Each press creates a phone that scans the QR code in the
//! dashboard. The phone's account then gets a message to answer. So a trial needs neither a camera nor a second
//! terminal.

use std::io::{BufRead as _, Write as _};

use anyhow::Context as _;
use tokio::sync::mpsc;

use crate::api::Api;

/// The number of a simulated customer. The customer sends a message to each account that this module links.
const CUSTOMER: &str = "15550000100";
const QUESTION: &str = "Hello! Are you open today?";

/// Scans a QR code at each press of Enter, until the input ends.
pub(crate) async fn scan(api: &Api, simulator: &whatsim::Server) -> anyhow::Result<()> {
    let customer = whatsim::NewPhone {
        number: Some(CUSTOMER.to_owned()),
        name: Some("Ana".to_owned()),
        ..Default::default()
    };
    simulator.phones().create(customer)?;
    let mut presses = presses();
    while presses.recv().await.is_some() {
        let said = match scan_one(api, simulator).await {
            Ok(said) => said,
            Err(error) => format!("That did not work: {error:#}"),
        };
        let mut out = std::io::stdout().lock();
        writeln!(out, "{said}").and_then(|()| out.flush())?;
    }
    Ok(())
}

async fn scan_one(api: &Api, simulator: &whatsim::Server) -> anyhow::Result<String> {
    let Some((account, name)) = api.waiting_for_a_scan().await? else {
        return Ok("No QR code is shown. In the dashboard: Link an account, a name, Show the code. Then press Enter here.".to_owned());
    };
    let phone =
        simulator.phones().create(whatsim::NewPhone { name: Some(name.clone()), ..Default::default() })?;
    simulator.phones().scan(&phone.number, &api.qr_code(&account).await?).await?;
    if let Err(error) = api.wait_until_connected(&account).await {
        return Ok(format!(
            "+{} has scanned the code of {name}, but the account is not connected ({error:#}): the dashboard says why. A \
             simulated phone has a number of its own: leave the number in the dashboard empty.",
            phone.number
        ));
    }
    simulator.phones().send_text(CUSTOMER, &phone.number, QUESTION).await.context("nobody wrote")?;
    Ok(format!(
        "+{} has scanned the code of {name}, and somebody wrote to it: open {name} in the dashboard, then Conversations.",
        phone.number
    ))
}

/// Sends one item for each line of the input. The thread that reads the input ends with the process.
fn presses() -> mpsc::Receiver<()> {
    let (sender, receiver) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            if line.is_err() || sender.blocking_send(()).is_err() {
                return;
            }
        }
    });
    receiver
}
