//! The facts about this build: version, commit and compiler.

/// The facts that a bug report should name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Build {
    /// The release, as `0.1.0`.
    pub version: &'static str,
    /// The commit, with `-dirty` if files differed from it; `unknown` if it could not be determined.
    pub commit: &'static str,
    /// The compiler, as it names itself.
    pub rustc: &'static str,
    /// The platform, as `x86_64-unknown-linux-gnu`.
    pub target: &'static str,
}

impl Build {
    /// This build, from this commit. Each program's `main` passes it in, so that a new commit rebuilds only that
    /// file.
    pub const fn of_commit(commit: &'static str) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            commit,
            rustc: env!("LINEKEEPER_RUSTC"),
            target: env!("LINEKEEPER_TARGET"),
        }
    }
}
