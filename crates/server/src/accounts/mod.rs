//! All accounts of this process: one actor per account, a supervisor around each, and the registry that the API
//! uses. This module knows neither HTTP nor SQL.

mod actor;
mod census;
mod command;
mod dependencies;
mod error;
mod health;
mod live;
mod logouts;
mod pace;
mod pairing;
mod pairing_code;
mod record;
mod registry;
mod sending;
mod settings;
mod supervisor;
mod usage;
mod wishes;

pub use crate::whatsapp::{Assertion, InvalidAssertion, ListedDevice};
pub use dependencies::Dependencies;
pub use error::AccountError;
pub use pace::{Limits, Pace};
pub use pairing::Pairing;
pub use pairing_code::NoCode;
pub use registry::{NewAccount, Registry};
pub use settings::{Change, DeviceChange, PacingChange};
pub use usage::Calendar;
pub use wishes::Deleted;
