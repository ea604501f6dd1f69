//! `linekeeper audit show`: prints the entries of one chain of the audit log. Each workspace has a chain. The
//! installation has its own chain, which no workspace may read.

use std::process::ExitCode;

use clap::Args;
use linekeeper_model::audit::Entry;
use linekeeper_model::id::WorkspaceId;
use linekeeper_storage::AuditFilter;
use serde_json::json;

use crate::cli::installation::Installation;
use crate::cli::{Console, Options};

/// The options of `audit show`.
#[derive(Debug, Args)]
pub struct Show {
    /// The workspace whose entries to show [default: the installation's own chain]
    #[arg(long)]
    workspace: Option<WorkspaceId>,
    /// The maximum number of entries to print
    #[arg(long, default_value_t = 100)]
    limit: u32,
}

impl Show {
    pub(crate) async fn run(self, options: &Options, console: &mut Console) -> anyhow::Result<ExitCode> {
        let installation = Installation::open_existing(options).await?;
        let entries = self.entries(&installation).await;
        installation.close().await;
        for entry in entries? {
            console.say(line(&entry))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn entries(&self, installation: &Installation) -> anyhow::Result<Vec<Entry>> {
        let filter = AuditFilter { limit: self.limit, ..AuditFilter::default() };
        Ok(installation.storage.read().await?.audit().page(self.workspace, &filter).await?)
    }
}

/// Writes the entry as JSON, with the same fields as the API.
fn line(entry: &Entry) -> String {
    let details = &entry.details;
    let target = entry.target.map(|target| json!({ "type": target.kind.code(), "id": target.id }));
    json!({
        "id": entry.id,
        "seq": entry.seq,
        "at": entry.at,
        "action": entry.action.code(),
        "actor": { "type": entry.actor.kind(), "id": entry.actor.id() },
        "target": target,
        "fields": details.fields,
        "facts": details.facts,
        "requestId": details.request_id,
        "address": details.address,
    })
    .to_string()
}
