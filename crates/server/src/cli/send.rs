//! `linekeeper send`: sends a text through the REST API of a running server.

use std::process::ExitCode;

use clap::Args;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::access::Access;
use super::{Console, Options};

/// `send`.
#[derive(Debug, Args)]
pub struct Send {
    /// The account that sends
    #[arg(long, value_name = "ID")]
    account: uuid::Uuid,
    /// To whom: a number such as +15551234567, an address of WhatsApp, or the id of a chat or a person
    #[arg(long, value_name = "WHOM")]
    to: String,
    /// What to say
    text: String,
    #[command(flatten)]
    access: Access,
}

/// What is needed of the answer.
#[derive(Deserialize)]
struct Accepted {
    id: String,
}

impl Send {
    /// Prints the id of the message: it is accepted, and leaves at the account's pace.
    pub(super) async fn run(self, options: &Options, console: &mut Console) -> anyhow::Result<ExitCode> {
        let client = self.access.client(options, console)?;
        let body = json!({ "to": self.to, "type": "text", "text": { "body": self.text } });
        let path = format!("accounts/{}/messages", self.account);
        let accepted: Accepted = client.call(Method::POST, &path, Some(body)).await?;
        console.say(accepted.id)?;
        Ok(ExitCode::SUCCESS)
    }
}
