//! `linekeeper send`: sends a text or a file through the REST API of a running server.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::Access;
use super::client::Client;
use super::{Console, Options};

/// The options of `send`.
#[derive(Debug, Args)]
pub struct Send {
    /// The account that sends
    #[arg(long, value_name = "ID")]
    account: uuid::Uuid,
    /// The recipient: a phone number such as +15551234567, a WhatsApp address, or the id of a chat or a person
    #[arg(long, value_name = "WHOM")]
    to: String,
    /// A file to send. Pictures and MP4 videos are sent as pictures and videos, all other files as documents
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The text of the message, or the text beside the file
    #[arg(required_unless_present = "file")]
    text: Option<String>,
    #[command(flatten)]
    access: Access,
}

/// The field of the response that this command needs.
#[derive(Deserialize)]
struct Accepted {
    id: String,
}

/// The fields of the response to an upload that this command needs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Uploaded {
    id: String,
    mime_type: Option<String>,
    size: u64,
}

impl Send {
    /// Sends the message, and prints its id. The server has then accepted the message, and sends it at the
    /// account's pace.
    pub(super) async fn run(self, options: &Options, console: &mut Console) -> anyhow::Result<ExitCode> {
        let client = self.access.client(options, console)?;
        let mut body = match &self.file {
            Some(file) => self.with_file(&client, file).await?,
            None => json!({ "type": "text", "text": { "body": self.text } }),
        };
        body["to"] = self.to.into();
        let path = format!("accounts/{}/messages", self.account);
        let accepted: Accepted = client.call(Method::POST, &path, Some(body)).await?;
        console.say(accepted.id)?;
        Ok(ExitCode::SUCCESS)
    }

    async fn with_file(&self, client: &Client, path: &Path) -> anyhow::Result<Value> {
        let name =
            path.file_name().and_then(|name| name.to_str()).context("the file has no readable name")?;
        let shown = path.display();
        let file = tokio::fs::File::open(path).await.with_context(|| format!("cannot open {shown}"))?;
        let length = file.metadata().await.with_context(|| format!("cannot read {shown}"))?.len();
        let media = format!("accounts/{}/media", self.account);
        let uploaded: Uploaded = client.upload(&media, name, file, length).await?;
        let kind = kind(uploaded.mime_type.as_deref().unwrap_or_default(), uploaded.size);
        let mut part = json!({ "mediaId": uploaded.id, "fileName": name });
        if let Some(caption) = &self.text {
            part["caption"] = caption.as_str().into();
        }
        Ok(json!({ "type": kind, kind: part }))
    }
}

/// The type of message for a file, chosen by the file's MIME type and size.
fn kind(mime_type: &str, size: u64) -> &'static str {
    const LARGEST_SHOWN: u64 = 16_000_000;
    match mime_type {
        "image/jpeg" | "image/png" if size <= LARGEST_SHOWN => "image",
        "video/mp4" if size <= LARGEST_SHOWN => "video",
        _ => "document",
    }
}
