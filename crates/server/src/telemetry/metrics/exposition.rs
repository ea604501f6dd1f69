//! The metrics for a scraper.

use std::sync::Arc;

use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

/// All metrics, read at each scrape. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Exposition(Arc<Registry>);

impl Exposition {
    /// Prometheus' name for this format, since version 2.5.
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
