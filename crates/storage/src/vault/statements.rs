//! The SQL statements for rows of the vault, the store of sessions. A statement for many rows exists in only a few
//! sizes, so that each connection prepares few statements.

use std::sync::{Arc, LazyLock};

use super::on_conflict::OnConflict;

/// How many rows one statement can have, the largest number first. The last number is 1, so that any number of
/// rows can be split into these sizes.
pub(super) const SIZES: [usize; 3] = [64, 8, 1];

const COLUMNS: usize = 9;

/// The statement that writes `rows` rows: `INSERT .. VALUES (..), (..)`. The number must be one of [`SIZES`].
pub(super) fn insert(on_conflict: OnConflict, rows: usize) -> Arc<str> {
    static TEXTS: LazyLock<Vec<Arc<str>>> = LazyLock::new(|| {
        OnConflict::ALL.iter().flat_map(|&rule| SIZES.map(|size| insert_text(rule, size))).collect()
    });
    TEXTS[on_conflict as usize * SIZES.len() + place(rows)].clone()
}

/// A statement for rows with given tags. The tags are the parameters from `$3` on.
#[derive(Debug, Clone, Copy)]
pub(super) enum OverTags {
    Select,
    Delete,
    DeleteMembers,
    Mark,
}

impl OverTags {
    const ALL: [Self; 4] = [Self::Select, Self::Delete, Self::DeleteMembers, Self::Mark];

    /// The statement for this number of tags. The number must be one of [`SIZES`].
    pub(super) fn text(self, tags: usize) -> Arc<str> {
        static TEXTS: LazyLock<Vec<Arc<str>>> = LazyLock::new(|| {
            OverTags::ALL.iter().flat_map(|&verb| SIZES.map(|size| verb.build(size))).collect()
        });
        TEXTS[self as usize * SIZES.len() + place(tags)].clone()
    }

    fn build(self, tags: usize) -> Arc<str> {
        let (head, column) = match self {
            Self::Select => ("SELECT tag, value, number, stamp FROM vault_rows", "tag"),
            Self::Delete => ("DELETE FROM vault_rows", "tag"),
            Self::DeleteMembers => ("DELETE FROM vault_rows", "member_tag"),
            Self::Mark => ("UPDATE vault_rows SET mark = 1", "tag"),
        };
        let list: Vec<String> = (3..tags + 3).map(|number| format!("${number}")).collect();
        format!("{head} WHERE session = $1 AND kind = $2 AND {column} IN ({})", list.join(", ")).into()
    }
}

fn place(size: usize) -> usize {
    SIZES.iter().position(|known| *known == size).expect("sizes come from SIZES")
}

fn insert_text(on_conflict: OnConflict, rows: usize) -> Arc<str> {
    let row = |index: usize| {
        let numbers: Vec<String> =
            (1..=COLUMNS).map(|column| format!("${}", index * COLUMNS + column)).collect();
        format!("({})", numbers.join(", "))
    };
    let values: Vec<String> = (0..rows).map(row).collect();
    format!(
        "INSERT INTO vault_rows (session, kind, tag, group_tag, member_tag, number, stamp, mark, value)
         VALUES {} ON CONFLICT (session, kind, tag) DO {}",
        values.join(", "),
        rule(on_conflict)
    )
    .into()
}

/// What to do if a row already exists. The database itself merges the rows, so that no writer overwrites the
/// change of another one.
const fn rule(on_conflict: OnConflict) -> &'static str {
    match on_conflict {
        // The group of a row never changes, except for LID mappings. This update leaves the group out, so the database
        // does not have to write the indexes.
        OnConflict::Replace => {
            "UPDATE SET number = excluded.number, stamp = excluded.stamp, mark = excluded.mark,
             value = excluded.value"
        }
        OnConflict::Regroup => {
            "UPDATE SET group_tag = excluded.group_tag, number = excluded.number, mark = excluded.mark,
             value = excluded.value"
        }
        OnConflict::Keep => "NOTHING",
        // The later expiry is kept (null means that the secret never expires). The later time of the message is kept,
        // too, so an unknown time (0) never replaces a known time.
        OnConflict::MergeSecret => {
            "UPDATE SET value = excluded.value,
             stamp = CASE WHEN vault_rows.stamp IS NULL OR excluded.stamp IS NULL THEN NULL
                          WHEN excluded.stamp > vault_rows.stamp THEN excluded.stamp
                          ELSE vault_rows.stamp END,
             number = CASE WHEN excluded.number > vault_rows.number THEN excluded.number
                           ELSE vault_rows.number END"
        }
        // Only the time of sending changes, and only to a later time.
        OnConflict::TouchToken => {
            "UPDATE SET number = CASE WHEN vault_rows.number IS NULL OR excluded.number > vault_rows.number
                                      THEN excluded.number ELSE vault_rows.number END"
        }
        // The time of sending does not change. A stored token is replaced if it is a placeholder, or if it is not
        // newer than the new token.
        OnConflict::NewerToken => {
            "UPDATE SET value = excluded.value, stamp = excluded.stamp, mark = excluded.mark
             WHERE vault_rows.mark = 0 OR excluded.stamp >= vault_rows.stamp"
        }
    }
}

pub(super) const SELECT_ALL: &str =
    "SELECT tag, value, number, stamp FROM vault_rows WHERE session = $1 AND kind = $2";
pub(super) const SELECT_GROUP: &str =
    "SELECT tag, value, number, stamp FROM vault_rows WHERE session = $1 AND kind = $2 AND group_tag = $3";
/// Selects the row with the latest time in a group of LID mappings. If several rows have this time, selects the row
/// that was written last.
pub(super) const SELECT_LATEST_OF_GROUP: &str =
    "SELECT tag, value, number, stamp FROM vault_rows WHERE session = $1 AND kind = $2 AND group_tag = $3
     ORDER BY number DESC, mark DESC LIMIT 1";
pub(super) const SELECT_GREATEST: &str =
    "SELECT tag, value, number, stamp FROM vault_rows WHERE session = $1 AND kind = $2
     ORDER BY number DESC LIMIT 1";
pub(super) const EXISTS_IN_GROUP: &str =
    "SELECT kind FROM vault_rows WHERE session = $1 AND kind IN ($2, $3) AND group_tag = $4 LIMIT 1";

pub(super) const DELETE_ALL: &str = "DELETE FROM vault_rows WHERE session = $1 AND kind = $2";
pub(super) const DELETE_GROUP: &str =
    "DELETE FROM vault_rows WHERE session = $1 AND kind = $2 AND group_tag = $3";
pub(super) const DELETE_BEFORE: &str =
    "DELETE FROM vault_rows WHERE session = $1 AND kind = $2 AND stamp < $3";
pub(super) const DELETE_STALE_TOKENS: &str = "DELETE FROM vault_rows WHERE session = $1 AND kind = $2
     AND NOT (mark = 1 AND stamp >= $3) AND NOT (number IS NOT NULL AND number >= $4)";
pub(super) const TAKE: &str =
    "DELETE FROM vault_rows WHERE session = $1 AND kind = $2 AND tag = $3 RETURNING value";
