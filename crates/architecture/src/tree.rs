//! The files of the repository as text, without files that are built, installed or written at run time.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::syntax::Syntax;

/// Folders, anywhere in the tree, that contain only build results and installed packages.
const SKIPPED: &[&str] = &[".git", ".schemathesis", ".venv", "dist", "node_modules", "target"];

/// The folder in which `serve` keeps its data when it is started in the root of the repository.
const DATA: &str = "data";

/// A text file.
#[derive(Debug, Clone)]
pub struct File {
    /// The path from the root of the tree, with `/` as the separator.
    pub path: String,
    /// The whole content of the file.
    pub text: String,
}

/// All files of a repository.
#[derive(Debug, Clone)]
pub struct Tree {
    /// The text files, sorted by path.
    pub files: Vec<File>,
    /// The paths of all other files, such as pictures.
    pub others: Vec<String>,
}

impl Tree {
    /// Reads the repository that contains this crate.
    pub fn of_this_repository() -> io::Result<Self> {
        Self::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
    }

    /// Reads all files below `root`, text and other files.
    pub fn read(root: &Path) -> io::Result<Self> {
        let (mut files, mut others) = (Vec::new(), Vec::new());
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(root.join(&folder))? {
                let entry = entry?;
                let path = folder.join(entry.file_name());
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    let skipped = SKIPPED.iter().any(|name| entry.file_name() == *name);
                    if !skipped && path != Path::new(DATA) {
                        folders.push(path);
                    }
                } else if kind.is_file() {
                    let name = path.to_string_lossy().into_owned();
                    match String::from_utf8(fs::read(root.join(&path))?) {
                        Ok(text) => files.push(File { path: name, text }),
                        Err(_) => others.push(name),
                    }
                }
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files, others })
    }

    /// The Rust files.
    pub fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.extension() == "rs")
    }

    /// The manifests of all crates and of the workspace (`Cargo.toml`).
    pub fn manifests(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.name() == "Cargo.toml")
    }
}

impl File {
    /// The file's name, without its folders.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The part of the file's name after the last dot.
    pub fn extension(&self) -> &str {
        self.name().rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// Reads the file as Rust code.
    pub fn syntax(&self) -> Syntax {
        Syntax::of(&self.text)
    }

    /// Whether the whole file is test code, judged by the file's path.
    pub fn is_test(&self) -> bool {
        self.path.split('/').any(|part| matches!(part, "tests" | "tests.rs" | "testing" | "testing.rs"))
    }

    /// The modules that lead to this file inside its crate: `["http", "accounts"]` for `src/http/accounts.rs`.
    pub fn module(&self) -> Vec<String> {
        let Some((_, inside)) = self.path.split_once("/src/") else {
            return Vec::new();
        };
        let mut module: Vec<String> = inside.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        if module.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
            module.pop();
        }
        module
    }
}

#[cfg(test)]
impl Tree {
    /// A tree that has only one file.
    pub(crate) fn with(path: &str, text: &str) -> Self {
        Self { files: vec![File { path: path.to_owned(), text: text.to_owned() }], others: Vec::new() }
    }

    /// The same tree with one more file.
    pub(crate) fn and(mut self, path: &str, text: &str) -> Self {
        self.files.extend(Self::with(path, text).files);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_named_by_its_path() {
        let module = |path: &str| Tree::with(path, "").files[0].module().join("::");
        assert_eq!(
            module("crates/server/src/http/routes/accounts/connect.rs"),
            "http::routes::accounts::connect"
        );
        assert_eq!(module("crates/server/src/http/mod.rs"), "http");
        assert_eq!(module("crates/server/src/lib.rs"), "");
        assert_eq!(module("crates/server/tests/it/main.rs"), "");
    }

    #[test]
    fn the_root_of_this_repository_is_found() {
        let tree = Tree::of_this_repository().expect("the repository is readable");
        assert!(tree.rust().any(|file| file.path == "crates/architecture/src/tree.rs"));
        assert!(tree.files.iter().all(|file| !file.path.starts_with("target/")));
    }

    #[test]
    fn folders_that_git_ignores_are_skipped() {
        let tree = Tree::of_this_repository().expect("the repository is readable");
        for ignored in tree.files.iter().filter(|file| file.name() == ".gitignore") {
            for folder in ignored.text.lines().filter_map(|line| line.strip_suffix('/')) {
                let name = folder.trim_start_matches('/');
                assert!(SKIPPED.contains(&name) || folder == "/data", "{folder} of {}", ignored.path);
            }
        }
    }
}
