//! Reads a dump. First checks that the dump has exactly the tables of its version of the schema. Then writes the dump's
//! rows into the database, table by table, in transactions that the caller began.

use std::collections::BTreeSet;
use std::fs::File;

use sqlx::AssertSqlSafe;
use tokio::sync::mpsc;

use super::catalogue::{Table, tables};
use super::constraints;
use super::error::RestoreError;
use super::file::{self, Item, QUEUE};
use super::manifest::Manifest;
use super::rows::Inserts;
use crate::db::{self, Connection, Transaction};
use crate::migrations::{Area, latest, make_tables, orphans};
use crate::storage::StorageOptions;

/// The tables that have rows even in a new installation without data.
const SEEDED: [&str; 7] = [
    "data_keys",
    "event_log",
    "schema_history",
    "settings",
    "vault_counter",
    "vault_probe",
    "vault_writing_key",
];

/// A dump that is being read.
pub(super) struct Source {
    pub(super) manifest: Manifest,
    /// The tables that the database had in the version of the schema from which the dump was made.
    pub(super) tables: Vec<Table>,
    items: mpsc::Receiver<Result<Item, RestoreError>>,
}

impl Source {
    /// Reads the manifest. It is an error if this program cannot restore the dump.
    pub(super) async fn open(from: File, options: &StorageOptions) -> Result<Self, RestoreError> {
        let (sender, mut items) = mpsc::channel(QUEUE);
        let keys = options.keys.clone();
        // The task ends at the end of the file, or when nobody receives its items any more. So nobody has to wait for
        // it.
        drop(tokio::task::spawn_blocking(move || file::read(from, &keys, &sender)));
        let manifest = match items.recv().await {
            Some(Ok(Item::Manifest(manifest))) => manifest,
            Some(Err(error)) => return Err(error),
            _ => return Err(RestoreError::Malformed("it has no manifest".to_owned())),
        };
        let versions = [(Area::Product, manifest.product_version), (Area::Vault, manifest.vault_version)];
        let mut all = Vec::new();
        for (area, found) in versions {
            let known = latest(area);
            if found > known {
                let (program, what) = (manifest.about.program.clone(), area.name());
                return Err(RestoreError::Newer { program, what, found, known });
            }
            all.extend(tables(area, found).await?);
        }
        require_same_tables(&manifest, &all)?;
        Ok(Self { manifest, tables: all, items })
    }

    /// Creates the tables and fills them, in the transactions `into`.
    pub(super) async fn fill(&mut self, into: &mut Targets) -> Result<(), RestoreError> {
        for (area, version) in
            [(Area::Product, self.manifest.product_version), (Area::Vault, self.manifest.vault_version)]
        {
            make_tables(&mut into.of(area), area, version).await?;
        }
        let constraints = constraints::drop_all(&mut into.product.connection(), &self.tables).await?;
        for table in &self.tables {
            // The migrations may have written rows, for example defaults. They are deleted, because the dump contains
            // all rows that must exist.
            let sql = format!("DELETE FROM \"{}\"", table.name);
            into.of(table.area).execute(AssertSqlSafe(sql), &[]).await?;
        }
        self.insert_all(into).await?;
        leap(&mut into.product.connection(), &self.tables).await?;
        for table in &self.tables {
            let announced = self.manifest.rows_of(&table.name);
            let there = count(&mut into.of(table.area), &table.name).await?;
            if there != announced {
                let text = format!("{} has {there} rows, its manifest says {announced}", table.name);
                return Err(RestoreError::Malformed(text));
            }
        }
        constraints::add(&mut into.product.connection(), &constraints).await?;
        for area in [Area::Product, Area::Vault] {
            match orphans(&mut into.of(area)).await? {
                0 => {}
                rows => {
                    let text = format!("{rows} rows refer to rows that are not there");
                    return Err(RestoreError::Malformed(text));
                }
            }
        }
        Ok(())
    }

