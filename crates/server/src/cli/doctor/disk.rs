//! Checks that the databases can be written, and that the disk has space for them to grow.

use std::path::Path;

use rustix::fs::StatVfsMountFlags;

use super::finding::Finding;

const SUBJECT: &str = "disk";
const MIB: u64 = 1024 * 1024;

/// Below this free space, writing will soon fail.
const TOO_LITTLE: u64 = 100 * MIB;
/// Below this free space, a person should check the disk.
const LITTLE: u64 = 1024 * MIB;

pub(super) fn check(data_dir: &Path) -> Finding {
    // Before the first start, the directory does not exist. The nearest parent that exists is on the same disk.
    let there = std::path::absolute(data_dir).ok();
    let there = there.as_deref().unwrap_or(data_dir).ancestors().find(|path| path.exists());
    let looked = there.ok_or(std::io::ErrorKind::NotFound.into()).and_then(look);
    match looked {
        Ok(disk) => judged(&disk, data_dir),
        Err(error) => Finding::warn(SUBJECT, format!("cannot be asked: {error}"), "Check it with `df -h`."),
    }
}

struct Disk {
    is_read_only: bool,
    /// The bytes that a process without privileges can still write.
    free: u64,
}

fn look(path: &Path) -> std::io::Result<Disk> {
    let disk = rustix::fs::statvfs(path)?;
    Ok(Disk {
        is_read_only: disk.f_flag.contains(StatVfsMountFlags::RDONLY),
        free: disk.f_bavail.saturating_mul(disk.f_frsize),
    })
}

fn judged(disk: &Disk, data_dir: &Path) -> Finding {
    if disk.is_read_only {
        return Finding::fail(
            SUBJECT,
            format!("{} is on a file system that is mounted read-only", data_dir.display()),
            "Mount it for writing (`mount -o remount,rw`). Linux turns a disk with errors read-only: look at `dmesg`.",
        );
    }
    let bytes = disk.free;
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
    fn the_doctor_rates_free_disk_space_as_failure_warning_or_ok() {
        let judged = |is_read_only, free| judged(&Disk { is_read_only, free }, Path::new("data"));
        assert!(judged(false, TOO_LITTLE - 1).is_failure());
        assert!(judged(false, TOO_LITTLE).to_string().starts_with("warn"));
        assert!(judged(false, LITTLE).to_string().starts_with("ok"));
        let read_only = judged(true, LITTLE);
        assert!(read_only.is_failure() && read_only.to_string().contains("read-only"), "{read_only}");
    }

    #[test]
    fn a_missing_directory_is_checked_on_the_disk_of_its_parent() {
        let folder = tempfile::tempdir().unwrap();
        let finding = check(&folder.path().join("not/there"));
        assert!(finding.to_string().contains("MiB free"), "{finding}");
    }
}
