//! The metrics as text, for programs that fetch them (scrapers).

use std::sync::Arc;

use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

/// All metrics. Their values are read each time somebody fetches them. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Exposition(Arc<Registry>);

impl Exposition {
    /// The media type of this format. Prometheus understands it since version 2.5.
    pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    pub(super) fn new(registry: Registry) -> Self {
        Self(Arc::new(registry))
    }

    /// The current metrics in OpenMetrics' text format.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(64 * 1024);
        encode(&mut text, &self.0).expect("writing to a string does not fail");
        text
    }
}
