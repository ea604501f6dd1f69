//! The recipient of a message: a phone number in any usual spelling, an id, or an address of WhatsApp.

use std::str::FromStr;

use uuid::Uuid;

use super::address::Address;
use crate::phone::PhoneNumber;

/// The recipient that the field `to` of a request names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// A phone number. WhatsApp may spell the number differently.
    Phone(PhoneNumber),
    /// The id of a chat or of a person.
    Id(Uuid),
    /// An address of WhatsApp (JID).
    Address(Address),
}

/// The text is not a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a phone number with its country code such as +15551234567, the id of a chat or a person, or an address of \
     WhatsApp such as 15551234567@s.whatsapp.net"
)]
pub struct InvalidRecipient;

impl FromStr for Recipient {
    type Err = InvalidRecipient;

    fn from_str(text: &str) -> Result<Self, InvalidRecipient> {
        let text = text.trim();
        if text.contains('@') {
            return text.parse().map(Self::Address).map_err(|_| InvalidRecipient);
        }
        if text.len() == uuid::fmt::Hyphenated::LENGTH {
            return Uuid::parse_str(text).map(Self::Id).map_err(|_| InvalidRecipient);
        }
        number(text).map(Self::Phone).ok_or(InvalidRecipient)
    }
}

/// Reads a phone number. `+1 555-123-4567`, `1 (555) 1234567` and `0015551234567` are the same number.
fn number(text: &str) -> Option<PhoneNumber> {
    let plus = text.starts_with('+');
    let digits: String =
        text.trim_start_matches('+').chars().filter(|c| !" -.()\u{a0}".contains(*c)).collect();
    let digits = match digits.strip_prefix("00") {
        Some(rest) if !plus => rest,
        _ => digits.as_str(),
    };
    PhoneNumber::from_digits(digits).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_a_number_give_the_same_recipient() {
        for text in [
            "+15551234567",
            "15551234567",
            "+1 555-123-4567",
            "0015551234567",
            " 1 (555) 123.4567 ",
            "00 1 555 1234567",
        ] {
            let expected = Recipient::Phone(PhoneNumber::from_digits("15551234567").unwrap());
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn ids_and_addresses_are_distinguished() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        assert_eq!(id.parse(), Ok(Recipient::Id(Uuid::parse_str(id).unwrap())));
        assert!(matches!("1@g.us".parse(), Ok(Recipient::Address(_))));
        assert!(matches!("15551234567@c.us".parse(), Ok(Recipient::Address(_))));
    }

    #[test]
    fn an_invalid_recipient_is_refused() {
        for text in
            ["", "ana", "+", "123", "0123456789", "+001555", "12345678901234567", "a@b", "1555123456x"]
        {
            assert_eq!(text.parse::<Recipient>(), Err(InvalidRecipient), "{text}");
        }
    }
}
