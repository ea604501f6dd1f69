//! Splits source text into tokens and comments.

use std::iter::Peekable;
use std::str::Chars;

/// A piece of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// An identifier, a keyword or a number.
    Word(String),
    /// `::`
    PathSeparator,
    /// Any other single character, such as a brace.
    Mark(char),
    /// A string, character or lifetime.
    Literal,
}

/// A token and the line that it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The number of the line. The first line is 1.
    pub line: usize,
    /// The token itself.
    pub token: Token,
}

/// A comment, including its slashes or stars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The number of the comment's first line. The first line of the file is 1.
    pub line: usize,
    /// The whole text of the comment.
    pub text: String,
}

/// A file, split into tokens and comments.
#[derive(Debug, Clone, Default)]
pub struct Lexed {
    /// The tokens of the code.
    pub tokens: Vec<Placed>,
    /// The comments.
    pub comments: Vec<Comment>,
}

struct Lexer<'a> {
    chars: Peekable<Chars<'a>>,
    line: usize,
    lexed: Lexed,
}

/// Splits `text` into tokens and comments.
pub fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer { chars: text.chars().peekable(), line: 1, lexed: Lexed::default() };
    while let Some(first) = lexer.next() {
        lexer.token(first);
    }
    lexer.lexed
}

impl Lexer<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.chars.next()?;
        self.line += usize::from(next == '\n');
        Some(next)
    }

    fn take_if(&mut self, wanted: char) -> bool {
        let there = self.chars.peek() == Some(&wanted);
        if there {
            self.next();
        }
        there
    }

    fn push(&mut self, line: usize, token: Token) {
        self.lexed.tokens.push(Placed { line, token });
    }

    fn token(&mut self, first: char) {
        let line = self.line;
        match first {
            '/' if self.chars.peek() == Some(&'/') => self.line_comment(line),
            '/' if self.take_if('*') => self.block_comment(line),
            '"' => self.string(line),
            '\'' => self.quote(line),
            ':' if self.take_if(':') => self.push(line, Token::PathSeparator),
            _ if first.is_whitespace() => {}
            _ if first.is_alphanumeric() || first == '_' => self.word(line, first),
            _ => self.push(line, Token::Mark(first)),
        }
    }

    fn line_comment(&mut self, line: usize) {
        let mut text = String::from('/');
        while let Some(next) = self.chars.next_if(|next| *next != '\n') {
            text.push(next);
        }
        self.lexed.comments.push(Comment { line, text });
    }

    fn block_comment(&mut self, line: usize) {
        let mut text = String::from("/*");
        let mut depth = 1;
        while depth > 0
            && let Some(next) = self.next()
        {
            text.push(next);
            if text.ends_with("*/") {
                depth -= 1;
            } else if text.ends_with("/*") {
                depth += 1;
            }
        }
        self.lexed.comments.push(Comment { line, text });
    }

    fn string(&mut self, line: usize) {
        while let Some(next) = self.next() {
            match next {
                '\\' => drop(self.next()),
                '"' => break,
                _ => {}
            }
        }
        self.push(line, Token::Literal);
    }

    fn raw_string(&mut self, line: usize, hashes: usize) {
        while let Some(next) = self.next() {
            if next == '"' && (0..hashes).all(|_| self.take_if('#')) {
                break;
            }
        }
        self.push(line, Token::Literal);
    }

    /// Reads a character literal or a lifetime. A character literal has one character or one escape sequence, and then
    /// a closing quote. A lifetime has no closing quote.
    fn quote(&mut self, line: usize) {
        if self.take_if('\\') {
            self.next();
            while self.next().is_some_and(|next| next != '\'') {}
        } else {
            self.next();
            if !self.take_if('\'') {
                while self.chars.next_if(|next| next.is_alphanumeric() || *next == '_').is_some() {}
            }
        }
        self.push(line, Token::Literal);
    }

    fn word(&mut self, line: usize, first: char) {
        let mut word = String::from(first);
        while let Some(next) = self.chars.next_if(|next| next.is_alphanumeric() || *next == '_') {
            word.push(next);
        }
        match word.as_str() {
            "b" | "c" if self.take_if('"') => self.string(line),
            "b" if self.take_if('\'') => self.quote(line),
            "r" | "br" | "cr" if matches!(self.chars.peek(), Some('"' | '#')) => {
                let mut hashes = 0;
                while self.take_if('#') {
                    hashes += 1;
                }
                if self.take_if('"') {
                    self.raw_string(line, hashes);
                }
            }
            _ => self.push(line, Token::Word(word)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let words = lex(text).tokens.into_iter().filter_map(|placed| match placed.token {
            Token::Word(word) => Some(word),
            _ => None,
        });
        words.collect()
    }

    #[test]
    fn comments_and_strings_are_not_read_as_code() {
        assert_eq!(words(r##"a /* b /* c */ d */ e // f"##), ["a", "e"]);
        assert_eq!(words(r###"a "b \" c" r#"d " e"# br"f" b"g" 'h' '\'' '\u{1F600}' i"###), ["a", "i"]);
        assert_eq!(words("fn f<'a>(x: &'a str) {}"), ["fn", "f", "x", "str"]);
        assert_eq!(words("r#type r"), ["type", "r"]);
    }

    #[test]
    fn lines_are_counted_through_strings_and_comments() {
        let lexed = lex("\"a\nb\"\n/* c\nd */ e // f\n");
        assert_eq!(lexed.tokens.last().map(|placed| placed.line), Some(4));
        let comments: Vec<_> = lexed.comments.iter().map(|comment| (comment.line, &*comment.text)).collect();
        assert_eq!(comments, [(3, "/* c\nd */"), (4, "// f")]);
    }
}
