//! One newtype per kind of id, so that a user's id cannot be passed in place of an account's. All are UUID version 7,
//! which sort by creation time.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use rand::Rng;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text is not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057")]
pub struct InvalidId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id that sorts after all earlier ones.
            pub fn generate(now: Timestamp, rng: &mut impl Rng) -> Self {
                let mut random = [0u8; 10];
                rng.fill_bytes(&mut random);
                let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            /// The id as a plain UUID.
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }

            /// The 16 bytes, for use in authenticated data.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                // Only the form with hyphens has this length, so two texts for one id differ only in upper and lower
                // case.
                if text.len() != uuid::fmt::Hyphenated::LENGTH {
                    return Err(InvalidId);
                }
                Uuid::parse_str(text).map(Self).map_err(|_| InvalidId)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    )+};
}

ids! {
    /// A tenant.
    WorkspaceId,
    /// A person who signs in.
    UserId,
    /// One managed WhatsApp identity, the unit of supervision.
    AccountId,
    /// A device that WhatsApp must still be told about. The vault keeps its session under this id.
    LogoutId,
    /// A key for programs.
    ApiKeyId,
    /// One chain of refresh tokens: a browser that signed in.
    SignInId,
    /// An event, the same wherever it is delivered.
    EventId,
    /// A one-time link that shows one account's pairing to the person who has the phone.
    PairingLinkId,
    /// An invitation to a workspace.
    InvitationId,
    /// A mail that waits to be sent.
    MailId,
    /// An entry of the audit log.
    AuditEntryId,
    /// A message that an account received or sent.
    MessageId,
    /// A chat of an account.
    ChatId,
    /// A person, as one account knows them.
    ContactId,
    /// A file of a message.
    MediaId,
    /// A webhook endpoint.
    WebhookId,
    /// One event for one webhook endpoint.
    DeliveryId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_are_read_back_from_text() {
        let mut rng = rand::rng();
        let earlier = AccountId::generate(Timestamp::from_millisecond(1_000).unwrap(), &mut rng);
        let later = AccountId::generate(Timestamp::from_millisecond(2_000).unwrap(), &mut rng);
        assert!(earlier < later);
        assert_eq!(later.to_string().parse::<AccountId>().unwrap(), later);
        assert_eq!(later.as_uuid().get_version_num(), 7);
    }

    #[test]
    fn text_that_is_not_a_uuid_is_refused() {
        for text in ["42", "{01890a5d-ac96-774b-bcce-b302099a8057}", "01890a5dac96774bbcceb302099a8057"] {
            assert_eq!(text.parse::<AccountId>(), Err(InvalidId), "{text}");
        }
    }
}
