//! How long the Rust files are. A long file should be split into several files in a folder.

use std::fmt;

use crate::Tree;

/// The number of lines of each Rust file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lengths {
    /// The number of lines and the path of each file, the longest file first.
    pub files: Vec<(usize, String)>,
}

impl Lengths {
    /// Counts the lines of `tree`.
    pub fn of(tree: &Tree) -> Self {
        let mut files: Vec<(usize, String)> =
            tree.rust().map(|file| (file.text.lines().count(), file.path.clone())).collect();
        files.sort_by(|a, b| b.cmp(a));
        Self { files }
    }

    /// The median number of lines of a file.
    pub fn median(&self) -> usize {
        self.files.get(self.files.len() / 2).map_or(0, |(lines, _)| *lines)
    }

    /// The number of files with more than `lines` lines.
    pub fn above(&self, lines: usize) -> usize {
        self.files.iter().take_while(|(length, _)| *length > lines).count()
    }
}

impl fmt::Display for Lengths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, total) = (self.files.len(), self.files.iter().map(|(lines, _)| lines).sum::<usize>());
        writeln!(
            f,
            "{count} files of Rust, {total} lines, median {}, above 400: {}",
            self.median(),
            self.above(400)
        )?;
        self.files.iter().take(10).try_for_each(|(lines, path)| writeln!(f, "{lines:>6} {path}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_files_are_counted() {
        let tree = Tree::with("a.rs", "x\n").and("b.rs", &"x\n".repeat(401)).and("c.rs", "x\nx\n");
        let lengths = Lengths::of(&tree);
        assert_eq!((lengths.median(), lengths.above(400)), (2, 1));
        assert!(lengths.to_string().contains("   401 b.rs"));
    }
}
