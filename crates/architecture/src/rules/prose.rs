//! Rules for comments and lints: each module has a doc of one to five lines, comments are not banners, and a lint is
//! switched off only with a reason.

use crate::tree::File;
use crate::{Finding, Tree};

/// The characters that people draw banners with.
const RULERS: &[char] = &['=', '-', '*', '#', '~', '_', '─', '━', '═'];

/// The number of lines of a module's doc. Empty lines and the lines of tables do not count.
fn module_doc(file: &File) -> usize {
    let lines = file.text.lines().skip_while(|line| line.trim().is_empty());
    let doc = lines.map_while(|line| line.strip_prefix("//!")).map(str::trim);
    doc.filter(|line| !line.is_empty() && !line.starts_with('|')).count()
}

/// Finds modules without a doc, and modules with a doc that is too long.
pub fn module_docs(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        match module_doc(file) {
            0 => {
                findings.push(Finding::new(file, 1, "begin with `//!`: what it owns, what it must not know"))
            }
            6.. if !matches!(file.name(), "lib.rs" | "main.rs") => {
                findings.push(Finding::new(
                    file,
                    6,
                    "a module's doc has one to five lines: split the module, or the doc",
                ));
            }
            _ => {}
        }
    }
    findings
}

/// Finds comments that draw a line or a banner.
pub fn banners(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        for comment in file.syntax().comments() {
            let text = comment.text.trim_start_matches(['/', '!', '*']).trim();
            let drawn = RULERS.iter().any(|ruler| text.starts_with(&ruler.to_string().repeat(3)));
            // Docs may hold tables and lists, which also use these characters.
            let doc = comment.text.starts_with("///") || comment.text.starts_with("//!");
            if drawn && !doc {
                findings.push(Finding::new(file, comment.line, "a banner: split the file instead"));
            }
        }
    }
    findings
}

/// Finds `#[allow]`. It gives no reason, and nobody notices when it is no longer needed.
pub fn allows(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        for path in file.syntax().paths {
            if path.segments == ["allow"] {
                let reason = "write `#[expect(lint, reason = \"..\")]` instead of `#[allow]`";
                findings.push(Finding::new(file, path.line, reason));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Tree {
        Tree::with("crates/server/src/app.rs", text)
    }

    #[test]
    fn missing_and_long_module_docs_are_reported() {
        assert_eq!(module_docs(&file("use std::fmt;\n")).len(), 1);
        assert_eq!(module_docs(&file(&"//! words\n".repeat(6))).len(), 1);
        assert_eq!(module_docs(&file("//! The composition root.\n\nuse std::fmt;\n")), []);
    }

    #[test]
    fn banner_comments_are_reported() {
        let text = "// ==== helpers ====\n// ------\nlet x = \"// ====\"; // a - b\n/// | a | b |\n";
        assert_eq!(banners(&file(text)).iter().map(|finding| finding.line).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn allow_attributes_are_reported() {
        let text =
            "#![allow(dead_code)]\n#[allow(unused)]\n#[expect(unused, reason = \"why\")]\nfn allow() {}\n";
        assert_eq!(allows(&file(text)).iter().map(|finding| finding.line).collect::<Vec<_>>(), [1, 2]);
    }
}
