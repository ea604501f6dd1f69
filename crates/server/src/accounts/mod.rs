//! Which accounts there are and who runs them: one actor per account, a supervisor around each, and
//! the registry that the API talks to. Knows neither HTTP nor SQL.

mod actor;
mod calendar;
mod census;
mod change;
mod command;
mod counters;
mod dependencies;
mod error;
mod health;
mod live;
mod pace;
mod pairing;
mod record;
mod registry;
mod supervisor;
mod zones;

pub use crate::whatsapp::{Assertion, InvalidAssertion, ListedDevice};
pub use calendar::Calendar;
pub use change::Change;
pub use dependencies::Dependencies;
pub use error::AccountError;
pub use pace::{Limits, Pace};
pub use pairing::Pairing;
pub use registry::{NewAccount, Registry};
