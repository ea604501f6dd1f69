//! Describes a change of a session's rows. The change is carried out in a transaction, either completely or not at all.

use sqlx::AssertSqlSafe;

use super::error::VaultError;
use super::kind::Kind;
use super::lease::Lease;
use super::on_conflict::OnConflict;
use super::statements::{self, OverTags, SIZES};
use crate::db::{Connection, Value};
use crate::seal::Tag;

/// A row to write. [`super::kind`] explains what its columns mean.
#[derive(Debug, Clone)]
pub(crate) struct NewRow {
    pub(crate) kind: Kind,
    pub(crate) tag: Tag,
    pub(crate) group: Option<Tag>,
    pub(crate) member: Option<Tag>,
    pub(crate) number: Option<i64>,
    pub(crate) stamp: Option<i64>,
    pub(crate) mark: Option<i64>,
    pub(crate) value: Vec<u8>,
}

/// A change. Its values are already encrypted.
#[derive(Debug)]
pub(crate) enum Change {
    /// Writes rows. No two of them may have the same kind and tag.
    Put { on_conflict: OnConflict, rows: Vec<NewRow> },
    /// Deletes the rows with these tags.
    Delete { kind: Kind, tags: Vec<Tag> },
    /// Deletes the rows with these tags, and writes an empty row of another kind for each.
    Settle { kind: Kind, rows: Vec<NewRow> },
    /// Deletes the rows of a group.
    DeleteGroup { kind: Kind, group: Tag },
    /// In all groups, deletes the rows whose member tag is one of `members`.
    DeleteMembers { kind: Kind, members: Vec<Tag> },
    /// Deletes all rows of a kind.
    DeleteAll { kind: Kind },
    /// Deletes the rows of a kind that have an earlier time than `stamp`.
    DeleteBefore { kind: Kind, stamp: i64 },
    /// Deletes contact tokens of which both parts are too old: the received token and the time of sending.
    DeleteStaleTokens { received_before: i64, sent_before: i64 },
    /// Sets the mark of existing rows. Creates no rows.
    Mark { kind: Kind, tags: Vec<Tag> },
    /// Deletes a row and returns its value.
    Take { kind: Kind, tag: Tag },
}

/// The result of a change.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The number of rows that were changed.
    Rows(u64),
    /// The encrypted value of the deleted row; `None` if there was no row.
    Taken(Option<Vec<u8>>),
}

impl Change {
    /// Checks that the lease is still valid, and then makes the change, in the same transaction.
    pub(super) async fn apply(
        &self,
        lease: Lease,
        connection: &mut Connection<'_>,
    ) -> Result<Outcome, VaultError> {
        lease.verify(connection).await?;
        let session = lease.session;
        let touched = match self {
            Self::Put { on_conflict, rows } => put(connection, session, *on_conflict, rows).await?,
            Self::Delete { kind, tags } => {
                over_tags(connection, session, OverTags::Delete, *kind, tags).await?
            }
            Self::Settle { kind, rows } => {
                let tags: Vec<Tag> = rows.iter().map(|row| row.tag).collect();
                put(connection, session, OnConflict::Keep, rows).await?;
                over_tags(connection, session, OverTags::Delete, *kind, &tags).await?
            }
            Self::DeleteMembers { kind, members } => {
                over_tags(connection, session, OverTags::DeleteMembers, *kind, members).await?
            }
            Self::Mark { kind, tags } => over_tags(connection, session, OverTags::Mark, *kind, tags).await?,
            Self::DeleteGroup { kind, group } => {
                let values = [session.into(), kind.number().into(), group.as_bytes().into()];
                connection.execute(statements::DELETE_GROUP, &values).await?
            }
            Self::DeleteAll { kind } => {
                let values = [session.into(), kind.number().into()];
                connection.execute(statements::DELETE_ALL, &values).await?
            }
            Self::DeleteBefore { kind, stamp } => {
                let values = [session.into(), kind.number().into(), (*stamp).into()];
                connection.execute(statements::DELETE_BEFORE, &values).await?
            }
            Self::DeleteStaleTokens { received_before, sent_before } => {
                let kind = Kind::TcToken.number().into();
                let values = [session.into(), kind, (*received_before).into(), (*sent_before).into()];
                connection.execute(statements::DELETE_STALE_TOKENS, &values).await?
            }
            Self::Take { kind, tag } => {
                let values = [session.into(), kind.number().into(), tag.as_bytes().into()];
                let row = connection.fetch_optional(statements::TAKE, &values).await?;
                return Ok(Outcome::Taken(row.map(|row| row.get("value")).transpose()?));
            }
        };
        Ok(Outcome::Rows(touched))
    }
}

async fn put(
    connection: &mut Connection<'_>,
    session: i64,
    on_conflict: OnConflict,
    rows: &[NewRow],
) -> Result<u64, VaultError> {
    let mut written = 0;
    for rows in in_sizes(rows) {
        let sql = statements::insert(on_conflict, rows.len());
        let values: Vec<Value<'_>> = rows.iter().flat_map(|row| row.values(session)).collect();
        written += connection.execute(AssertSqlSafe(sql), &values).await?;
    }
    Ok(written)
}

async fn over_tags(
    connection: &mut Connection<'_>,
    session: i64,
    verb: OverTags,
    kind: Kind,
    tags: &[Tag],
) -> Result<u64, VaultError> {
    let mut touched = 0;
    for tags in in_sizes(tags) {
        let mut values: Vec<Value<'_>> = vec![session.into(), kind.number().into()];
        values.extend(tags.iter().map(|tag| Value::from(tag.as_bytes())));
        touched += connection.execute(AssertSqlSafe(verb.text(tags.len())), &values).await?;
    }
    Ok(touched)
}

/// Splits a slice into parts whose sizes are in `SIZES`.
pub(super) fn in_sizes<T>(mut items: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= items.len())?;
        let (piece, rest) = items.split_at(size);
        items = rest;
        Some(piece)
    })
}

impl NewRow {
    fn values(&self, session: i64) -> [Value<'_>; 9] {
        [
            session.into(),
            self.kind.number().into(),
            self.tag.as_bytes().into(),
            self.group.as_ref().map(Tag::as_bytes).into(),
            self.member.as_ref().map(Tag::as_bytes).into(),
            self.number.into(),
            self.stamp.into(),
            self.mark.into(),
            self.value.as_slice().into(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_rows_is_split_into_batches_of_the_allowed_sizes() {
        for count in [0, 1, 7, 8, 9, 63, 64, 65, 812] {
            let items: Vec<usize> = (0..count).collect();
            let pieces: Vec<&[usize]> = in_sizes(&items).collect();
            assert_eq!(pieces.concat(), items);
            assert!(pieces.iter().all(|piece| SIZES.contains(&piece.len())));
        }
    }
}
