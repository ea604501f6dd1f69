//! Remembers from which addresses each person has signed in. Wrong passwords from other addresses do not lock the
//! person out at the remembered addresses. The number of remembered pairs of person and address is limited, and a
//! restart removes them all.

use std::collections::{HashSet, VecDeque};

use linekeeper_model::user::Email;

use crate::http::request::client_address::ClientAddress;

/// The maximum number of remembered pairs of person and address, for all people together. A new pair then replaces
/// the oldest.
const MOST: usize = 10_000;

/// A person, and an address from which that person has signed in.
type Place = (Email, ClientAddress);

/// The remembered pairs of person and address.
#[derive(Default)]
pub(super) struct Familiar {
    places: HashSet<Place>,
    by_age: VecDeque<Place>,
}

impl Familiar {
    pub fn knows(&self, place: &Place) -> bool {
        self.places.contains(place)
    }

    pub fn add(&mut self, place: Place) {
        if !self.places.insert(place.clone()) {
            return;
        }
        self.by_age.push_back(place);
        if self.by_age.len() > MOST
            && let Some(oldest) = self.by_age.pop_front()
        {
            self.places.remove(&oldest);
        }
    }
}
