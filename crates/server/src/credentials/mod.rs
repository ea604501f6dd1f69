//! The secrets with which people and programs get access: passwords, API keys, access tokens and refresh tokens. HTTP
//! and the command line use this module. This module uses the storage, and knows neither HTTP nor the command line.

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
