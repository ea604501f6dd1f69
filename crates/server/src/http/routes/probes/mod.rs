//! For machines that watch this one.

pub(in crate::http) mod healthz;
pub(in crate::http) mod readyz;
