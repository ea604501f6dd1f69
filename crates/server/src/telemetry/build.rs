//! The facts about this build: version, commit, compiler and platform.

/// The facts about a build that a bug report should contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Build {
    /// The release, such as `0.1.0`.
    pub version: &'static str,
    /// The commit. It ends with `-dirty` if files differed from the commit. `unknown` if the commit could not be
    /// determined.
    pub commit: &'static str,
    /// The compiler's name and version, as the compiler prints them.
    pub rustc: &'static str,
    /// The platform, such as `x86_64-unknown-linux-gnu`.
    pub target: &'static str,
}

impl Build {
    /// Returns the facts about this build, with this commit. The `main` of each program passes the commit in, so that a
    /// new commit causes only that file to be compiled again.
    pub const fn of_commit(commit: &'static str) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            commit,
            rustc: env!("LINEKEEPER_RUSTC"),
            target: env!("LINEKEEPER_TARGET"),
        }
    }
}
