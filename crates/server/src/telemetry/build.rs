//! From what and by what this program was built.

/// What a report of a fault should name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Build {
    /// The release, as `0.1.0`.
    pub version: &'static str,
    /// The commit, with `-dirty` where files differed from it; `unknown` where nobody could tell.
    pub commit: &'static str,
    /// The compiler, as it names itself.
    pub rustc: &'static str,
    /// The platform, as `x86_64-unknown-linux-gnu`.
    pub target: &'static str,
}

impl Build {
    /// This build, from that commit. Each program's `main` names it, so that a new commit rebuilds that file alone.
    pub const fn of_commit(commit: &'static str) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            commit,
            rustc: env!("LINEKEEPER_RUSTC"),
            target: env!("LINEKEEPER_TARGET"),
        }
    }
}
