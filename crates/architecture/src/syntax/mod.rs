//! Reads Rust as far as the rules need it: which paths a file names (with `use` trees expanded), and which comments
//! and attributes it has. It knows tokens and braces, not grammar. Strings and comments never count as code.

mod lexer;
mod paths;

pub use lexer::Comment;
pub use paths::PathUse;

use lexer::{Lexed, Token};

/// What is known of one file.
#[derive(Debug, Clone)]
pub struct Syntax {
    lexed: Lexed,
    /// Every path of two segments or more, and the single names of attributes.
    pub paths: Vec<PathUse>,
}

impl Syntax {
    /// Reads `text`.
    pub fn of(text: &str) -> Self {
        let lexed = lexer::lex(text);
        let paths = paths::paths(&lexed.tokens);
        Self { lexed, paths }
    }

    /// The comments, in order.
    pub fn comments(&self) -> &[Comment] {
        &self.lexed.comments
    }

    /// The lines of `fn name`, each with the name of the function.
    pub fn functions(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lexed.tokens.windows(2).filter_map(|pair| match (&pair[0].token, &pair[1].token) {
            (Token::Word(word), Token::Word(name)) if word == "fn" => Some((pair[1].line, name.as_str())),
            _ => None,
        })
    }
}
