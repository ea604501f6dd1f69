//! One phone scans the codes of two accounts. The phone belongs to the account that stores the phone's number first.

use crate::deadline::until;
use crate::product::installation::Installation;
use crate::sim::Sim;

const ROUNDS: usize = 4;

#[tokio::test]
async fn a_phone_that_scans_the_codes_of_two_accounts_links_only_one_account() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    for _ in 0..ROUNDS {
        let number = sim.phone("Ann")?;
        let accounts = [server.api.connect("First").await?, server.api.connect("Second").await?];
        let codes = [server.api.qr_text(&accounts[0]).await?, server.api.qr_text(&accounts[1]).await?];
        let (first, second) = tokio::join!(sim.scan(&number, &codes[0]), sim.scan(&number, &codes[1]));
        // The server may refuse one of the accounts so early that the scan of its code fails. The other scan must
        // succeed.
        assert!(first.is_ok() || second.is_ok(), "{first:?} {second:?}");
        let mut reasons = Vec::new();
        for account in &accounts {
            let settled = server.api.reaches_one_of(account, &["online", "phone_mismatch"]).await?;
            if settled["status"]["reason"] == "online" {
                assert_eq!(
                    settled["phoneNumber"],
                    format!("+{number}"),
                    "no account is online without its phone"
                );
            }
            reasons.push(settled["status"]["reason"].as_str().unwrap_or_default().to_owned());
        }
        reasons.sort();
        assert_eq!(reasons, ["online", "phone_mismatch"]);
        until("one device", async || (sim.state(&number).ok()?.devices.len() == 1).then_some(())).await?;
    }
    Ok(())
}
