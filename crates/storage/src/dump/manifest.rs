//! The manifest, which describes a dump and stands at its beginning.

use linekeeper_model::Timestamp;
use serde::{Deserialize, Serialize};

/// The format that this program writes. It reads no other format.
pub(super) const FORMAT: u32 = 1;

/// The program that made a dump, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The version of the program.
    pub program: String,
    /// When the data was read from the database.
    pub made_at: Timestamp,
}

/// The first item of a dump.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The format of the dump.
    pub format: u32,
    /// The program that made the dump, and when.
    pub about: About,
    /// The version of the product's tables, which is the number of the last migration.
    pub product_version: i64,
    /// The version of the vault's tables, which is the number of the last migration.
    pub vault_version: i64,
    /// The tables, in the order in which their rows are in the dump.
    pub tables: Vec<TableManifest>,
}

/// One table of a dump.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableManifest {
    /// The table's name.
    pub name: String,
    /// The table's columns, in the order of each row's values.
    pub columns: Vec<String>,
    /// The number of the table's rows.
    pub rows: u64,
}

impl Manifest {
    /// The total number of rows.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// The number of rows of a table.
    pub fn rows_of(&self, table: &str) -> u64 {
        self.tables.iter().find(|found| found.name == table).map_or(0, |found| found.rows)
    }
}
