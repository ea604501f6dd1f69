//! Rules for the dependencies that the manifests declare. One table says which of the project's crates each crate may
//! depend on. Another table lists everything that the model may depend on.

use crate::tree::File;
use crate::{Finding, Tree};

const OURS: &[&str] = &[
    "linekeeper-model",
    "linekeeper-storage",
    "linekeeper",
    "whatsim",
    "linekeeper-demo",
    "linekeeper-architecture",
    "linekeeper-testbed",
];

/// Each entry has the folder of a crate, the project's crates that this crate may depend on, and the project's crates
/// that only its tests may depend on.
const ARROWS: &[(&str, &[&str], &[&str])] = &[
    ("crates/model", &[], &[]),
    ("crates/storage", &["linekeeper-model"], &["linekeeper-storage"]),
    ("crates/server", &["linekeeper-model", "linekeeper-storage"], &["whatsim", "linekeeper-testbed"]),
    ("crates/whatsim", &[], &[]),
    (
        "crates/demo",
        &["linekeeper", "whatsim"],
        &["linekeeper-model", "linekeeper-storage", "linekeeper-testbed"],
    ),
    ("crates/testbed", &[], &[]),
    ("crates/architecture", &[], &[]),
];

/// All dependencies that the model may have. A crate that brings a runtime, sockets or file access must not be in
/// this list.
const MODEL: &[&str] = &[
    "icu_properties",
    "ipnet",
    "jiff",
    "percent-encoding",
    "rand",
    "serde",
    "thiserror",
    "url",
    "uuid",
    "zeroize",
    "proptest",
    "insta",
    "serde_json",
];

/// A dependency as a manifest declares it.
struct Dependency<'a> {
    line: usize,
    name: &'a str,
    for_tests: bool,
}

fn dependencies(manifest: &File) -> Vec<Dependency<'_>> {
    let mut section = "";
    let mut found = Vec::new();
    for (index, line) in manifest.text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
        } else if section.ends_with("dependencies") && !line.starts_with('#') {
            let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
            if !name.is_empty() && line.contains('=') {
                found.push(Dependency {
                    line: index + 1,
                    name,
                    for_tests: section.ends_with("dev-dependencies"),
                });
            }
        }
    }
    found
}

/// Finds dependencies that neither `ARROWS` nor `MODEL` allows.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in tree.manifests().filter(|manifest| manifest.path != "Cargo.toml") {
        let folder = manifest.path.trim_end_matches("/Cargo.toml");
        let Some((_, always, in_tests)) = ARROWS.iter().find(|(name, ..)| *name == folder) else {
            let reason = "a crate without arrows: add it to the table of this rule, with whom it may know";
            findings.push(Finding::new(manifest, 1, reason));
            continue;
        };
        for dependency in dependencies(manifest) {
            let name = dependency.name;
            let known = always.contains(&name) || (dependency.for_tests && in_tests.contains(&name));
            if OURS.contains(&name) && !known {
                let reason =
                    format!("{folder} depends on {name}, against the arrows of docs/ARCHITECTURE.md");
                findings.push(Finding::new(manifest, dependency.line, reason));
            }
            if folder == "crates/model" && !MODEL.contains(&name) {
                let reason =
                    format!("the model depends on {name}: it decides, and needs no more than {MODEL:?}");
                findings.push(Finding::new(manifest, dependency.line, reason));
            }
        }
    }
    findings
}

/// Finds dependencies of the project's crates that do not take their version from the workspace.
pub fn unshared_versions(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in tree.manifests().filter(|manifest| manifest.path != "Cargo.toml") {
        for dependency in dependencies(manifest) {
            let line = manifest.text.lines().nth(dependency.line - 1).unwrap_or_default();
            if !line.contains("workspace = true") {
                let reason =
                    format!("{} has a version of its own: declare it in the workspace", dependency.name);
                findings.push(Finding::new(manifest, dependency.line, reason));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simulator_that_depends_on_the_product_is_reported() {
        let text = "[dependencies]\nserde.workspace = true\nlinekeeper-model.workspace = true\n";
        assert_eq!(check(&Tree::with("crates/whatsim/Cargo.toml", text))[0].line, 3);
        assert_eq!(check(&Tree::with("crates/storage/Cargo.toml", text)), []);
    }

    #[test]
    fn the_server_may_depend_on_the_simulator_only_in_tests() {
        let text = "[dev-dependencies]\nwhatsim.workspace = true\n";
        assert_eq!(check(&Tree::with("crates/server/Cargo.toml", text)), []);
        assert_eq!(check(&Tree::with("crates/server/Cargo.toml", &text.replace("dev-", ""))).len(), 1);
    }

    #[test]
    fn an_unknown_crate_is_reported_and_so_is_tokio_in_the_model_crate() {
        let text = "[dependencies]\ntokio = { workspace = true }\n";
        assert_eq!(check(&Tree::with("crates/model/Cargo.toml", text)).len(), 1);
        assert_eq!(check(&Tree::with("crates/sundries/Cargo.toml", "")).len(), 1);
    }

    #[test]
    fn a_crate_that_declares_its_own_version_is_reported() {
        let text = "[dependencies]\nserde = \"1\"\nhex.workspace = true\n";
        assert_eq!(unshared_versions(&Tree::with("crates/model/Cargo.toml", text)).len(), 1);
    }
}
