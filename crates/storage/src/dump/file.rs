//! The bytes of a dump: compressed, encrypted, and never all in memory at once. Reading and writing block, so they
//! run on their own threads, with a short queue to the code that uses the database.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};

use ciborium::Value as Cbor;
use tokio::sync::mpsc;

use super::error::RestoreError;
use super::manifest::{FORMAT, Manifest};
use crate::seal::{KeyRing, MasterKey, Opener, Sealer};

/// The maximum number of pieces in the queue.
pub(super) const QUEUE: usize = 4;
/// The approximate number of bytes in one piece.
pub(super) const PIECE: usize = 256 * 1024;
/// The maximum number of rows in one piece.
const ROWS: usize = 500;
/// zstd's default level. A higher level would not help, because most of a dump is encrypted and cannot be
/// compressed.
const LEVEL: i32 = 3;

/// The input of [`write`].
pub(super) enum Piece {
    Bytes(Vec<u8>),
    /// The end of the dump. A file without this piece is incomplete and cannot be restored.
    End,
}

/// What [`read`] sends.
pub(super) enum Item {
    Manifest(Manifest),
    /// Rows of the table with this index in the manifest.
    Rows(usize, Vec<Vec<Cbor>>),
    /// The end: all rows that the manifest lists were read, and nothing follows them.
    End,
}

/// Writes the pieces to the file and flushes it to disk.
pub(super) fn write(file: File, key: &MasterKey, mut pieces: mpsc::Receiver<Piece>) -> io::Result<()> {
    let sealer = Sealer::new(BufWriter::new(file), key)?;
    let mut compressor = zstd::Encoder::new(sealer, LEVEL)?;
    loop {
        match pieces.blocking_recv() {
            Some(Piece::Bytes(bytes)) => compressor.write_all(&bytes)?,
            Some(Piece::End) => break,
            None => return Err(io::ErrorKind::Interrupted.into()),
        }
    }
    let file = compressor.finish()?.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()
}

/// Reads all items and sends them. Stops early if nobody receives them any more.
pub(super) fn read(file: File, keys: &KeyRing, items: &mpsc::Sender<Result<Item, RestoreError>>) {
    if let Err(error) = read_items(file, keys, items) {
        // If the receiver failed first, it is gone, and nobody needs this error.
        let _unheard = items.blocking_send(Err(error));
    }
}

fn read_items(
    file: File,
    keys: &KeyRing,
    items: &mpsc::Sender<Result<Item, RestoreError>>,
) -> Result<(), RestoreError> {
    let opener = Opener::new(BufReader::new(file), keys).map_err(RestoreError::of_reading)?;
    let mut plain = BufReader::new(zstd::Decoder::new(opener).map_err(RestoreError::of_reading)?);
    let manifest = manifest(&mut plain)?;
    let tables: Vec<u64> = manifest.tables.iter().map(|table| table.rows).collect();
    let wanted = |item| items.blocking_send(Ok(item)).is_ok();
    if !wanted(Item::Manifest(manifest)) {
        return Ok(());
    }
    for (table, rows) in tables.into_iter().enumerate() {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        for _ in 0..rows {
            let Cbor::Array(row) = item(&mut plain)? else {
                return Err(RestoreError::Malformed("a row is not one".to_owned()));
            };
            bytes += row.iter().map(size).sum::<usize>();
            batch.push(row);
            if (batch.len() >= ROWS || bytes >= PIECE)
                && !wanted(Item::Rows(table, std::mem::take(&mut batch)))
            {
                return Ok(());
            }
            if batch.is_empty() {
                bytes = 0;
            }
        }
        if !batch.is_empty() && !wanted(Item::Rows(table, batch)) {
            return Ok(());
        }
    }
    // Read to the very end of the file, because a truncated file is detected only there.
    match io::copy(&mut plain, &mut io::sink()).map_err(RestoreError::of_reading)? {
        0 => {}
        _ => return Err(RestoreError::Malformed("there is more than its manifest announces".to_owned())),
    }
    wanted(Item::End);
    Ok(())
}

/// Reads the manifest. It is an error if this program does not support the manifest's format.
fn manifest(from: &mut impl Read) -> Result<Manifest, RestoreError> {
    let first: Cbor = item(from)?;
    // Read only the format first, because a newer format may have a different manifest.
    let format = first.as_map().and_then(|map| map.iter().find(|(key, _)| key.as_text() == Some("format")));
    let format = format.and_then(|(_, format)| i64::try_from(format.as_integer()?).ok()).unwrap_or(0);
    if format > i64::from(FORMAT) {
        let (program, known) = ("of a later version".to_owned(), FORMAT.into());
        return Err(RestoreError::Newer { program, what: "format", found: format, known });
    }
    first.deserialized().map_err(|error| RestoreError::Malformed(format!("its manifest: {error}")))
}

fn item<T: serde::de::DeserializeOwned>(from: &mut impl Read) -> Result<T, RestoreError> {
    ciborium::from_reader(from).map_err(|error| match error {
        ciborium::de::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            RestoreError::Malformed("it ends too early".to_owned())
        }
        ciborium::de::Error::Io(error) => RestoreError::of_reading(error),
        other => RestoreError::Malformed(other.to_string()),
    })
}

fn size(value: &Cbor) -> usize {
    match value {
        Cbor::Text(text) => text.len(),
        Cbor::Bytes(bytes) => bytes.len(),
        _ => 8,
    }
}
