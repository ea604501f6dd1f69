//! What the process reports about itself: log lines, metrics and traces. This module must not know which parts of the
//! server report something. Each part of the server gets a value from this module, and reports through this value.

mod build;
pub mod logging;
pub mod metrics;
pub mod traces;

pub use build::Build;
pub use traces::{Traces, TracesError};
