//! The cursors of readers of the event log that survive a restart. A cursor is a reader's position in the log.
//! Each time somebody takes over a reader, its epoch is raised, and only the holder of the latest epoch may move
//! the cursor.

use linekeeper_model::event::Seq;

use super::code::{Reader, millis};
use super::events::{number, seq};
use crate::error::StorageError;
use crate::tx::Scope;

/// The `cursors` table.
pub struct Cursors<'t>(pub(crate) Scope<'t>);

/// The right to move a reader's cursor, until somebody else takes the reader over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    epoch: i64,
}

impl Cursors<'_> {
    /// The last event that the reader has finished; the start of the log if it has not finished any.
    pub async fn get(&mut self, reader: &str) -> Result<Seq, StorageError> {
        const SQL: &str = "SELECT seq FROM cursors WHERE reader = $1";
        let row = self.0.connection.fetch_optional(SQL, &[reader.into()]).await?;
        row.map_or(Ok(Seq::START), |row| seq(&Reader(&row), "seq"))
    }

    /// Creates a reader that begins after the event `after`. Does nothing if a reader with this name exists.
    pub async fn begin(&mut self, reader: &str, after: Seq) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO cursors (reader, seq, updated_at, epoch) VALUES ($1, $2, $3, 0)
            ON CONFLICT (reader) DO NOTHING";
        let now = millis(self.0.context.clock.now());
        self.0.connection.execute(SQL, &[reader.into(), number(after).into(), now.into()]).await?;
        Ok(())
    }

    /// Takes the reader over from its holder. Returns the right to move the cursor, and the cursor.
    pub async fn take(&mut self, reader: &str) -> Result<(Hold, Seq), StorageError> {
        const SQL: &str = "INSERT INTO cursors (reader, seq, updated_at, epoch) VALUES ($1, 0, $2, 1)
            ON CONFLICT (reader) DO UPDATE SET epoch = cursors.epoch + 1, updated_at = excluded.updated_at
            RETURNING epoch, seq";
        let now = millis(self.0.context.clock.now());
        let row = self.0.connection.fetch_one(SQL, &[reader.into(), now.into()]).await?;
        let row = Reader(&row);
        Ok((Hold { epoch: row.get("epoch")? }, seq(&row, "seq")?))
    }

    /// Takes the reader over like [`Self::take`], but only if it never had a holder, or if its holder gave no sign
    /// of life for `for_millis` milliseconds. Otherwise returns `None`.
    pub async fn take_if_silent(
        &mut self,
        reader: &str,
        for_millis: u32,
    ) -> Result<Option<(Hold, Seq)>, StorageError> {
        const SQL: &str = "SELECT updated_at, epoch FROM cursors WHERE reader = $1";
        let row = self.0.connection.fetch_optional(SQL, &[reader.into()]).await?;
        if let Some(row) = row {
            let silent_for = millis(self.0.context.clock.now()) - row.get::<i64>("updated_at")?;
            // If the last sign of life is in the future, the clock was set back. Then the reader can be taken
            // over, too.
            if row.get::<i64>("epoch")? > 0 && (0..i64::from(for_millis)).contains(&silent_for) {
                return Ok(None);
            }
        }
        self.take(reader).await.map(Some)
    }

    /// Moves the cursor forward to `to`, never back, and stores a sign of life of the holder. Returns false if
    /// somebody else has taken the reader over.
    pub async fn put(&mut self, reader: &str, hold: Hold, to: Seq) -> Result<bool, StorageError> {
        const SQL: &str = "UPDATE cursors
            SET seq = CASE WHEN seq < $3 THEN $3 ELSE seq END, updated_at = $4
            WHERE reader = $1 AND epoch = $2";
        let now = millis(self.0.context.clock.now());
        let values = [reader.into(), hold.epoch.into(), number(to).into(), now.into()];
        Ok(self.0.connection.execute(SQL, &values).await? > 0)
    }

    /// Deletes a reader.
    pub async fn delete(&mut self, reader: &str) -> Result<(), StorageError> {
        const SQL: &str = "DELETE FROM cursors WHERE reader = $1";
        self.0.connection.execute(SQL, &[reader.into()]).await?;
        Ok(())
    }
}
