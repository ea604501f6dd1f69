//! Rules for imports between the modules of the server. The table lists, for each module, the other modules that it may
//! import. Every module must be in the table. Before you write a new module, add it to the table.

use crate::{Finding, Tree};

const SERVER: &str = "crates/server/src/";

/// Each entry has a module and the sibling modules that it may import.
const ARROWS: &[(&str, &str)] = &[
    (
        "app",
        "accounts analytics backup config credentials delivery events guard http lifecycle lock media memory messages open_files telemetry whatsapp",
    ),
    ("cli", "app backup config credentials delivery lifecycle lock media telemetry whatsapp"),
    ("http", "accounts analytics credentials delivery events lifecycle messages telemetry"),
    ("messages", "accounts events guard lifecycle media whatsapp"),
    ("analytics", "events"),
    ("accounts", "events lifecycle telemetry whatsapp"),
    ("whatsapp", "lifecycle"),
    ("backup", "config s3"),
    ("delivery", "analytics credentials events guard telemetry"),
    ("guard", ""),
    ("telemetry", "config"),
    ("credentials", ""),
    ("config", ""),
    ("events", ""),
    ("lifecycle", ""),
    ("media", "config s3"),
    ("s3", "config"),
    ("memory", ""),
    ("lock", ""),
    ("open_files", ""),
];

/// Finds imports in the server that the table does not allow.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust().filter(|file| file.path.starts_with(SERVER)) {
        let module = file.module();
        let Some(own) = module.first() else { continue };
        let Some((_, known)) = ARROWS.iter().find(|(name, _)| name == own) else {
            let reason = format!(
                "module {own} has no arrows: add it to the table of this rule, with whom it may import"
            );
            findings.push(Finding::new(file, 1, reason));
            continue;
        };
        for path in file.syntax().paths {
            let Some(target) = path.inside_crate(&module, "linekeeper") else {
                continue;
            };
            let Some(other) = target.first() else { continue };
            let sibling = ARROWS.iter().any(|(name, _)| name == other);
            if sibling && other != own && !known.split(' ').any(|name| name == other) {
                let reason = format!("{own} imports {other}, against the arrows of docs/ARCHITECTURE.md");
                findings.push(Finding::new(file, path.line, reason));
            }
        }
    }
    // Report a `use` that imports several names as one finding.
    findings.dedup();
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::with(path, text)).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn an_import_against_the_allowed_direction_is_reported() {
        assert_eq!(
            lines("crates/server/src/accounts/actor.rs", "use super::registry;\nuse crate::http::Error;"),
            [2]
        );
        assert_eq!(
            lines("crates/server/src/whatsapp.rs", "fn f() { crate::accounts::Registry::new(); }"),
            [1]
        );
        assert_eq!(lines("crates/server/src/config/load.rs", "use super::super::http;"), [1]);
        assert_eq!(lines("crates/server/src/app.rs", "use crate::{accounts, http};"), [] as [usize; 0]);
    }

    #[test]
    fn a_module_that_is_missing_from_the_table_of_imports_is_reported() {
        assert_eq!(lines("crates/server/src/sundries/thing.rs", ""), [1]);
    }
}
