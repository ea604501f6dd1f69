//! How WhatsApp identifies people: by phone number, and by the LID, an id that hides the number. No code may
//! require a phone number, because WhatsApp hides more and more of them.

mod digits;
mod spelling;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use digits::Digits;

/// A phone number in E.164, stored as its digits (country code first, no `+`).
///
/// Two numbers are equal if WhatsApp treats them as the same number, even if a country spells that number in two
/// ways (see `spelling`). [`PhoneNumber::digits`] returns the spelling in which the number was read.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(Digits);

/// The text is not an E.164 phone number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a phone number in E.164: a plus sign, then 7 to 15 digits, the first not 0")]
pub struct InvalidPhoneNumber;

impl PhoneNumber {
    /// The digits of the country code and the number, as in the part of a JID before the `@`.
    pub fn digits(&self) -> &str {
        self.0.as_str()
    }

    /// The digits of the shortest spelling. All spellings of a number have the same key, so numbers are looked up by
    /// their key.
    pub fn key(&self) -> String {
        spelling::shortest(self.0).as_str().to_owned()
    }

    /// The digits of each spelling of the number, the shortest first.
    pub fn spellings(&self) -> impl Iterator<Item = String> {
        let long = spelling::longest(self.0).map(|digits| digits.as_str().to_owned());
        std::iter::once(self.key()).chain(long)
    }

    /// Reads the part of a phone number's JID before the `@`. It has no plus sign.
    pub fn from_digits(digits: &str) -> Result<Self, InvalidPhoneNumber> {
        let plausible = (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit());
        let digits = Digits::new(digits).filter(|_| plausible);
        digits.map(Self).ok_or(InvalidPhoneNumber)
    }
}

impl PartialEq for PhoneNumber {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for PhoneNumber {}

impl PartialOrd for PhoneNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PhoneNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        spelling::shortest(self.0).as_str().cmp(spelling::shortest(other.0).as_str())
    }
}

impl Hash for PhoneNumber {
    fn hash<H: Hasher>(&self, state: &mut H) {
        spelling::shortest(self.0).as_str().hash(state);
    }
}

impl FromStr for PhoneNumber {
    type Err = InvalidPhoneNumber;

    fn from_str(text: &str) -> Result<Self, InvalidPhoneNumber> {
        Self::from_digits(text.strip_prefix('+').ok_or(InvalidPhoneNumber)?)
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.digits())
    }
}

/// Shows only the end of the number, so that logs are useful but do not identify people.
impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        write!(f, "+…{}", &digits[digits.len().saturating_sub(2)..])
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = InvalidPhoneNumber;

    fn try_from(text: String) -> Result<Self, InvalidPhoneNumber> {
        text.parse()
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.to_string()
    }
}

/// The part of a `@lid` JID before the `@`: the id by which WhatsApp hides a person's number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lid(pub String);

/// What is known about the identity of a WhatsApp account: its number and its LID.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Identity {
    /// The phone number, if WhatsApp reported it.
    pub phone: Option<PhoneNumber>,
    /// The LID, if WhatsApp reported it.
    pub lid: Option<Lid>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e164_numbers_are_read() {
        let number: PhoneNumber = "+15551234567".parse().unwrap();
        assert_eq!(number.digits(), "15551234567");
        assert_eq!(number.to_string(), "+15551234567");
        assert_eq!(serde_json::to_string(&number).unwrap(), "\"+15551234567\"");
    }

    #[test]
    fn invalid_numbers_are_refused() {
        for text in [
            "",
            "+",
            "15551234567",
            "+0123456789",
            "+1555abc4567",
            "+123456",
            "+1234567890123456",
            "+١٢٣٤٥٦٧",
        ] {
            assert_eq!(text.parse::<PhoneNumber>(), Err(InvalidPhoneNumber), "{text}");
        }
    }

    #[test]
    fn debug_output_hides_most_of_the_number() {
        let number: PhoneNumber = "+15551234567".parse().unwrap();
        assert_eq!(format!("{number:?}"), "+…67");
    }
}
