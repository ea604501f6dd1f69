//! Finds names that do not tell the reader what a file, a folder or a function is for.

use crate::{Finding, Tree};

const EMPTY: &[&str] = &[
    "util", "utils", "common", "helper", "helpers", "manager", "managers", "misc", "shared", "stuff", "types",
];

/// Finds files, folders and functions whose name does not say what they are for.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| matches!(file.extension(), "rs" | "js" | "mjs" | "ts" | "sh"))
    {
        let stem = |part: &str| part.split('.').next().unwrap_or_default().to_owned();
        if let Some(part) = file.path.split('/').map(stem).find(|part| EMPTY.contains(&part.as_str())) {
            findings.push(Finding::new(
                file,
                1,
                format!("nobody can guess what is in {part}: name the thing"),
            ));
        }
    }
    for file in tree.rust() {
        for (line, name) in file.syntax().functions() {
            if name.ends_with("_inner") {
                findings.push(Finding::new(
                    file,
                    line,
                    format!("{name}: name what it does, not where it sits"),
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
    fn meaningless_module_names_are_reported() {
        let tree = Tree::with("crates/server/src/utils.rs", "")
            .and("crates/server/src/common/time.rs", "")
            .and("crates/server/src/clock.rs", "fn tick() {}\nfn tick_inner() {}\n")
            .and("docs/common.md", "");
        assert_eq!(check(&tree).iter().map(|finding| finding.line).collect::<Vec<_>>(), [1, 1, 2]);
    }
}
