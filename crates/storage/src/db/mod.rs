//! Runs the same SQL on SQLite and PostgreSQL. The types in this module are enums over the two drivers. Where the
//! databases need different SQL, the two texts stand side by side.

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
