//! A message that contains one or several contacts, each as a vCard.

use super::{Desk, Invalid, Kind, bounded};
use buffa::MessageField;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use waproto::whatsapp as wa;

/// The contacts in one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Contacts(pub Vec<Contact>);

/// A person or a company with its phone numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// The name that people see.
    pub name: String,
    /// The vCard. If it is missing when a message is sent, the phone makes it from the other fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vcard: Option<String>,
    /// The contact's numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<Phone>,
    /// The contact's e-mail addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    /// The company that the contact works for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
}

/// A phone number of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phone {
    /// The number in international form.
    pub number: String,
    /// The kind of the number, such as `work`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

impl Contact {
    fn vcard(&self) -> String {
        if let Some(vcard) = &self.vcard {
            return vcard.clone();
        }
        let name = escaped(&self.name);
        let mut card = format!("BEGIN:VCARD\nVERSION:3.0\nN:;{name};;;\nFN:{name}\n");
        if let Some(organization) = &self.organization {
            let _ = writeln!(card, "ORG:{}", escaped(organization));
        }
        for (item, Phone { number, label }) in (1..).zip(&self.phones) {
            let digits: String = number.chars().filter(char::is_ascii_digit).collect();
            let label = label.as_deref().unwrap_or("Mobile");
            let _ = writeln!(
                card,
                "item{item}.TEL;waid={digits}:+{digits}\nitem{item}.X-ABLabel:{}",
                escaped(label)
            );
        }
        for email in &self.emails {
            let _ = writeln!(card, "EMAIL:{}", escaped(email));
        }
        card.push_str("END:VCARD");
        card
    }

    fn to_proto(&self) -> wa::message::ContactMessage {
        wa::message::ContactMessage {
            display_name: Some(self.name.clone()),
            vcard: Some(self.vcard()),
            ..Default::default()
        }
    }

    fn from_proto(card: &wa::message::ContactMessage) -> Self {
        Self {
            name: card.display_name.clone().unwrap_or_default(),
            vcard: card.vcard.clone(),
            ..Self::default()
        }
    }
}

/// Escapes text for a vCard.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(',', "\\,").replace(';', "\\;").replace('\n', "\\n")
}

impl Kind for Contacts {
    fn write(&self, _: &dyn Desk) -> Result<wa::Message, Invalid> {
        for (index, contact) in self.0.iter().enumerate() {
            bounded(&format!("contacts[{index}].name"), &contact.name, 1_000)?;
        }
        match &self.0[..] {
            [] => Err(Invalid::new("contacts", "must have at least one")),
            [one] => {
                Ok(wa::Message { contact_message: MessageField::some(one.to_proto()), ..Default::default() })
            }
            many => {
                let array = wa::message::ContactsArrayMessage {
                    display_name: Some(format!("{} contacts", many.len())),
                    contacts: many.iter().map(Contact::to_proto).collect(),
                    ..Default::default()
                };
                Ok(wa::Message { contacts_array_message: MessageField::some(array), ..Default::default() })
            }
        }
    }

    fn read(message: &wa::Message) -> Option<Self> {
        if let Some(one) = message.contact_message.as_option() {
            return Some(Self(vec![Contact::from_proto(one)]));
        }
        let array = message.contacts_array_message.as_option()?;
        Some(Self(array.contacts.iter().map(Contact::from_proto).collect()))
    }
}
