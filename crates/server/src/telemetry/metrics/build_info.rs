//! The running version.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::telemetry::Build;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BuildLabels {
    version: &'static str,
    commit: &'static str,
    rustc: &'static str,
    target: &'static str,
}

pub(super) fn register(build: Build, registry: &mut Registry) {
    let Build { version, commit, rustc, target } = build;
    let info = Info::new(BuildLabels { version, commit, rustc, target });
    registry.register("build", "The program that runs", info);
}
