//! The files on disk contain nothing that a thief could use, and the server detects every change to them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::installation::Installation;
use crate::sim::Sim;

/// A linked account on a stopped server. Returns the id of the account, the number of its phone, and the secrets
/// of its QR code.
async fn linked(sim: &Sim, installation: &Installation) -> anyhow::Result<(String, String, Vec<Vec<u8>>)> {
    let number = sim.phone("Ann")?;
    let server = installation.start().await?;
    let account = server.api.connect("Front desk").await?;
    let qr = server.api.qr_text(&account).await?;
    sim.scan(&number, &qr).await?;
    server.api.reaches(&account, "online").await?;
    let fields = qr.rsplit('#').next().unwrap_or_default().split(',');
    let secrets = fields.skip(1).take(3).map(|field| BASE64_STANDARD.decode(field));
    let secrets = secrets.collect::<Result<Vec<_>, _>>()?;
    server.kill().await?;
    Ok((account, number, secrets))
}

#[tokio::test]
async fn no_key_and_no_phone_number_is_stored_in_plain_text() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let (_, number, secrets) = linked(&sim, &installation).await?;
    assert_eq!(secrets.len(), 3, "noise key, identity key and adv secret");
    let mut needles = vec![number.into_bytes()];
    for secret in secrets {
        needles.push(hex(&secret).into_bytes());
        needles.push(BASE64_STANDARD.encode(&secret).trim_end_matches('=').as_bytes().to_vec());
        needles.push(secret);
    }
    is_in_no_file(installation.data_dir(), &needles)
}

#[tokio::test]
async fn a_server_with_a_wrong_master_key_exits_with_an_error_about_the_key() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    linked(&sim, &installation).await?;
    let key = installation.data_dir().join("encryption.key");
    fs::write(&key, hex(&rand::random::<[u8; 32]>()))?;
    let refused = installation.command_line(&["serve"], "").await?;
    let said = String::from_utf8(refused.stderr)?;
    assert!(!refused.status.success());
    assert!(said.to_lowercase().contains("key"), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_flipped_byte_in_the_vault_is_detected() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let (account, ..) = linked(&sim, &installation).await?;
    let vault = installation.database.inspect_vault().await;
    let (tag, mut value) = vault.values("device record").await.remove(0);
    let last = value.len() - 1;
    value[last] ^= 1;
    vault.replace("device record", &tag, &value).await;
    drop(vault);

    let server = installation.start().await?;
    let failed = server.api.reaches(&account, "session_unreadable").await?;
    assert_eq!(
        (&failed["connectionStatus"], &failed["status"]["action"]),
        (&"Failed".into(), &"ask_administrator".into())
    );
    Ok(())
}

/// Checks that no file of an installation contains any of these secrets.
pub fn is_in_no_file(data_dir: &Path, needles: &[Vec<u8>]) -> anyhow::Result<()> {
    let files = files(data_dir)?;
    assert!(files.iter().any(|file| file.ends_with("vault.db")), "{files:?}");
    for file in files {
        let content = fs::read(&file)?;
        for needle in needles {
            let found = content.windows(needle.len()).any(|window| window == needle);
            assert!(!found, "{} holds {}", file.display(), hex(needle));
        }
    }
    Ok(())
}

pub fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    Ok(found)
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
