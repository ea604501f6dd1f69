//! Reads the rows of sessions. Reading needs no lease: a holder whose session was taken by somebody else can still
//! read, but not write.

use sqlx::AssertSqlSafe;

use super::Shared;
use super::change::in_sizes;
use super::error::VaultError;
use super::kind::Kind;
use super::statements::{self, OverTags};
use crate::db::{Connection, Row, Value};
use crate::observer::VaultOperation;
use crate::seal::Tag;

/// A row, as the database stores it. Its value is still encrypted.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) tag: Tag,
    pub(crate) number: Option<i64>,
    pub(crate) stamp: Option<i64>,
    pub(crate) value: Vec<u8>,
}

impl Found {
    fn read(row: &Row) -> Result<Self, VaultError> {
        let tag: Vec<u8> = row.get("tag")?;
        let tag = Tag::try_from(tag.as_slice()).map_err(|error| VaultError::unreadable("tag", error))?;
        Ok(Self { tag, number: row.get("number")?, stamp: row.get("stamp")?, value: row.get("value")? })
    }
}

/// The row with this kind and tag.
pub(crate) async fn find(
    connection: &mut Connection<'_>,
    session: i64,
    kind: Kind,
    tag: &Tag,
) -> Result<Option<Found>, VaultError> {
    let values = [session.into(), kind.number().into(), tag.as_bytes().into()];
    let row = connection.fetch_optional(AssertSqlSafe(OverTags::Select.text(1)), &values).await?;
    row.as_ref().map(Found::read).transpose()
}

impl Shared {
    pub(crate) async fn find(
        &self,
        session: i64,
        kind: Kind,
        tag: &Tag,
    ) -> Result<Option<Found>, VaultError> {
        self.timed(VaultOperation::Read, async {
            let mut reader = self.pool.reader().await?;
            find(&mut reader.connection(), session, kind, tag).await
        })
        .await
    }

    /// Finds the rows with these tags, in any order. Tags without a row are skipped.
    pub(crate) async fn find_many(
        &self,
        session: i64,
        kind: Kind,
        tags: &[Tag],
    ) -> Result<Vec<Found>, VaultError> {
        self.timed(VaultOperation::Read, async {
            // Use one transaction, so that all statements read from the same snapshot.
            let mut transaction = self.pool.read().await?;
            let mut connection = transaction.connection();
            let mut found = Vec::with_capacity(tags.len());
            for tags in in_sizes(tags) {
                let mut values: Vec<Value<'_>> = vec![session.into(), kind.number().into()];
                values.extend(tags.iter().map(|tag| Value::from(tag.as_bytes())));
                let sql = AssertSqlSafe(OverTags::Select.text(tags.len()));
                for row in connection.fetch_all(sql, &values).await? {
                    found.push(Found::read(&row)?);
                }
            }
            Ok(found)
        })
        .await
    }

    /// All rows of a kind.
    pub(crate) async fn all(&self, session: i64, kind: Kind) -> Result<Vec<Found>, VaultError> {
        self.list(statements::SELECT_ALL, &[session.into(), kind.number().into()]).await
    }

    /// All rows of a group.
    pub(crate) async fn group(
        &self,
        session: i64,
        kind: Kind,
        group: &Tag,
    ) -> Result<Vec<Found>, VaultError> {
        let values = [session.into(), kind.number().into(), group.as_bytes().into()];
        self.list(statements::SELECT_GROUP, &values).await
    }

    /// The row with the greatest number in a group. If several rows have this number, returns the row that was written
    /// last.
    pub(crate) async fn latest_of_group(
        &self,
        session: i64,
        kind: Kind,
        group: &Tag,
    ) -> Result<Option<Found>, VaultError> {
        let values = [session.into(), kind.number().into(), group.as_bytes().into()];
        Ok(self.list(statements::SELECT_LATEST_OF_GROUP, &values).await?.pop())
    }

    /// The row of a kind with the greatest number.
    pub(crate) async fn greatest(&self, session: i64, kind: Kind) -> Result<Option<Found>, VaultError> {
        Ok(self.list(statements::SELECT_GREATEST, &[session.into(), kind.number().into()]).await?.pop())
    }

    /// Whether the group has a row of either of the two kinds.
    pub(crate) async fn exists_in_group(
        &self,
        session: i64,
        kinds: [Kind; 2],
        group: &Tag,
    ) -> Result<bool, VaultError> {
        let [first, second] = kinds.map(|kind| Value::from(kind.number()));
        let values = [session.into(), first, second, group.as_bytes().into()];
        self.timed(VaultOperation::Read, async {
            let mut reader = self.pool.reader().await?;
            let row = reader.connection().fetch_optional(statements::EXISTS_IN_GROUP, &values).await?;
            Ok(row.is_some())
        })
        .await
    }

    async fn list(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Found>, VaultError> {
        self.timed(VaultOperation::Read, async {
            let mut reader = self.pool.reader().await?;
            let rows = reader.connection().fetch_all(sql, values).await?;
            rows.iter().map(Found::read).collect()
        })
        .await
    }
}
