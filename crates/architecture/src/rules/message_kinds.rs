//! A new kind of message needs one file in each of four folders: the model, the translation from WhatsApp's protocol,
//! the body of a request, and whatsim. All other code must treat all kinds in the same way. It may name only the
//! kinds in `SPECIAL`.

use crate::{Finding, Tree};

/// The four folders with a file for each kind.
const HOMES: &[&str] = &[
    "crates/model/src/message/",
    "crates/server/src/whatsapp/messages/translate/",
    "crates/server/src/http/routes/messages/body/",
    "crates/whatsim/src/content/",
];

/// The kinds that other code may name, because it treats them in a special way: texts, kinds with a file, kinds that
/// act on another message, notes of WhatsApp itself, and messages whose content is unknown.
const SPECIAL: &[&str] = &[
    "Text",
    "Image",
    "Video",
    "Gif",
    "Audio",
    "Voice",
    "Document",
    "Sticker",
    "Reaction",
    "Edit",
    "Revoke",
    "System",
    "Undecryptable",
    "Unsupported",
];

/// Names that look like a kind of message in a path, but stand for all kinds.
const SHARED: &[&str] = &["ALL"];

/// Finds code outside the four folders that names a kind of message.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust().filter(|file| is_elsewhere(&file.path)) {
        for path in file.syntax().paths {
            let Some(kind) = kind(&path.segments) else { continue };
            if !SPECIAL.contains(&kind) && !SHARED.contains(&kind) {
                let reason =
                    format!("names the kind of message {kind}, which only its own four files may name");
                findings.push(Finding::new(file, path.line, reason));
            }
        }
    }
    findings
}

/// Whether the rule applies to the file: it is source code outside the four folders, and no file of tests. Tests
/// may name every kind.
fn is_elsewhere(path: &str) -> bool {
    path.contains("/src/") && !path.ends_with("/tests.rs") && !HOMES.iter().any(|home| path.starts_with(home))
}

/// The kind of message that a path ends with, such as `Poll` in `MessageType::Poll`. `None` if the path ends with a
/// function, whose name begins with a small letter.
fn kind(segments: &[String]) -> Option<&str> {
    let [.., of, kind] = segments else { return None };
    let is_variant = kind.starts_with(|first: char| first.is_ascii_uppercase());
    (matches!(of.as_str(), "Content" | "MessageType") && is_variant).then_some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn naming_a_kind_of_message_outside_the_four_folders_for_kinds_is_reported() {
        let text = "fn f() { m(MessageType::Poll); g(Content::Text); h(Content::of); }\nuse a::Content::{Poll, Text};";
        let found = check(&Tree::with("crates/server/src/messages/reading.rs", text));
        assert_eq!(found.iter().map(|finding| finding.line).collect::<Vec<_>>(), [1, 2]);
        for home in HOMES {
            assert_eq!(check(&Tree::with(&format!("{home}poll.rs"), text)), []);
        }
    }
}
