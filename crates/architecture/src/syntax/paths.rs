//! The paths that a file names. `use a::{b, c::d}` names `a::b` and `a::c::d`.

use super::lexer::{Placed, Token};

/// A path, and where the file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathUse {
    /// The number of the line. The first line is 1.
    pub line: usize,
    /// The path's segments as written: `["super", "next"]`.
    pub segments: Vec<String>,
    /// The inline modules that contain the path, outermost first, such as `["tests"]`.
    pub within: Vec<String>,
}

impl PathUse {
    /// Whether the path begins with these segments.
    pub fn starts_with(&self, start: &[&str]) -> bool {
        self.segments.len() >= start.len() && self.segments.iter().zip(start).all(|(a, b)| a == b)
    }

    /// Whether the path ends with these segments.
    pub fn ends_with(&self, end: &[&str]) -> bool {
        let skip = self.segments.len().checked_sub(end.len());
        skip.is_some_and(|skip| self.segments[skip..].iter().zip(end).all(|(a, b)| a == b))
    }

    /// Returns the path from the root of its crate, or `None` if the path leads to another crate. Resolves `crate`,
    /// `self`, `super` and the crate's own name (`own_name`). `file` is the module path of the file that contains
    /// the path.
    pub fn inside_crate(&self, file: &[String], own_name: &str) -> Option<Vec<String>> {
        let mut at: Vec<String> = file.iter().chain(&self.within).cloned().collect();
        let mut rest = self.segments.as_slice();
        match rest.first()?.as_str() {
            "crate" => at.clear(),
            "self" => {}
            "super" => {
                while rest.get(1).is_some_and(|next| next == "super") {
                    at.pop();
                    rest = &rest[1..];
                }
                at.pop();
            }
            name if name == own_name => at.clear(),
            _ => return None,
        }
        at.extend_from_slice(&rest[1..]);
        Some(at)
    }
}

struct Reader<'a> {
    tokens: &'a [Placed],
    at: usize,
    found: Vec<PathUse>,
    depth: usize,
    /// The inline modules around the current token, each with the brace depth at which it began.
    within: Vec<(String, usize)>,
}

/// Finds all paths in `tokens`.
pub fn paths(tokens: &[Placed]) -> Vec<PathUse> {
    let mut reader = Reader { tokens, at: 0, found: Vec::new(), depth: 0, within: Vec::new() };
    while reader.at < tokens.len() {
        reader.step();
    }
    reader.found
}

impl<'a> Reader<'a> {
    fn peek(&self, ahead: usize) -> Option<&'a Token> {
        self.tokens.get(self.at + ahead).map(|placed| &placed.token)
    }

    fn word(&self, ahead: usize) -> Option<&'a str> {
        match self.peek(ahead) {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn is(&self, mark: char) -> bool {
        self.peek(0) == Some(&Token::Mark(mark))
    }

    fn found(&mut self, line: usize, segments: Vec<String>) {
        if segments.is_empty() {
            return; // `use<'a>` in a return type imports nothing
        }
        let within = self.within.iter().map(|(name, _)| name.clone()).collect();
        self.found.push(PathUse { line, segments, within });
    }

    fn step(&mut self) {
        match &self.tokens[self.at].token {
            Token::Mark('{') => self.depth += 1,
            Token::Mark('}') => {
                self.within.retain(|(_, depth)| *depth < self.depth);
                self.depth = self.depth.saturating_sub(1);
            }
            Token::Word(word) if word == "use" => {
                self.at += 1;
                return self.use_tree(&[]);
            }
            Token::Word(word) if word == "mod" && self.peek(2) == Some(&Token::Mark('{')) => {
                if let Some(name) = self.word(1) {
                    self.within.push((name.to_owned(), self.depth + 1));
                }
            }
            Token::Word(_) => return self.chain(),
            _ => {}
        }
        self.at += 1;
    }

    /// Reads a path such as `a::b::c`. A single name counts only if it is the name of an attribute.
    fn chain(&mut self) {
        let line = self.tokens[self.at].line;
        let attribute = self.at >= 2
            && self.tokens[self.at - 1].token == Token::Mark('[')
            && matches!(self.tokens[self.at - 2].token, Token::Mark('#' | '!'));
        let mut segments = Vec::new();
        while let Some(word) = self.word(0) {
            segments.push(word.to_owned());
            self.at += 1;
            if self.peek(0) != Some(&Token::PathSeparator) || self.word(1).is_none() {
                break;
            }
            self.at += 1;
        }
        if segments.len() > 1 || attribute {
            self.found(line, segments);
        }
    }

    fn use_tree(&mut self, prefix: &[String]) {
        let mut path = prefix.to_vec();
        let line = self.tokens.get(self.at).map_or(0, |placed| placed.line);
        loop {
            match self.peek(0) {
                Some(Token::Word(word)) if word == "as" => self.at += 2,
                Some(Token::Word(word)) => {
                    let itself = word == "self" && !path.is_empty();
                    if !itself {
                        path.push(word.clone());
                    }
                    self.at += 1;
                }
                Some(Token::PathSeparator) => self.at += 1,
                Some(Token::Mark('*')) => {
                    path.push("*".to_owned());
                    self.at += 1;
                }
                Some(Token::Mark('{')) => return self.use_group(&path),
                _ => return self.found(line, path),
            }
        }
    }

    fn use_group(&mut self, prefix: &[String]) {
        self.at += 1;
        while self.at < self.tokens.len() {
            if self.is('}') {
                self.at += 1;
                return;
            }
            if self.is(',') {
                self.at += 1;
            } else {
                let before = self.at;
                self.use_tree(prefix);
                // Invalid code may have no `use` tree here. Skip the token, so that the loop always ends.
                self.at = self.at.max(before + 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Syntax;

    fn paths(text: &str) -> Vec<String> {
        Syntax::of(text).paths.iter().map(|path| path.segments.join("::")).collect()
    }

    #[test]
    fn nested_use_trees_are_expanded() {
        let text = "use std::{fs, io::{self, Read as _}, net::*};\nuse a::b;";
        assert_eq!(paths(text), ["std::fs", "std::io", "std::io::Read", "std::net::*", "a::b"]);
    }

    #[test]
    fn paths_in_code_and_attributes_are_found() {
        let text = "#[tokio::test] #[sqlx(x)] fn f() { let v: Vec<a::B> = std::fs::read::<u8>(c.d); }";
        assert_eq!(paths(text), ["tokio::test", "sqlx", "a::B", "std::fs::read"]);
    }

    #[test]
    fn relative_paths_are_resolved_from_their_module() {
        let text = "use super::x; mod tests { use super::y; use crate::z; } use own::w;";
        let file = ["http".to_owned(), "accounts".to_owned()];
        let resolved: Vec<String> = Syntax::of(text)
            .paths
            .iter()
            .filter_map(|path| path.inside_crate(&file, "own"))
            .map(|path| path.join("::"))
            .collect();
        assert_eq!(resolved, ["http::x", "http::accounts::y", "z", "w"]);
    }
}
