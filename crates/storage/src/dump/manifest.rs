//! What a dump says of itself before its rows.

use linekeeper_model::Timestamp;
use serde::{Deserialize, Serialize};

/// The form that this program writes, and the only one that it reads.
pub(super) const FORMAT: u32 = 1;

/// Who made a dump, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Version of the program.
    pub program: String,
    /// When its snapshot was taken.
    pub made_at: Timestamp,
}

/// The first item of a dump.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of what follows.
    pub format: u32,
    /// Who made it, and when.
    pub about: About,
    /// How many migrations the product's tables have had.
    pub product_version: i64,
    /// How many migrations the vault's tables have had.
    pub vault_version: i64,
    /// The tables, in the order of their rows.
    pub tables: Vec<TableManifest>,
}

/// One table of a dump.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableManifest {
    /// Its name.
    pub name: String,
    /// Its columns, in the order of each row's values.
    pub columns: Vec<String>,
    /// How many rows it has.
    pub rows: u64,
}

impl Manifest {
    /// All rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// How many rows a table has.
    pub fn rows_of(&self, table: &str) -> u64 {
        self.tables.iter().find(|found| found.name == table).map_or(0, |found| found.rows)
    }
}
