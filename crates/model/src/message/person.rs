//! The people who write messages. All fields except the id may be unknown, because WhatsApp hides more and more
//! phone numbers.

use serde::{Deserialize, Serialize};

use crate::id::ContactId;
use crate::phone::{Identity, Lid, PhoneNumber};

/// What one account knows about a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// The contact's id. The same person has a different id in each account.
    pub id: ContactId,
    /// The person's phone number.
    pub phone: Option<PhoneNumber>,
    /// The id by which WhatsApp hides the person's phone number (LID).
    pub lid: Option<Lid>,
    /// The username by which other people can find the person.
    pub username: Option<String>,
    /// The name that the person gave themselves.
    pub push_name: Option<String>,
    /// The name that the account's owner gave the person.
    pub name: Option<String>,
}

/// What to do when a number and a LID arrive together. They belong to one person, but each of them may already belong
/// to a different stored person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identified {
    /// Neither the LID nor the number is known: create a new person.
    New,
    /// The LID is unknown, and the number belongs to a person with another LID. Create a new person, and move the
    /// number to the new person, because WhatsApp gives old numbers to other people.
    NewWithNumberOf(ContactId),
    /// One known person has the number, the LID, or both. Store the new data about this person.
    Known(ContactId),
    /// A known person has the LID, and a person with another LID has the number. Move the number.
    MoveNumber {
        /// The person who has the number from now on.
        to: ContactId,
        /// The person who had the number until now.
        from: ContactId,
    },
    /// One stored person has the number, and another stored person has the LID. Merge them, because they are the same
    /// person. The one with the older id is kept.
    Merge {
        /// The id that is kept.
        kept: ContactId,
        /// The id that becomes an alias of the kept id.
        merged: ContactId,
    },
}

impl Person {
    /// A person of whom only the number, the LID, or both are known.
    pub fn new(id: ContactId, identity: Identity) -> Self {
        let Identity { phone, lid } = identity;
        Self { id, phone, lid, username: None, push_name: None, name: None }
    }

    /// The person's number and LID.
    pub fn identity(&self) -> Identity {
        Identity { phone: self.phone, lid: self.lid.clone() }
    }
}

/// Decides to which stored person a number and a LID belong. Two stored persons with different LIDs are different
/// people, even if they have the same number, because WhatsApp gives old numbers to other people.
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
    fn when_two_persons_are_merged_the_one_with_the_lower_id_is_kept() {
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
    fn a_number_is_moved_if_it_now_belongs_to_another_person() {
        let (before, after) = (person(1, Some("15551234567"), Some("1")), person(2, None, Some("2")));
        let both = person(9, Some("15551234567"), Some("2"));
        assert_eq!(decide(&both, None, Some(&before)), Identified::NewWithNumberOf(before.id));
        assert_eq!(
            decide(&both, Some(&after), Some(&before)),
            Identified::MoveNumber { to: after.id, from: before.id }
        );
    }
}
