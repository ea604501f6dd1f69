//! Splits lists into pages. Lists are in the order of ids, so new rows do not shift the pages.

use utoipa::IntoParams;
use uuid::Uuid;

use super::cursor::Cursor;
use super::fields::{Fault, Fields, FromFields, parsed, text};

/// The default number of rows on a page.
const DEFAULT_LIMIT: u32 = 50;
/// The maximum number of rows on a page.
const MOST: u32 = 200;

/// Reads `limit`, the maximum number of items in `data` of a page.
pub(in crate::http) fn limit(fields: &mut Fields) -> Option<u32> {
    let limit = fields.optional("limit", |value| match text(value)?.parse() {
        Ok(limit) if (1..=MOST).contains(&limit) => Ok(limit),
        _ => Err(Fault::new("out_of_range", "must be a whole number from 1 to 200")),
    });
    limit.map(|limit| limit.unwrap_or(DEFAULT_LIMIT))
}

/// Which page of a list the caller wants.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Page {
    /// The maximum number of items in `data`, from 1 to 200. The default is 50.
    #[param(required = false, minimum = 1, maximum = 200, example = 50)]
    limit: u32,
    /// The `nextCursor` of the previous page. Leave it out to get the first page.
    #[param(required = false, value_type = String, pattern = "^[A-Za-z0-9_-]{21}[AQgw]$")]
    cursor: Option<Cursor>,
}

impl FromFields for Page {
    fn read(fields: &mut Fields) -> Option<Self> {
        let limit = limit(fields);
        let cursor = fields.optional("cursor", parsed);
        Some(Self { limit: limit?, cursor: cursor? })
    }
}

impl Page {
    /// The row after which the page begins.
    pub fn after<Id: From<Uuid>>(&self) -> Option<Id> {
        self.cursor.map(|cursor| cursor.0.into())
    }

    /// The number of rows to read: one more than the limit, to know whether another page follows.
    pub const fn rows(&self) -> u32 {
        self.limit + 1
    }

    /// Makes the page from [`Page::rows`] rows.
    pub fn cut<T, Shown: From<T>>(&self, mut rows: Vec<T>, id: impl Fn(&T) -> Uuid) -> Listed<Shown> {
        let more = rows.len() > self.limit as usize;
        rows.truncate(self.limit as usize);
        let next_cursor = rows.last().filter(|_| more).map(|last| Cursor(id(last)).text());
        Listed { data: rows.into_iter().map(Into::into).collect(), next_cursor }
    }
}

/// The body of a list. The macro [`listed`] declares such a body with its own name.
pub(in crate::http) struct Listed<T> {
    pub data: Vec<T>,
    pub next_cursor: Option<String>,
}

impl<T> Listed<T> {
    /// A list that is never split into pages.
    pub const fn whole(data: Vec<T>) -> Self {
        Self { data, next_cursor: None }
    }
}

/// Declares the body of a list of `$row`, with the name `$schema` in the document. Each list has its own type,
/// because for a generic type the document would repeat the schema of the rows.
macro_rules! listed {
    ($(#[$doc:meta])* $name:ident as $schema:ident of $row:ty) => {
        $(#[$doc])*
        #[derive(serde::Serialize, utoipa::ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(as = $schema)]
        pub(in crate::http) struct $name {
            data: Vec<$row>,
            /// Send this as `cursor` to get the next page. Null on the last page.
            #[schema(required = true)]
            next_cursor: Option<String>,
        }

        impl From<$crate::http::request::paging::Listed<$row>> for axum::Json<$name> {
            fn from(listed: $crate::http::request::paging::Listed<$row>) -> Self {
                Self($name { data: listed.data, next_cursor: listed.next_cursor })
            }
        }
    };
}

pub(in crate::http) use listed;
