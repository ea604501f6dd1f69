//! One SQL text for two databases: an enum over the two drivers, and no other module knows which one is used. Where
//! the databases must differ, the two constants are side by side.

mod connection;
mod error;
mod pool;
mod postgres;
mod presence;
mod row;
mod sqlite;
mod trouble;

pub(crate) use connection::{Connection, Value};
pub(crate) use error::Error;
pub use pool::Connections;
pub(crate) use pool::{Pool, Transaction};
pub(crate) use postgres::connect as connect_postgres;
pub use postgres::is_postgres_url;
pub(crate) use row::{Column, Row};
pub(crate) use sqlite::{Cache, create_private_dir, in_memory, open as open_sqlite};
pub(crate) use trouble::Trouble;
