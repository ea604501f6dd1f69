//! A test waits for an event with a deadline and does not sleep. A test that sleeps is slow when it passes and
//! wrong when it fails.

use crate::{Finding, Tree};

/// Finds sleeps in test code: in test files, and in `mod tests` of other files.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        for path in file.syntax().paths {
            let in_test = file.is_test() || path.within.iter().any(|module| module == "tests");
            let sleeps = path.ends_with(&["thread", "sleep"]) || path.ends_with(&["time", "sleep"]);
            if in_test && sleeps {
                findings.push(Finding::new(
                    file,
                    path.line,
                    "a test that sleeps: wait for an event with a deadline",
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_sleeps_is_reported() {
        let text =
            "//! T.\nfn f() { tokio::time::sleep(d); }\nmod tests {\n use std::thread::{self, sleep};\n}\n";
        let lines = |path: &str| check(&Tree::with(path, text)).iter().map(|f| f.line).collect::<Vec<_>>();
        assert_eq!(lines("crates/server/src/app.rs"), [4]);
        assert_eq!(lines("crates/server/tests/it/connect.rs"), [2, 4]);
    }
}
