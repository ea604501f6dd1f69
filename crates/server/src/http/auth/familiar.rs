//! The addresses from which people have signed in. Guesses from other addresses do not lock them out there. The
//! memory is limited, and a restart empties it.

use std::collections::{HashSet, VecDeque};

use linekeeper_model::user::Email;

use crate::http::request::client_address::ClientAddress;

/// The maximum number of places for all people. The oldest is dropped first.
const MOST: usize = 10_000;

/// A person at an address.
type Place = (Email, ClientAddress);

/// The places, each once.
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
