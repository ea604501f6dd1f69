//! The people who write. Everything except the id may be unknown, because WhatsApp hides more and more phone numbers.

use serde::{Deserialize, Serialize};

use crate::id::ContactId;
use crate::phone::{Identity, Lid, PhoneNumber};

/// A person as one account knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// The contact's id, per account.
    pub id: ContactId,
    /// The person's number.
    pub phone: Option<PhoneNumber>,
    /// WhatsApp's hidden id for the person.
    pub lid: Option<Lid>,
    /// The username that other people can find the person by.
    pub username: Option<String>,
    /// The name that the person chose.
    pub push_name: Option<String>,
    /// The name that the account's owner gave the person.
    pub name: Option<String>,
}

/// What to do so that an identity names exactly one person. `a` is the person found by the LID, `b` the one found by
/// the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identified {
    /// Neither finds anybody: create a new person.
    New,
    /// Create a new person, who takes the number from the previous owner: WhatsApp gives numbers to other people.
    NewWithNumberOf(ContactId),
    /// Both mean the same known person. Store what is new about the person.
    Known(ContactId),
    /// The number moves from the second to the first.
    MoveNumber {
        /// The person who has the number from now on.
        to: ContactId,
        /// The person that had the number before.
        from: ContactId,
    },
    /// Both are the same person. The older id stays.
    Merge {
        /// The id that stays.
        kept: ContactId,
        /// The id that becomes an alias of the other.
        merged: ContactId,
    },
}

impl Person {
    /// A person of whom only the addresses are known.
    pub fn new(id: ContactId, identity: Identity) -> Self {
        let Identity { phone, lid } = identity;
        Self { id, phone, lid, username: None, push_name: None, name: None }
    }

    /// The person's addresses.
    pub fn identity(&self) -> Identity {
        Identity { phone: self.phone, lid: self.lid.clone() }
    }
}

/// Decides which person an identity means. Merging relies on the LID, because WhatsApp gives numbers to other people.
pub fn same_person(given: &Identity, by_lid: Option<&Person>, by_phone: Option<&Person>) -> Identified {
    match (by_lid, by_phone) {
        (None, None) => Identified::New,
        (Some(known), None) => Identified::Known(known.id),
        (None, Some(known)) if given.lid.is_some() && known.lid.is_some() => {
            Identified::NewWithNumberOf(known.id)
        }
        (None, Some(known)) => Identified::Known(known.id),
        (Some(a), Some(b)) if a.id == b.id => Identified::Known(a.id),
        (Some(a), Some(b)) if b.lid.is_some() => Identified::MoveNumber { to: a.id, from: b.id },
        (Some(a), Some(b)) => {
            let (kept, merged) = if a.id < b.id { (a.id, b.id) } else { (b.id, a.id) };
            Identified::Merge { kept, merged }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn person(id: u128, phone: Option<&str>, lid: Option<&str>) -> Person {
        let phone = phone.map(|phone| PhoneNumber::from_digits(phone).unwrap());
        Person::new(
            ContactId::from(Uuid::from_u128(id)),
            Identity { phone, lid: lid.map(|l| Lid(l.to_owned())) },
        )
    }

    fn decide(given: &Person, by_lid: Option<&Person>, by_phone: Option<&Person>) -> Identified {
        same_person(&given.identity(), by_lid, by_phone)
    }

    #[test]
    fn a_number_and_a_lid_are_merged_into_the_older_person() {
        let both = person(9, Some("15551234567"), Some("1"));
        let (number, lid) = (person(1, Some("15551234567"), None), person(2, None, Some("1")));
        assert_eq!(
            decide(&both, Some(&lid), Some(&number)),
            Identified::Merge { kept: number.id, merged: lid.id }
        );
        let (number, lid) = (person(3, Some("15551234567"), None), person(2, None, Some("1")));
        assert_eq!(
            decide(&both, Some(&lid), Some(&number)),
            Identified::Merge { kept: lid.id, merged: number.id }
        );
        assert_eq!(decide(&both, None, Some(&number)), Identified::Known(number.id));
        assert_eq!(decide(&both, Some(&lid), None), Identified::Known(lid.id));
    }

    #[test]
    fn a_number_that_now_belongs_to_somebody_else_gets_a_new_person() {
        let (before, after) = (person(1, Some("15551234567"), Some("1")), person(2, None, Some("2")));
        let both = person(9, Some("15551234567"), Some("2"));
        assert_eq!(decide(&both, None, Some(&before)), Identified::NewWithNumberOf(before.id));
        assert_eq!(
            decide(&both, Some(&after), Some(&before)),
            Identified::MoveNumber { to: after.id, from: before.id }
        );
    }
}
