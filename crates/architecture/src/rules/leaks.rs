//! Finds texts that may not be in the repository because they belong to one machine or one network.

use crate::{Finding, Tree};

/// This file has to contain the texts that the rule looks for, so the rule skips it.
const THIS: &str = "crates/architecture/src/rules/leaks.rs";

const TRACES: &[(&str, &str)] = &[
    ("/root/", "a path of one machine"),
    ("/home/", "a path of one machine"),
    ("BEGIN PRIVATE KEY", "a private key"),
    ("BEGIN RSA PRIVATE KEY", "a private key"),
    ("BEGIN EC PRIVATE KEY", "a private key"),
];

/// Finds paths of one machine, private keys, and the address of a registry in a lock file.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| file.path != THIS) {
        for (index, line) in file.text.lines().enumerate() {
            for (trace, what) in TRACES {
                if line.contains(trace) {
                    findings.push(Finding::new(file, index + 1, format!("{what} ({trace})")));
                }
            }
            if file.name() == "package-lock.json" && line.contains("\"resolved\":") {
                let reason = "a lock that names a registry's host works on one network only: set omit-lockfile-registry-resolved";
                findings.push(Finding::new(file, index + 1, reason));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_of_a_developers_machine_are_reported() {
        assert_eq!(check(&Tree::with("docs/API.md", "cd /root/x\nls /home/ana\nfine\n")).len(), 2);
        assert_eq!(
            check(&Tree::with("interop/package-lock.json", "\"resolved\": \"https://r.example/a.tgz\""))
                .len(),
            1
        );
        assert_eq!(check(&Tree::with("docs/API.md", "it is \"resolved\": fine")), []);
    }
}
