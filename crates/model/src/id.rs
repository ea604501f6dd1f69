//! One type per kind of id, so that the id of a user cannot be passed as the id of an account. All ids are UUIDs
//! of version 7, which sort by the time at which they were created.

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
            /// A new id. It sorts after the ids that were generated in earlier milliseconds.
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

            /// The 16 bytes of the id. When a value is sealed (encrypted), they are part of its authenticated data.
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
                // Only a UUID with hyphens has this length. So two texts for the same id can differ only in upper
                // and lower case.
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
    /// The id of a workspace.
    WorkspaceId,
    /// The id of a user.
    UserId,
    /// The id of a WhatsApp account.
    AccountId,
    /// The id of a device that must still be logged out at WhatsApp. The vault, the encrypted store
    /// of sessions, keeps the device's session under this id.
    LogoutId,
    /// The id of an API key.
    ApiKeyId,
    /// The id of a sign-in: one browser that signed in, with its chain of refresh tokens.
    SignInId,
    /// The id of an event. It is the same in every delivery.
    EventId,
    /// The id of a pairing link. The link shows the pairing of one account to the person who has the phone.
    PairingLinkId,
    /// The id of an invitation to a workspace.
    InvitationId,
    /// The id of a mail that waits to be sent.
    MailId,
    /// The id of an entry of the audit log.
    AuditEntryId,
    /// The id of a message that an account received or sent.
    MessageId,
    /// The id of a chat of an account.
    ChatId,
    /// The id of a contact: a person, as one account knows them.
    ContactId,
    /// The id of the file of a message.
    MediaId,
    /// The id of a webhook endpoint.
    WebhookId,
    /// The id of a delivery: one event for one webhook endpoint.
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
