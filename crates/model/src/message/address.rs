//! The addresses of people, groups and channels at WhatsApp (JIDs), without the number of the device.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::chat::ChatType;
use crate::phone::{Identity, Lid, PhoneNumber};

/// The part of an address after the `@`. It shows what the address names, such as a person or a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Server {
    /// A person, by their phone number.
    Phone,
    /// A person, by their LID. WhatsApp uses LIDs to hide phone numbers.
    Lid,
    /// A group.
    Group,
    /// A channel. WhatsApp's protocol calls it a newsletter.
    Newsletter,
    /// Status posts, or a list of recipients.
    Broadcast,
}

/// An address such as `15551234567@s.whatsapp.net`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    user: String,
    server: Server,
}

/// The text is not an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an address such as 15551234567@s.whatsapp.net, 100000012345678@lid or 120363000000000000@g.us"
)]
pub struct InvalidAddress;

/// The maximum number of characters before the `@`. WhatsApp's addresses are shorter.
const LONGEST_USER: usize = 64;

impl Server {
    /// The text after the `@`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "s.whatsapp.net",
            Self::Lid => "lid",
            Self::Group => "g.us",
            Self::Newsletter => "newsletter",
            Self::Broadcast => "broadcast",
        }
    }

    fn of(text: &str) -> Option<Self> {
        Some(match text {
            // Older clients write `c.us`.
            "s.whatsapp.net" | "c.us" => Self::Phone,
            "lid" => Self::Lid,
            "g.us" => Self::Group,
            "newsletter" => Self::Newsletter,
            "broadcast" => Self::Broadcast,
            _ => return None,
        })
    }
}

impl Address {
    /// The address for a phone number.
    pub fn of_phone(phone: &PhoneNumber) -> Self {
        Self { user: phone.digits().to_owned(), server: Server::Phone }
    }

    /// The address for a LID.
    pub fn of_lid(lid: &Lid) -> Self {
        Self { user: lid.0.clone(), server: Server::Lid }
    }

    /// The part before the `@`.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The part after the `@`.
    pub const fn server(&self) -> Server {
        self.server
    }

    /// The type of the chat with this address.
    pub fn chat_type(&self) -> ChatType {
        match self.server {
            Server::Phone | Server::Lid => ChatType::Direct,
            Server::Group => ChatType::Group,
            Server::Newsletter => ChatType::Newsletter,
            Server::Broadcast if self.user == "status" => ChatType::Status,
            Server::Broadcast => ChatType::Broadcast,
        }
    }

    /// The phone number or LID in the address; empty if the address does not name a person.
    pub fn identity(&self) -> Identity {
        match self.server {
            Server::Phone => Identity { phone: PhoneNumber::from_digits(&self.user).ok(), lid: None },
            Server::Lid => Identity { phone: None, lid: Some(Lid(self.user.clone())) },
            _ => Identity::default(),
        }
    }
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let (user, server) = text.split_once('@').ok_or(InvalidAddress)?;
        let server = Server::of(server).ok_or(InvalidAddress)?;
        // `15551234567.0:3@s.whatsapp.net` names one device of a person. Keep the person and drop the device.
        let user = match server {
            Server::Phone | Server::Lid => user.split(':').next().and_then(|user| user.split('.').next()),
            _ => Some(user),
        };
        let user = user.filter(|user| (1..=LONGEST_USER).contains(&user.len())).ok_or(InvalidAddress)?;
        let plausible = match server {
            Server::Phone => PhoneNumber::from_digits(user).is_ok(),
            Server::Lid => user.bytes().all(|byte| byte.is_ascii_digit()),
            _ => user.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
        };
        if plausible { Ok(Self { user: user.to_owned(), server }) } else { Err(InvalidAddress) }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.user, self.server.as_str())
    }
}

/// Shows only the last two characters before the `@`, so that logs contain no complete phone number.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end: String = self.user.chars().rev().take(2).collect::<Vec<_>>().into_iter().rev().collect();
        write!(f, "…{end}@{}", self.server.as_str())
    }
}

impl TryFrom<String> for Address {
    type Error = InvalidAddress;

    fn try_from(text: String) -> Result<Self, InvalidAddress> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        text.parse::<Address>().ok().map(|address| address.to_string())
    }

    #[test]
    fn an_address_with_a_device_number_or_an_old_server_means_the_same_person() {
        for text in ["15551234567@s.whatsapp.net", "15551234567:7@s.whatsapp.net", "15551234567@c.us"] {
            assert_eq!(read(text).as_deref(), Some("15551234567@s.whatsapp.net"), "{text}");
        }
        assert_eq!(read("100000012345678:3@lid").as_deref(), Some("100000012345678@lid"));
        assert_eq!(read("120363-1@g.us").as_deref(), Some("120363-1@g.us"));
        assert_eq!(read("status@broadcast").as_deref(), Some("status@broadcast"));
    }

    #[test]
    fn an_invalid_address_is_refused() {
        for text in
            ["", "@", "a@", "@lid", "1@s.whatsapp.net", "15551234567@example.org", "x y@g.us", "é@lid"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn an_address_determines_the_type_of_its_chat() {
        let chat = |text: &str| text.parse::<Address>().unwrap().chat_type();
        assert_eq!(chat("15551234567@s.whatsapp.net"), ChatType::Direct);
        assert_eq!(chat("1@g.us"), ChatType::Group);
        assert_eq!(chat("status@broadcast"), ChatType::Status);
        assert_eq!(chat("12@broadcast"), ChatType::Broadcast);
        assert_eq!(chat("12@newsletter"), ChatType::Newsletter);
    }
}
