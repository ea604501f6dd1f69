//! Probes for programs that watch the server.

pub(in crate::http) mod healthz;
pub(in crate::http) mod readyz;
