//! The description at the beginning of a dump.

use linekeeper_model::Timestamp;
use serde::{Deserialize, Serialize};

/// The format that this program writes, and the only one that it reads.
pub(super) const FORMAT: u32 = 1;

/// Who made a dump, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Version of the program.
    pub program: String,
    /// When the dump's snapshot was taken.
    pub made_at: Timestamp,
}

/// The first item of a dump.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The format of the following data.
    pub format: u32,
    /// The program that made it, and when.
    pub about: About,
    /// The number of migrations of the product's tables.
    pub product_version: i64,
    /// The number of migrations of the vault's tables.
    pub vault_version: i64,
    /// The tables, in the order in which their rows follow.
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
