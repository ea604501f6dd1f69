//! An S3-compatible store on this machine: s3s-fs, which checks every signature. `scripts/install-s3s-fs.sh` installs
//! it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use super::installation::Installation;
use crate::deadline::until;

pub const ACCESS_KEY: &str = "LINEKEEPERTEST";
pub const SECRET_KEY: &str = "a-secret-of-this-test-alone";

/// A store with one bucket, `bucket`. The process ends with the test.
pub struct Store {
    folder: TempDir,
    port: u16,
    process: Child,
}

impl Store {
    pub async fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        std::fs::create_dir(folder.path().join("bucket"))?;
        // The port was free a moment ago. In the rare case that another process takes it first, this test fails.
        // Run it again then.
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let process = serve(folder.path(), port).await?;
        Ok(Self { folder, port, process })
    }

    /// Stops the store. Its files stay on disk.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        Ok(self.process.kill().await?)
    }

    /// Starts the store again with everything that it contained.
    pub async fn go_on(&mut self) -> anyhow::Result<()> {
        self.process = serve(self.folder.path(), self.port).await?;
        Ok(())
    }

    /// The names of all objects under a prefix, without the prefix.
    pub fn objects(&self, prefix: &str) -> anyhow::Result<Vec<String>> {
        let root = self.folder.path().join("bucket").join(prefix);
        let (mut folders, mut found) = (vec![root.clone()], Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten() {
                let path = entry?.path();
                match path.strip_prefix(&root) {
                    Ok(name) if !path.is_dir() => found.push(name.to_string_lossy().into_owned()),
                    _ => folders.push(path),
                }
            }
        }
        Ok(found)
    }

    /// Configures an installation to use this store.
    pub fn known_to(&self, installation: &mut Installation) {
        installation.set("S3_ENDPOINT", format!("http://127.0.0.1:{}", self.port));
        installation.set("S3_ACCESS_KEY_ID", ACCESS_KEY);
        installation.set("S3_SECRET_ACCESS_KEY", SECRET_KEY);
    }

    /// The content of the store, as bytes.
    pub fn content(&self) -> anyhow::Result<Vec<u8>> {
        let (mut folders, mut bytes) = (vec![self.folder.path().to_owned()], Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let path = entry?.path();
                bytes.extend(path.to_string_lossy().as_bytes());
                if path.is_dir() { folders.push(path) } else { bytes.extend(std::fs::read(path)?) }
            }
        }
        Ok(bytes)
    }
}

async fn serve(folder: &Path, port: u16) -> anyhow::Result<Child> {
    let process = Command::new(program()?)
        .args(["--host", "127.0.0.1", "--port", &port.to_string()])
        .args(["--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY])
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    until("a store that listens", async || TcpStream::connect(("127.0.0.1", port)).await.ok()).await?;
    Ok(process)
}

fn program() -> anyhow::Result<PathBuf> {
    const NAME: &str = "s3s-fs";
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let folders = std::env::split_paths(&on_path).chain(cargo.map(|cargo| cargo.join("bin")));
    let mut found = folders.map(|folder| folder.join(NAME)).filter(|program| program.is_file());
    found.next().context("these tests need s3s-fs: scripts/install-s3s-fs.sh installs it")
}
