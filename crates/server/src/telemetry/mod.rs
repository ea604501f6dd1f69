//! What the process reports about itself: log lines, metrics and traces. It must not know who produces them: each
//! domain gets the handle that it reports to.

mod build;
pub mod logging;
pub mod metrics;
pub mod traces;

pub use build::Build;
pub use traces::{Traces, TracesError};
