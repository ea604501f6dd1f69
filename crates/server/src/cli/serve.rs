//! `linekeeper serve`: runs the server until it is asked to stop.

use std::process::ExitCode;

use super::{Console, Options};
use crate::app::{self, Running, Trust};
use crate::lifecycle::Lifecycle;
use crate::telemetry::logging;

pub(super) async fn run(options: &Options, trust: Trust, console: &mut Console) -> anyhow::Result<ExitCode> {
    let config = options.load()?;
    logging::start(&config.log)?;
    let lifecycle = Lifecycle::new();
    lifecycle.listen_for_signals()?;
    let server = app::start(&config, trust, &lifecycle).await?;
    if let Err(error) = greet(&server, console) {
        tracing::warn!(%error, "standard output is closed");
    }
    Ok(if server.finish().await { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The link goes to standard output and never to the log, which others may collect.
fn greet(server: &Running, console: &mut Console) -> std::io::Result<()> {
    console.say(format_args!("linekeeper listens on http://{}", server.address))?;
    if let Some(link) = &server.setup_link {
        console.say(format_args!(
            "\nThere is no Owner yet. Open this link within 30 minutes to become it; it works once:\n\n    {}\n",
            link.expose()
        ))?;
    }
    Ok(())
}
