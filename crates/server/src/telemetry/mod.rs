//! What the process tells about itself: log lines, figures and traces. It must not know who produces them: each domain is handed
//! what it tells by.

mod build;
pub mod logging;
pub mod metrics;
pub mod traces;

pub use build::Build;
pub use traces::{Traces, TracesError};
