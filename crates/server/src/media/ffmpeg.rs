//! ffmpeg, which converts other audio to voice notes. It runs as a child process that sees only one file: it cannot
//! open or write other files, has no network, and has limits of time and size. The audio never reaches a disk
//! unencrypted.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use tokio::process::{Child, Command};

/// The arguments for a voice note like those of phones: mono, for speech, without metadata about its maker.
const VOICE: [&str; 18] = [
    "-map",
    "0:a:0",
    "-map_metadata",
    "-1",
    "-ac",
    "1",
    "-ar",
    "48000",
    "-c:a",
    "libopus",
    "-b:a",
    "32k",
    "-application",
    "voip",
    "-threads",
    "1",
    "-f",
    "ogg",
];

/// How ffmpeg reads a file. The format is given, not guessed: playlists and scripts, which can name other files, are
/// not among the formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// From beginning to end.
    Stream(&'static str),
    /// The file needs random access, because its table of contents may be at the end.
    Whole(&'static str),
}

impl Form {
    /// The form for a file of this type; `None` if it is not audio that can be converted.
    pub fn of(mime_type: &str) -> Option<Self> {
        Some(match mime_type {
            "audio/mpeg" | "audio/mp3" => Self::Stream("mp3"),
            "audio/wav" | "audio/x-wav" => Self::Stream("wav"),
            "audio/ogg" => Self::Stream("ogg"),
            "audio/aac" => Self::Stream("aac"),
            "audio/amr" => Self::Stream("amr"),
            "audio/flac" | "audio/x-flac" => Self::Stream("flac"),
            "audio/webm" | "video/webm" => Self::Stream("matroska"),
            "audio/mp4" | "audio/m4a" | "audio/x-m4a" | "video/mp4" => Self::Whole("mov"),
            _ => return None,
        })
    }
}

/// ffmpeg, with its path. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ffmpeg(Arc<Path>);

impl Ffmpeg {
    /// Looks for the program in the folders of a `PATH`.
    pub fn find(path: Option<&OsStr>) -> Option<Self> {
        let mut programs = std::env::split_paths(path?).map(|folder| folder.join("ffmpeg"));
        programs
            .find(|program| program.is_absolute() && is_program(program))
            .map(|program| Self(program.into()))
    }

    /// The path of ffmpeg.
    pub fn program(&self) -> &Path {
        &self.0
    }

    /// Starts ffmpeg. The file comes by standard input or is `whole`; the voice note goes to standard output. The
    /// process is killed when the child is dropped.
    pub fn start(&self, form: Form, whole: Option<File>) -> io::Result<Child> {
        let (protocol, format, input) = match form {
            Form::Stream(format) => ("pipe", format, "pipe:0"),
            Form::Whole(format) => ("file", format, "file:/proc/self/fd/0"),
        };
        let mut command = Command::new(&*self.0);
        command
            .args(["-nostdin", "-hide_banner", "-loglevel", "quiet", "-protocol_whitelist", protocol])
            .args(["-f", format, "-i", input])
            .args(VOICE)
            .arg("pipe:1")
            .env_clear()
            .current_dir("/")
            .stdin(whole.map_or_else(Stdio::piped, Stdio::from))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let child = command.spawn()?;
        hold(&child)?;
        Ok(child)
    }
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// A file in memory only, without a name.
#[cfg(target_os = "linux")]
pub fn in_memory() -> io::Result<File> {
    Ok(File::from(rustix::fs::memfd_create("voice", rustix::fs::MemfdFlags::CLOEXEC)?))
}

/// A file in memory only, without a name.
#[cfg(not(target_os = "linux"))]
pub fn in_memory() -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Limits the child: memory, processor time, and no writing to files. It also gets a lower priority than the server.
#[cfg(target_os = "linux")]
fn hold(child: &Child) -> io::Result<()> {
    use rustix::process::{Pid, Resource, Rlimit, prlimit, setpriority_process};
    const MEMORY: u64 = 1 << 30;
    const SECONDS: u64 = 120;
    const NICE: i32 = 10;
    let pid = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    // The child has ended, and its exit status will say why.
    let Some(pid) = pid else { return Ok(()) };
    for (resource, most) in [(Resource::As, MEMORY), (Resource::Cpu, SECONDS), (Resource::Fsize, 0)] {
        prlimit(Some(pid), resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    // The systemd unit does not allow changing priorities.
    let _not_permitted = setpriority_process(Some(pid), NICE);
    Ok(())
}

#[cfg(not(target_os = "linux"))]
const fn hold(_: &Child) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_program_is_found_only_on_the_path() {
        let [empty, other, right] = [0, 1, 2].map(|_| tempfile::tempdir().unwrap());
        std::fs::write(other.path().join("ffmpeg"), "not a program").unwrap();
        std::fs::write(right.path().join("ffmpeg"), "a program").unwrap();
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(right.path().join("ffmpeg"), executable).unwrap();
        let path = |folders: &[&Path]| std::env::join_paths(folders).unwrap();
        let all = path(&[Path::new("."), empty.path(), other.path(), right.path()]);
        let found = Ffmpeg::find(Some(&all)).unwrap();
        assert_eq!(found.program(), right.path().join("ffmpeg"));
        assert!(Ffmpeg::find(Some(&path(&[empty.path(), other.path()]))).is_none());
        assert!(Ffmpeg::find(None).is_none());
    }

    #[test]
    fn audio_that_references_other_files_is_not_converted() {
        for mime in ["application/vnd.apple.mpegurl", "audio/x-mpegurl", "text/plain", "image/png"] {
            assert_eq!(Form::of(mime), None, "{mime}");
        }
        assert_eq!(Form::of("audio/mpeg"), Some(Form::Stream("mp3")));
    }
}
