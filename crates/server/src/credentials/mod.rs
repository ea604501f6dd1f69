//! The secrets with which people and programs get access: passwords, API keys, access tokens and refresh tokens.
//! This module knows the storage. It knows neither HTTP nor the command line, which both use it.

pub mod api_key;
pub mod external_name;
pub mod foreign_token;
pub mod grants;
mod key_use;
pub mod membership;
pub mod owner;
pub mod password;
pub mod password_reset;
pub mod random;
pub mod second_factor;
pub mod standing;
pub mod token;

pub use key_use::KeyUses;
pub use password::{Password, Passwords};
pub use token::Tokens;
