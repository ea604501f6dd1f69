//! `linekeeper doctor`: checks everything that the server needs, and says how to repair what is wrong.

mod backups;
mod clock;
mod disk;
mod finding;
mod key;
mod listening;
mod media;
mod reach;
mod storage;

use std::process::ExitCode;

use clap::Args;
use linekeeper_model::clock::{Clock as _, SystemClock};

use self::finding::Finding;
use super::{Console, Options};
use crate::app::Trust;
use crate::config::{self, Config, is_loopback};
use crate::telemetry::logging;
use crate::whatsapp;

/// The options of `doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Skip the checks that need the network
    #[arg(long)]
    offline: bool,
}

impl Doctor {
    pub(super) async fn run(
        self,
        options: &Options,
        trust: Trust,
        console: &mut Console,
    ) -> anyhow::Result<ExitCode> {
        whatsapp::install_crypto_provider();
        let findings = match options.load() {
            Ok(config) => self.examine(&config, trust).await,
            Err(error) => {
                vec![Finding::fail("configuration", error, "Correct it; `linekeeper serve` refuses it too.")]
            }
        };
        for finding in &findings {
            console.say(finding)?;
        }
        let failed = findings.iter().any(Finding::is_failure);
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    async fn examine(&self, config: &Config, trust: Trust) -> Vec<Finding> {
        let mut findings = configuration(config);
        let key = key::check(config);
        // Opening the storage would generate a missing key, so it is not opened if `key::check` failed.
        let storage = if key.is_failure() { None } else { Some(storage::check(config, self.offline).await) };
        findings.push(key);
        findings.extend(storage.into_iter().flatten());
        findings.push(clock::check(SystemClock.now()));
        findings.push(disk::check(&config.server.data_dir));
        findings.extend(config.whatsapp.session_path.as_deref().map(disk::check));
        findings.extend(media::check(config, self.offline).await);
        findings.push(listening::check(config.server.listen).await);
        if !self.offline {
            findings.push(reach::check(config, trust).await);
        }
        findings
    }
}

/// Findings about the settings themselves.
fn configuration(config: &Config) -> Vec<Finding> {
    let mut findings = vec![settings(config)];
    findings.extend(config::unknown_variables().into_iter().map(|variable| {
        Finding::warn("environment", variable, "Correct its name, or remove it: it has no effect.")
    }));
    findings
}

fn settings(config: &Config) -> Finding {
    const SUBJECT: &str = "configuration";
    if let Err(error) = logging::check(&config.log.level) {
        return Finding::fail(SUBJECT, error, "Correct it; `linekeeper serve` refuses it too.");
    }
    let url = config.server.public_url.as_ref().filter(|url| url.scheme() == "http" && !is_loopback(url));
    match url {
        Some(url) => Finding::warn(
            SUBJECT,
            format!("people open {url}: passwords and keys cross their network in the clear"),
            "Put TLS in front (packaging/nginx.conf), and begin LINEKEEPER_PUBLIC_URL with https://.",
        ),
        None => Finding::ok(SUBJECT, "can be used"),
    }
}
