//! Makes a dump while servers run. It reads one snapshot of the product's tables and a later one of the vault, so
//! that each account in the dump has its session.

use std::fs::File;

use futures_util::TryStreamExt as _;
use sqlx::AssertSqlSafe;
use tokio::sync::mpsc;

use super::catalogue::{Table, tables};
use super::error::DumpError;
use super::file::{self, PIECE, Piece, QUEUE};
use super::manifest::{About, FORMAT, Manifest, TableManifest};
use super::rows;
use crate::db::{self, Connection, Pool, Transaction};
use crate::error::StorageError;
use crate::migrations::{Area, version};
use crate::storage::Storage;

/// Transactions that keep showing the database as it was when they began.
struct Snapshots {
    product: Transaction,
    /// The snapshot of the vault. `None` on PostgreSQL, where the snapshot `product` also shows the vault.
    vault: Option<Transaction>,
}

impl Snapshots {
    async fn take(storage: &Storage) -> Result<(Self, i64, i64), db::Error> {
        let mut product = storage.product().read().await?;
        // In SQLite, the snapshot is taken at the first read.
        let product_version = version(&mut product.connection(), Area::Product).await?;
        let vault = match storage.product() {
            Pool::Sqlite { .. } => Some(storage.vault().pool().read().await?),
            Pool::Postgres(_) => None,
        };
        let mut snapshots = Self { product, vault };
        let vault_version = version(&mut snapshots.of(Area::Vault), Area::Vault).await?;
        Ok((snapshots, product_version, vault_version))
    }

    fn of(&mut self, area: Area) -> Connection<'_> {
        match (area, &mut self.vault) {
            (Area::Vault, Some(vault)) => vault.connection(),
            _ => self.product.connection(),
        }
    }
}

impl Storage {
    /// Writes all data to `file`, encrypted, and flushes the file to disk. Meanwhile, others can read and write
    /// the database. `program` is the version of the calling program.
    pub async fn dump(&self, file: File, program: &str) -> Result<Manifest, DumpError> {
        let key = self.vault().writing_key().await?;
        let (pieces, received) = mpsc::channel(QUEUE);
        let writing = tokio::task::spawn_blocking(move || file::write(file, &key, received));
        let read = self.read_out(program, pieces).await;
        let written = writing.await.map_err(|error| DumpError::File(std::io::Error::other(error)))?;
        match (read, written) {
            (Ok(Some(manifest)), Ok(())) => Ok(manifest),
            // The thread that writes the file has stopped with an error.
            (Ok(_), Err(error)) => Err(DumpError::File(error)),
            (Ok(None), Ok(())) => unreachable!("a file is only finished at the end of its rows"),
            (Err(error), _) => Err(error),
        }
    }

    /// Sends all data to the thread that writes the file. Returns `None` if that thread has stopped.
    async fn read_out(
        &self,
        program: &str,
        pieces: mpsc::Sender<Piece>,
    ) -> Result<Option<Manifest>, DumpError> {
        let (mut snapshots, product_version, vault_version) = Snapshots::take(self).await?;
        let made_at = self.now();
        let mut all = tables(Area::Product, product_version).await.map_err(unreadable)?;
        all.extend(tables(Area::Vault, vault_version).await.map_err(unreadable)?);
        let mut described = Vec::with_capacity(all.len());
        for table in &all {
            described.push(describe(&mut snapshots.of(table.area), table).await?);
        }
        let about = About { program: program.to_owned(), made_at };
        let manifest = Manifest { format: FORMAT, about, product_version, vault_version, tables: described };

        let mut buffer = Vec::with_capacity(PIECE);
        ciborium::into_writer(&manifest, &mut buffer).expect("a manifest is plain data");
        for table in &all {
            let mut connection = snapshots.of(table.area);
            let mut stream = connection.stream(AssertSqlSafe(rows::select(table)));
            while let Some(row) = stream.try_next().await? {
                rows::encode(&row, table, &mut buffer)?;
                if buffer.len() >= PIECE {
                    let full = std::mem::replace(&mut buffer, Vec::with_capacity(PIECE));
                    if pieces.send(Piece::Bytes(full)).await.is_err() {
                        return Ok(None);
                    }
                }
            }
        }
        let last = [Piece::Bytes(buffer), Piece::End];
        for piece in last {
            if pieces.send(piece).await.is_err() {
                return Ok(None);
            }
        }
        Ok(Some(manifest))
    }
}

async fn describe(connection: &mut Connection<'_>, table: &Table) -> Result<TableManifest, db::Error> {
    let count = format!("SELECT COUNT(*) AS n FROM \"{}\"", table.name);
    let rows: i64 = connection.fetch_one(AssertSqlSafe(count), &[]).await?.get("n")?;
    let columns = table.columns.iter().map(|column| column.name.clone()).collect();
    Ok(TableManifest { name: table.name.clone(), columns, rows: rows.unsigned_abs() })
}

fn unreadable(error: crate::error::OpenError) -> StorageError {
    StorageError::unreadable("table", error)
}
