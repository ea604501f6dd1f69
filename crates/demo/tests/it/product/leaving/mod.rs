//! Disconnecting and deleting. In every case, the phone lists a device only if the account's status reports the device.

mod dark;
mod kill;
mod moments;
mod one_phone;

use reqwest::{Method, StatusCode};

use super::api::Api;
use crate::deadline::until;
use crate::sim::Sim;

/// Deletes an account and returns the status code of the answer.
async fn delete(api: &Api, account: &str) -> anyhow::Result<StatusCode> {
    Ok(api.call(Method::DELETE, &format!("/whatsapp/accounts/{account}"), None).await?.0)
}

/// Waits until the phone lists no device.
async fn lists_nothing(sim: &Sim, number: &str) -> anyhow::Result<()> {
    until("a phone that lists no device", async || sim.state(number).ok()?.devices.is_empty().then_some(()))
        .await
}
