//! What the process reports about itself: log lines, metrics and traces. This module must not know who produces
//! them. Each part of the server gets the value through which it reports.

mod build;
pub mod logging;
pub mod metrics;
pub mod traces;

pub use build::Build;
pub use traces::{Traces, TracesError};