    async fn insert_all(&mut self, into: &mut Targets) -> Result<(), RestoreError> {
        let inserts: Vec<(Area, Inserts)> = self
            .manifest
            .tables
            .iter()
            .filter_map(|dumped| {
                let table = self.tables.iter().find(|table| table.name == dumped.name)?;
                Some((table.area, Inserts::new(table, &dumped.columns)))
            })
            .collect();
        loop {
            match self.items.recv().await {
                Some(Ok(Item::Rows(table, rows))) => {
                    let (area, inserts) = &inserts[table];
                    inserts.write(&mut into.of(*area), &rows).await?;
                }
                Some(Ok(Item::End)) => return Ok(()),
                Some(Err(error)) => return Err(error),
                Some(Ok(Item::Manifest(_))) | None => {
                    return Err(RestoreError::Malformed("it ends too early".to_owned()));
                }
            }
        }
    }
}

/// The transactions into which rows are written. Nobody else sees the rows before the commit. In SQLite, foreign
/// keys are not checked in them, because rows may refer to rows that are written later.
pub(super) struct Targets {
    pub(super) product: Transaction,
    /// The transaction for the vault, the store of sessions; `None` if one transaction covers both.
    pub(super) vault: Option<Transaction>,
}

impl Targets {
    pub(super) fn of(&mut self, area: Area) -> Connection<'_> {
        match (area, &mut self.vault) {
            (Area::Vault, Some(vault)) => vault.connection(),
            _ => self.product.connection(),
        }
    }
}

/// By how much event numbers are raised. No installation writes that many events between a backup and its restore.
const LEAP: i64 = 1_000_000_000;

/// Raises the number of the next event far above the last event of the dump. The events that were written after the
/// backup are lost, but some readers have already seen them. Without the gap, new events would get the numbers of the
/// lost ones. With the gap, these readers get an error that says that events are missing.
async fn leap(connection: &mut Connection<'_>, tables: &[Table]) -> Result<(), RestoreError> {
    const SQL: &str = "UPDATE event_log SET last_seq = last_seq + $1, pruned_seq = last_seq + $1";
    if tables.iter().any(|table| table.name == "event_log") {
        connection.execute(SQL, &[LEAP.into()]).await?;
    }
    Ok(())
}

fn require_same_tables(manifest: &Manifest, tables: &[Table]) -> Result<(), RestoreError> {
    let described = |name: &str, columns: BTreeSet<&str>| {
        format!("{name} ({})", columns.into_iter().collect::<Vec<_>>().join(", "))
    };
    let dumped: Vec<String> = manifest
        .tables
        .iter()
        .map(|table| described(&table.name, table.columns.iter().map(String::as_str).collect()))
        .collect();
    let ours: Vec<String> = tables
        .iter()
        .map(|table| {
            described(&table.name, table.columns.iter().map(|column| column.name.as_str()).collect())
        })
        .collect();
    let once = dumped.iter().collect::<BTreeSet<_>>().len() == dumped.len()
        && manifest
            .tables
            .iter()
            .all(|table| table.columns.iter().collect::<BTreeSet<_>>().len() == table.columns.len());
    let differing = dumped
        .iter()
        .find(|table| !ours.contains(table))
        .or_else(|| ours.iter().find(|table| !dumped.contains(table)));
    match differing {
        None if once => Ok(()),
        None => Err(RestoreError::Malformed("its manifest names something twice".to_owned())),
        Some(table) => {
            Err(RestoreError::Malformed(format!("{table} is not in both the backup and the schema")))
        }
    }
}

/// If some of `tables` have data, returns a text that names these tables with their numbers of rows. Tables that have
/// rows even in a new installation are ignored.
pub(super) async fn occupied(
    connection: &mut Connection<'_>,
    tables: &[String],
) -> Result<Option<String>, db::Error> {
    let mut found = Vec::new();
    for table in tables.iter().filter(|table| !SEEDED.contains(&table.as_str())) {
        let rows = count(connection, table).await?;
        if rows > 0 {
            found.push(format!("{rows} in {table}"));
        }
    }
    Ok((!found.is_empty()).then(|| format!("the database has rows, {}", found.join(", "))))
}

async fn count(connection: &mut Connection<'_>, table: &str) -> Result<u64, db::Error> {
    let sql = format!("SELECT COUNT(*) AS n FROM \"{table}\"");
    let rows: i64 = connection.fetch_one(AssertSqlSafe(sql), &[]).await?.get("n")?;
    Ok(rows.unsigned_abs())
}
