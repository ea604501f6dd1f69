//! The pairing window lasts two minutes. The test waits for its end in real time.

use reqwest::{Method, StatusCode};

use super::installation::Installation;
use crate::deadline::until_after;
use crate::sim::Sim;

/// The length of the pairing window and a margin.
const WINDOW: std::time::Duration = std::time::Duration::from_secs(150);

#[tokio::test]
async fn a_pairing_expires_if_nobody_scans_in_time() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let account = server.api.connect("Front desk").await?;
    let first = server.api.qr_text(&account).await?;

    let second = until_after(WINDOW, "a second code", async || {
        let code = server.api.qr_text(&account).await.ok()?;
        (code != first).then_some(code)
    })
    .await?;
    assert!(sim.scan(&number, &first).await.is_err(), "the old code is worthless");
    assert_ne!(first, second);

    let path = format!("/whatsapp/qr-code/{account}");
    let (status, expired) = until_after(WINDOW, "the end of the window", async || {
        let answer = server.api.call(Method::GET, &path, None).await.ok()?;
        (!answer.0.is_success()).then_some(answer)
    })
    .await?;
    assert_eq!((status, &expired["code"]), (StatusCode::BAD_REQUEST, &"qr_expired".into()));
    assert_eq!(server.api.account(&account).await?["status"]["reason"], "qr_expired");

    let (status, _) = server.api.connect_again(&account).await?;
    assert_eq!(status, StatusCode::OK);
    server.scan(&sim, &number, &account).await?;
    sim.finish().await?;
    Ok(())
}
