//! A PostgreSQL server for this test process, if the environment does not name one.

use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

const VARIABLE: &str = "LINEKEEPER_TEST_POSTGRES";
const SCRIPT: &str = include_str!("postgres.sh");

/// A PostgreSQL server that this process has started. The script that runs the server stops it when the script's
/// standard input is closed. The kernel closes that input whenever this process ends.
struct Server {
    url: String,
    /// The process of the script. Its standard input stays open as long as this value exists.
    _script: Child,
}

/// The URL of the server. The first call starts the server if the environment names none. This blocks.
pub(super) fn server_url() -> String {
    static SERVER: OnceLock<Server> = OnceLock::new();
    match std::env::var(VARIABLE) {
        Ok(url) => url,
        Err(_) => SERVER.get_or_init(start).url.clone(),
    }
}

fn start() -> Server {
    let binaries = binaries().unwrap_or_else(|| {
        panic!("these tests need PostgreSQL: `apt-get install postgresql`, or name a server in {VARIABLE}")
    });
    let directory = tempfile::Builder::new().prefix("linekeeper-postgres-").tempdir();
    let directory = directory.expect("there is a place for temporary files").keep();
    let mut script = Command::new("sh")
        .args(["-c", SCRIPT, "postgres.sh"])
        .args([&binaries, &directory])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("there is a shell");
    let mut output = BufReader::new(script.stdout.take().expect("it was asked for"));
    let mut line = String::new();
    output.read_line(&mut line).expect("the script says how it went");
    if line.trim() != "ready" {
        let mut rest = String::new();
        let _unreadable = output.read_to_string(&mut rest);
        panic!("PostgreSQL did not start: {line}{rest}");
    }
    let url = format!("postgres:///postgres?host={}&user=postgres", directory.display());
    Server { url, _script: script }
}

/// The programs of the newest PostgreSQL version that is installed.
fn binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let number = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let versions = versions.filter_map(|entry| Some(entry.ok()?.path()));
    let newest = versions.filter(|path| path.join("bin/initdb").exists()).max_by_key(|path| number(path))?;
    Some(newest.join("bin"))
}
