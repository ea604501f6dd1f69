//! `linekeeper audit verify`: checks every chain of the audit log from the first entry to the last.

use std::process::ExitCode;

use clap::Args;
use linekeeper_storage::{Chain, NotedHead};

use crate::cli::installation::Installation;
use crate::cli::{Console, Options};

/// The options of `audit verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// The head of a chain (its last entry), as this command printed it earlier. The check fails if the chain no longer
    /// contains this entry. Keep the head where people who can write to the database cannot change it. Can be given
    /// several times
    #[arg(long, value_name = "WORKSPACE:SEQ:MAC")]
    head: Vec<NotedHead>,
}

impl Verify {
    pub(crate) async fn run(self, options: &Options, console: &mut Console) -> anyhow::Result<ExitCode> {
        let installation = Installation::open_existing(options).await?;
        let chains = self.chains(&installation).await;
        installation.close().await;
        let chains = chains?;
        for chain in &chains {
            if let Some(head) = chain.head.filter(|_| chain.flaw.is_none()) {
                console.say(NotedHead { chain: chain.name.clone(), head })?;
            }
        }
        for chain in &chains {
            if let Some(flaw) = chain.flaw {
                console.complain(format_args!("{}: entry {} {}", named(chain), flaw.seq, flaw.what));
            }
        }
        let whole = chains.iter().all(|chain| chain.flaw.is_none());
        Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn chains(&self, installation: &Installation) -> anyhow::Result<Vec<Chain>> {
        Ok(installation.storage.read().await?.audit().verify(&self.head).await?)
    }
}

fn named(chain: &Chain) -> &str {
    if chain.name.is_empty() { "installation" } else { &chain.name }
}
