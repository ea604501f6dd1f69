//! A document that the text names must exist, and a relative link in a document must lead to a file.

use crate::tree::File;
use crate::{Finding, Tree};

/// File names in capitals that end in `.md`, such as `docs/API.md` or `API.md`.
fn named_documents(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/')))
        .map(|word| word.trim_end_matches('.').trim_start_matches("../"))
        .filter(|word| !word.starts_with("//"))
        .filter(|word| {
            let name = word.rsplit('/').next().unwrap_or_default();
            let stem = name.strip_suffix(".md").unwrap_or_default();
            !stem.is_empty() && stem.chars().all(|c| c.is_ascii_uppercase() || c == '_')
        })
}

/// The targets of Markdown links, `[text](target)`, that are files of this repository.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let target = rest.split([')', ' ', '#']).next().unwrap_or_default();
        (!target.is_empty() && !target.contains(':')).then_some(target)
    })
}

/// Resolves `target`, which is relative to the folder of `file`, to a path from the root of the tree.
fn resolve(file: &File, target: &str) -> String {
    let mut parts: Vec<&str> = file.path.split('/').collect();
    parts.pop();
    for part in target.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Finds names of documents that do not exist, and links that lead to no file.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let there = |path: &str| {
        tree.others.iter().any(|other| other == path)
            || tree.files.iter().any(|other| {
                other.path == path
                    || (other.path.starts_with(path) && other.path[path.len()..].starts_with('/'))
            })
    };
    let mut findings = Vec::new();
    for file in
        tree.files.iter().filter(|file| matches!(file.extension(), "rs" | "md" | "toml" | "sh" | "mjs"))
    {
        if file.path.starts_with("crates/architecture/") {
            continue;
        }
        for (index, line) in file.text.lines().enumerate() {
            for name in named_documents(line) {
                if !tree
                    .files
                    .iter()
                    .any(|other| other.path == name || other.path.ends_with(&format!("/{name}")))
                {
                    let reason = format!("{name} is not in this repository");
                    findings.push(Finding::new(file, index + 1, reason));
                }
            }
            if file.extension() == "md" {
                for target in links(line).filter(|target| !there(&resolve(file, target))) {
                    findings.push(Finding::new(
                        file,
                        index + 1,
                        format!("the link to {target} leads nowhere"),
                    ));
                }
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_to_missing_documents_and_broken_links_are_reported() {
        let tree =
            Tree::with("docs/API.md", "see [how](OPERATIONS.md#keys), [why](decisions/), [x](gone.md)\n")
                .and("docs/OPERATIONS.md", "[up](../README.md) and [out](https://example.com/NO.md)\n")
                .and("docs/decisions/0001-a.md", "words\n")
                .and("README.md", "words\n")
                .and("crates/server/src/app.rs", "// as docs/API.md and NOWHERE.md say.\n");
        let found: Vec<String> = check(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "docs/API.md:1: the link to gone.md leads nowhere",
                "crates/server/src/app.rs:1: NOWHERE.md is not in this repository",
            ]
        );
    }
}
