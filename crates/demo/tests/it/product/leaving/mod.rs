//! Disconnecting and deleting: in every case, the phone lists no device that the account's status does not report.

mod dark;
mod kill;
mod moments;
mod one_phone;

use reqwest::{Method, StatusCode};

use super::api::Api;
use crate::deadline::until;
use crate::sim::Sim;

/// Deletes an account; returns the status of the answer.
async fn delete(api: &Api, account: &str) -> anyhow::Result<StatusCode> {
    Ok(api.call(Method::DELETE, &format!("/whatsapp/accounts/{account}"), None).await?.0)
}

/// Waits until the phone lists no device.
async fn lists_nothing(sim: &Sim, number: &str) -> anyhow::Result<()> {
    until("a phone that lists no device", async || sim.state(number).ok()?.devices.is_empty().then_some(()))
        .await
}
