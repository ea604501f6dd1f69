//! `linekeeper serve`: runs the server until it is asked to stop.

use std::process::ExitCode;

use super::{Console, Options};
use crate::app::{self, Running, Trust};
use crate::config;
use crate::lifecycle::Lifecycle;
use crate::telemetry::{Build, Traces, logging};
use crate::whatsapp;

pub(super) async fn run(
    options: &Options,
    trust: Trust,
    build: Build,
    console: &mut Console,
) -> anyhow::Result<ExitCode> {
    let config = options.load()?;
    let traces = Traces::start(&config.traces, build, &whatsapp::client_config())?;
    logging::start(&config.log, traces.as_ref())?;
    for variable in config::unknown_variables() {
        tracing::warn!("the variable {variable}");
    }
    let lifecycle = Lifecycle::new();
    lifecycle.listen_for_signals()?;
    let server = app::start(&config, trust, build, &lifecycle).await?;
    if let Err(error) = greet(&server, console) {
        tracing::warn!(%error, "standard output is closed");
    }
    let in_order = server.finish().await;
    if let Some(traces) = traces {
        traces.finish().await;
    }
    Ok(if in_order { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints the server's address and the setup link. The link goes to standard output and never to the log, because
/// other people may read the log.
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
