//! For machines that watch this one.

pub(super) mod healthz;
pub(super) mod readyz;
