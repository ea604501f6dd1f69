//! Runs ffmpeg, which converts audio in other formats to voice notes. ffmpeg runs as a child process that sees only one
//! file. It cannot open or write other files, has no network, and its time and memory are limited. The audio never
//! reaches a disk unencrypted.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use tokio::process::{Child, Command};

/// The arguments for a voice note as phones make it: mono, encoded for speech, and without metadata about its
/// maker.
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

/// How ffmpeg reads a file. linekeeper names the format, so that ffmpeg does not guess it. Formats that can refer
/// to other files, such as playlists, are never named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// ffmpeg reads the file as a stream, from beginning to end.
    Stream(&'static str),
    /// ffmpeg needs random access to the file, because the file's table of contents may be at its end.
    Whole(&'static str),
}

impl Form {
    /// Returns how ffmpeg reads files of this type, or `None` if files of this type are not converted.
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

/// ffmpeg at a certain path. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Ffmpeg(Arc<Path>);

impl Ffmpeg {
    /// Looks for ffmpeg in the folders of `path`, which has the syntax of the variable `PATH`.
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

    /// Starts ffmpeg. It reads the audio from standard input, or from the file `whole` if that is given. It writes
    /// the voice note to standard output. When the child is dropped, the process is killed.
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

/// Creates a file that exists only in memory and has no name.
#[cfg(target_os = "linux")]
pub fn in_memory() -> io::Result<File> {
    Ok(File::from(rustix::fs::memfd_create("voice", rustix::fs::MemfdFlags::CLOEXEC)?))
}

/// Not supported on this system.
#[cfg(not(target_os = "linux"))]
pub fn in_memory() -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Limits the child process: its memory and processor time are limited, it cannot write files, and it gets a lower
/// priority than the server.
#[cfg(target_os = "linux")]
fn hold(child: &Child) -> io::Result<()> {
    use rustix::process::{Pid, Resource, Rlimit, prlimit, setpriority_process};
    const MEMORY: u64 = 1 << 30;
    const SECONDS: u64 = 120;
    const NICE: i32 = 10;
    let pid = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    // The child has already ended. Its exit status says why.
    let Some(pid) = pid else { return Ok(()) };
    for (resource, most) in [(Resource::As, MEMORY), (Resource::Cpu, SECONDS), (Resource::Fsize, 0)] {
        prlimit(Some(pid), resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    // The error is ignored, because the systemd unit does not allow changing priorities.
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
    fn ffmpeg_is_found_only_in_the_folders_of_the_path_variable() {
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
    fn only_audio_that_cannot_reference_other_files_is_converted() {
        for mime in ["application/vnd.apple.mpegurl", "audio/x-mpegurl", "text/plain", "image/png"] {
            assert_eq!(Form::of(mime), None, "{mime}");
        }
        assert_eq!(Form::of("audio/mpeg"), Some(Form::Stream("mp3")));
    }
}
