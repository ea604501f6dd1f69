//! The API's documentation page in a real browser: it shows every operation, and nothing breaks the content security
//! policy.

use std::process::Stdio;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tokio::process::Command;

use super::installation::Installation;
use crate::deadline::within;
use crate::sim::Sim;

#[tokio::test]
async fn the_docs_page_shows_every_operation_in_a_browser() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let document: Value = reqwest::get(format!("{}/api/v1/openapi.json", server.base)).await?.json().await?;
    let items = document["paths"].as_object().context("paths")?.values();
    let operations: usize = items.filter_map(Value::as_object).map(|item| item.len()).sum();

    let profile = tempfile::tempdir()?;
    let browser = Command::new("chromium")
        // Chromium's sandbox needs rights that a container seldom has. The browser opens only the product's own
        // page, so it can run without the sandbox.
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--dump-dom"])
        .args(["--virtual-time-budget=20000", "--enable-logging=stderr"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("{}/api/docs", server.base))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let seen = within("a drawn page", browser).await??;
    let (page, log) = (String::from_utf8_lossy(&seen.stdout), String::from_utf8_lossy(&seen.stderr));
    ensure!(page.contains("data-drawn=\"true\""), "not drawn to the end: {page:.2000}\n{log}");
    let drawn = page.matches("class=\"opblock-summary-path\"").count();
    assert_eq!(drawn, operations, "{log}");
    // The browser also logs violations of the content security policy.
    let complaints: Vec<&str> = log.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert_eq!(complaints, [""; 0]);
    sim.finish().await?;
    Ok(())
}
