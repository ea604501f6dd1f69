//! Contact cards.

use serde::{Deserialize, Serialize};

/// A contact card.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ContactCard {
    /// The person's name.
    pub name: String,
    /// The person's phone numbers.
    #[serde(default)]
    pub phones: Vec<ContactPhone>,
    /// The person's e-mail addresses.
    #[serde(default)]
    pub emails: Vec<String>,
    /// The organization that the person works for.
    #[serde(default)]
    pub organization: Option<String>,
    /// The unchanged vCard.
    #[serde(default)]
    pub vcard: Option<String>,
}

/// A phone number on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactPhone {
    /// The number, as it is written on the card.
    pub number: String,
    /// The kind of number, such as `CELL`.
    pub label: Option<String>,
}

impl ContactCard {
    /// Reads name, phone numbers, e-mail addresses and organization from a vCard. `vcard` keeps the whole text.
    pub fn of_vcard(display_name: Option<&str>, vcard: &str) -> Self {
        let mut card = Self { vcard: Some(vcard.to_owned()), ..Self::default() };
        for line in unfolded(vcard).lines() {
            let Some((name, value)) = line.split_once(':') else { continue };
            let mut parameters = name.split(';');
            // `item1.TEL` is the property TEL in the group `item1`.
            let property = parameters.next().unwrap_or_default().rsplit('.').next().unwrap_or_default();
            let value = unescaped(value.trim());
            match property.to_ascii_uppercase().as_str() {
                "FN" if card.name.is_empty() => card.name = value,
                "TEL" if !value.is_empty() => {
                    card.phones.push(ContactPhone { number: value, label: label(parameters) });
                }
                "EMAIL" if !value.is_empty() => card.emails.push(value),
                "ORG" => {
                    let value = value.trim_end_matches(';').to_owned();
                    card.organization = Some(value).filter(|value| !value.is_empty());
                }
                _ => {}
            }
        }
        if let Some(name) = display_name.filter(|name| !name.is_empty()) {
            card.name = name.to_owned();
        }
        card
    }
}

fn label<'a>(mut parameters: impl Iterator<Item = &'a str>) -> Option<String> {
    parameters.find_map(|parameter| {
        let value = parameter.strip_prefix("TYPE=").or_else(|| parameter.strip_prefix("type="))?;
        Some(value.split(',').next().unwrap_or(value).to_owned())
    })
}

/// A line that begins with white space continues the previous line (RFC 6350, 3.2).
fn unfolded(vcard: &str) -> String {
    vcard.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
}

fn unescaped(value: &str) -> String {
    value.replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vcard_is_read() {
        let vcard = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Lima;Ana;;;\r\nFN:Ana Li\r\n ma\r\nORG:Shop\\, Ltd;\r\n\
                     item1.TEL;waid=15551234567;type=CELL:+1 555 123 4567\r\nEMAIL:ana@example.org\r\nEND:VCARD";
        let card = ContactCard::of_vcard(None, vcard);
        assert_eq!((card.name.as_str(), card.organization.as_deref()), ("Ana Lima", Some("Shop, Ltd")));
        assert_eq!(card.emails, ["ana@example.org"]);
        let phone = ContactPhone { number: "+1 555 123 4567".to_owned(), label: Some("CELL".to_owned()) };
        assert_eq!(card.phones, [phone]);
    }

    #[test]
    fn an_invalid_vcard_is_kept_and_breaks_nothing() {
        for text in ["", ":", "TEL", "\u{0}", "FN:\nTEL;TYPE=:"] {
            let card = ContactCard::of_vcard(Some("Ana"), text);
            assert_eq!((card.name.as_str(), card.vcard.as_deref()), ("Ana", Some(text)));
        }
    }
}
