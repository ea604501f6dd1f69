//! Restores a dump into new SQLite files. When they are complete, they are moved to where the server expects them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use linekeeper_model::clock::Clock;

use super::error::RestoreError;
use super::source::{Source, Targets, occupied};
use crate::db::{Cache, Pool, create_private_dir, open_sqlite};
use crate::storage::{Database, Storage, StorageOptions, VAULT_FILE};

/// The folder in which the new files are until they are complete.
const STAGE: &str = "restoring";

pub(super) async fn restore(
    source: &mut Source,
    options: &StorageOptions,
    clock: Arc<dyn Clock>,
) -> Result<(), RestoreError> {
    let Database::Sqlite { path } = &options.database else { return Ok(()) };
    let vault = options.sessions_dir.join(VAULT_FILE);
    for file in [path, &vault] {
        require_unused(file).await?;
    }
    let stages = [folder_of(path).join(STAGE), options.sessions_dir.join(STAGE)];
    let staged = StorageOptions {
        database: Database::Sqlite { path: stages[0].join(path.file_name().unwrap_or(path.as_os_str())) },
        sessions_dir: stages[1].clone(),
        ..options.clone()
    };
    create(&options.sessions_dir)?;
    for stage in &stages {
        remove(stage)?;
        create(stage)?;
    }
    let filled = fill(source, &staged, clock).await;
    let placed = match (filled, &staged.database) {
        (Ok(()), Database::Sqlite { path: product }) => {
            // Move the vault first: while the product's database is missing, no server can use the vault.
            place(&stages[1].join(VAULT_FILE), &vault).and_then(|()| place(product, path))
        }
        (filled, _) => filled,
    };
    for stage in &stages {
        remove(stage)?;
    }
    placed
}

async fn fill(
    source: &mut Source,
    staged: &StorageOptions,
    clock: Arc<dyn Clock>,
) -> Result<(), RestoreError> {
    let Database::Sqlite { path } = &staged.database else { return Ok(()) };
    let product = open(path).await?;
    let vault = open(&staged.sessions_dir.join(VAULT_FILE)).await?;
    let done = async {
        let mut into = Targets {
            product: product.begin_migration().await?,
            vault: Some(vault.begin_migration().await?),
        };
        source.fill(&mut into).await?;
        if let Some(vault) = into.vault {
            vault.commit().await?;
        }
        Ok(into.product.commit().await?)
    };
    let done: Result<(), RestoreError> = done.await;
    vault.close().await;
    product.close().await;
    done?;
    // Opening runs the missing migrations, and proves that the keys are correct.
    Storage::open(staged.clone(), clock).await?.close().await;
    Ok(())
}

/// It is an error if the database has data.
async fn require_unused(file: &Path) -> Result<(), RestoreError> {
    const THERE: &str = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    if !file.try_exists().map_err(failed(file))? {
        return Ok(());
    }
    let pool = open(file).await?;
    let looked = async {
        let mut transaction = pool.read().await?;
        let mut connection = transaction.connection();
        let mut names = Vec::new();
        for row in connection.fetch_all(THERE, &[]).await? {
            names.push(row.get::<String>("name")?);
        }
        occupied(&mut connection, &names).await
    };
    let looked = looked.await;
    // Closing removes the log file. If the log file remained, SQLite would use it for the next database file that is
    // moved to this path.
    pool.close().await;
    match looked? {
        Some(what) => Err(RestoreError::NotEmpty(format!("{} is in use: {what}", file.display()))),
        None => Ok(()),
    }
}

/// Moves a complete file to its final path in one step.
fn place(from: &Path, to: &Path) -> Result<(), RestoreError> {
    for suffix in ["-wal", "-shm"] {
        let mut log = to.as_os_str().to_owned();
        log.push(suffix);
        match fs::remove_file(&log) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(to)(error)),
            _ => {}
        }
    }
    let moved = fs::rename(from, to).and_then(|()| fs::File::open(folder_of(to))?.sync_all());
    moved.map_err(failed(to))
}

async fn open(path: &Path) -> Result<Pool, RestoreError> {
    Ok(open_sqlite(path, Cache { writer_kib: 4096, reader_kib: 256 }).await?)
}

fn create(folder: &Path) -> Result<(), RestoreError> {
    create_private_dir(folder).map_err(failed(folder))
}

fn remove(folder: &Path) -> Result<(), RestoreError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(folder)(error)),
        _ => Ok(()),
    }
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> RestoreError {
    let path = path.to_owned();
    move |cause| RestoreError::Path { path, cause }
}
