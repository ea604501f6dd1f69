//! Names, numbers and texts that have broken this program, or others that do the same job.

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

const TEXTS: [&str; 26] = [
    "",
    " ",
    "me@shop",
    "y@",
    "@z",
    "15550001@s.whatsapp.net",
    "a:b@lid",
    "Zo\u{308}e",
    "\u{202e}evil\u{202c}",
    "\u{200b}\u{200d}\u{feff}",
    "\u{0}",
    "line\nbreak\r\n\ttab",
    "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{200d}\u{1f466}\u{1f3fd}",
    "'; DROP TABLE accounts; --",
    "%s%n%00",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "{{7*7}}${7*7}",
    "null",
    "-1",
    "1e309",
    "\u{661}\u{662}\u{663}",
    "\\u0000\\",
    "\"quoted\"",
    "\u{fffd}\u{10ffff}",
    "true",
];

const NUMBERS: [&str; 16] = [
    "",
    "+",
    "0",
    "+0",
    "00 1 555 000",
    "+5531999990000",
    "553199990000",
    "+5215512345678",
    "+541112345678",
    "+5491112345678",
    "+1 (555) 000-0001",
    "tel:+15550001",
    "+999999999999999999999999",
    "+\u{661}\u{662}\u{663}\u{664}\u{665}\u{666}\u{667}",
    "15550001@s.whatsapp.net",
    "-15550001",
];

/// A text, sometimes a very long one.
pub fn text(rng: &mut StdRng) -> String {
    match rng.random_range(0..TEXTS.len() + 2) {
        0 => "x".repeat(rng.random_range(200..20_000)),
        1 => "\u{1f600}".repeat(rng.random_range(10..400)),
        index => TEXTS[index - 2].to_owned(),
    }
}

/// A phone number, or something that somebody may type as one.
pub fn number(rng: &mut StdRng) -> String {
    NUMBERS[rng.random_range(0..NUMBERS.len())].to_owned()
}

/// A name that a person may set on a phone: not empty, and not longer than WhatsApp allows.
pub fn name(rng: &mut StdRng) -> String {
    loop {
        let name: String = text(rng).chars().filter(|&c| c != '\0').take(25).collect();
        if !name.trim().is_empty() {
            return name;
        }
    }
}

/// A value of another type than the expected one.
pub fn wrong(rng: &mut StdRng) -> Value {
    let values = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(1.5),
        json!(u64::MAX),
        json!([]),
        json!({}),
        json!([null]),
        json!({ "a": { "b": [] } }),
    ];
    values[rng.random_range(0..values.len())].clone()
}
