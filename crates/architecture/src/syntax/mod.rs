//! Reads as much of a Rust file as the rules need: the paths that the file names (with `use` trees expanded), its
//! comments and its attributes. This module understands tokens and braces, not the grammar of Rust. It never treats
//! text inside strings and comments as code.

mod lexer;
mod paths;

pub use lexer::Comment;
pub use paths::PathUse;

use lexer::{Lexed, Token};

/// The tokens, comments and paths of one file.
#[derive(Debug, Clone)]
pub struct Syntax {
    lexed: Lexed,
    /// Every path with two or more segments. A path with one segment is included only if it is the name of an
    /// attribute.
    pub paths: Vec<PathUse>,
}

impl Syntax {
    /// Reads the source text.
    pub fn of(text: &str) -> Self {
        let lexed = lexer::lex(text);
        let paths = paths::paths(&lexed.tokens);
        Self { lexed, paths }
    }

    /// The comments of the file, in order.
    pub fn comments(&self) -> &[Comment] {
        &self.lexed.comments
    }

    /// Returns the line number and the name of every function.
    pub fn functions(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lexed.tokens.windows(2).filter_map(|pair| match (&pair[0].token, &pair[1].token) {
            (Token::Word(word), Token::Word(name)) if word == "fn" => Some((pair[1].line, name.as_str())),
            _ => None,
        })
    }
}
