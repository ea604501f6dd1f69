//! Whether there is room for the databases to grow.

use std::path::Path;

use super::finding::Finding;

const SUBJECT: &str = "disk";
const MIB: u64 = 1024 * 1024;

/// Below this, writing is about to fail.
const TOO_LITTLE: u64 = 100 * MIB;
/// Below this, somebody should look.
const LITTLE: u64 = 1024 * MIB;

pub(super) fn check(data_dir: &Path) -> Finding {
    // Before the first start the directory is not there: its nearest parent is on the same disk.
    let there = std::path::absolute(data_dir).ok();
    let there = there.as_deref().unwrap_or(data_dir).ancestors().find(|path| path.exists());
    let room = there.ok_or(std::io::ErrorKind::NotFound.into()).and_then(free);
    match room {
        Ok(bytes) => judged(bytes),
        Err(error) => Finding::warn(SUBJECT, format!("cannot be asked: {error}"), "Check it with `df -h`."),
    }
}

/// Bytes that a process without privileges can still write there.
fn free(path: &Path) -> std::io::Result<u64> {
    let disk = rustix::fs::statvfs(path)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn judged(bytes: u64) -> Finding {
    let text = format!("{} MiB free", bytes / MIB);
    match bytes {
        ..TOO_LITTLE => Finding::fail(SUBJECT, text, "Make room: a full disk stops every account."),
        TOO_LITTLE..LITTLE => Finding::warn(SUBJECT, text, "Make room soon."),
        _ => Finding::ok(SUBJECT, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges() {
        assert!(judged(TOO_LITTLE - 1).is_failure());
        assert!(judged(TOO_LITTLE).to_string().starts_with("warn"));
        assert!(judged(LITTLE).to_string().starts_with("ok"));
    }

    #[test]
    fn a_directory_that_is_not_there_yet_is_on_its_parents_disk() {
        let folder = tempfile::tempdir().unwrap();
        let finding = check(&folder.path().join("not/there"));
        assert!(finding.to_string().contains("MiB free"), "{finding}");
    }
}
