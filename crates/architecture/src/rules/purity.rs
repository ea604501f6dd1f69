//! The model crate only makes decisions. It has no runtime, no sockets and no files, and it reads no clock.

use crate::{Finding, Tree};

const FORBIDDEN: &[&[&str]] = &[
    &["tokio"],
    &["tracing"],
    &["std", "fs"],
    &["std", "net"],
    &["std", "env"],
    &["std", "process"],
    &["std", "thread"],
    &["std", "time", "SystemTime"],
    &["std", "time", "Instant"],
];

/// Finds paths that the code of the model may not name.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust().filter(|file| file.path.starts_with("crates/model/src/")) {
        for path in file.syntax().paths {
            if let Some(forbidden) = FORBIDDEN.iter().find(|forbidden| path.starts_with(forbidden)) {
                let reason = format!("the model does no I/O, so it may not name {}", forbidden.join("::"));
                findings.push(Finding::new(file, path.line, reason));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_and_output_in_the_model_are_reported() {
        let text =
            "use std::{fmt, fs};\nuse std::time::{Duration, Instant};\nfn f() { std::env::var(\"A\"); }";
        let found = check(&Tree::with("crates/model/src/account.rs", text));
        assert_eq!(found.iter().map(|finding| finding.line).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(check(&Tree::with("crates/server/src/app.rs", text)), []);
    }
}
