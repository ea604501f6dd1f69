//! Pages of lists in the order of their ids, which no write moves.

use utoipa::IntoParams;
use uuid::Uuid;

use super::cursor::Cursor;
use super::fields::{Fault, Fields, FromFields, parsed, text};

/// Rows on a page unless the caller says otherwise.
const DEFAULT_LIMIT: u32 = 50;
/// Most rows on a page.
const MOST: u32 = 200;

/// How many entries a page has.
pub(in crate::http) fn limit(fields: &mut Fields) -> Option<u32> {
    let limit = fields.optional("limit", |value| match text(value)?.parse() {
        Ok(limit) if (1..=MOST).contains(&limit) => Ok(limit),
        _ => Err(Fault::new("out_of_range", "must be a whole number from 1 to 200")),
    });
    limit.map(|limit| limit.unwrap_or(DEFAULT_LIMIT))
}

/// Which page.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Page {
    /// Entries on a page.
    #[param(required = false, minimum = 1, maximum = 200, example = 50)]
    limit: u32,
    /// `nextCursor` of the previous page.
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
    /// After which row it begins.
    pub fn after<Id: From<Uuid>>(&self) -> Option<Id> {
        self.cursor.map(|cursor| cursor.0.into())
    }

    /// How many rows to read: one more than asked for tells whether another page follows.
    pub const fn rows(&self) -> u32 {
        self.limit + 1
    }

    /// The page out of [`Page::rows`] rows.
    pub fn cut<T, Shown: From<T>>(&self, mut rows: Vec<T>, id: impl Fn(&T) -> Uuid) -> Listed<Shown> {
        let more = rows.len() > self.limit as usize;
        rows.truncate(self.limit as usize);
        let next_cursor = rows.last().filter(|_| more).map(|last| Cursor(id(last)).text());
        Listed { data: rows.into_iter().map(Into::into).collect(), next_cursor }
    }
}

/// What a list answers. [`listed`] gives it its name in the document.
pub(in crate::http) struct Listed<T> {
    pub data: Vec<T>,
    pub next_cursor: Option<String>,
}

impl<T> Listed<T> {
    /// A list that comes whole.
    pub const fn whole(data: Vec<T>) -> Self {
        Self { data, next_cursor: None }
    }
}

/// The body of a list of `$row`, which the document calls `$schema`: one type for each, because the document would copy the
/// rows of a generic one into it.
macro_rules! listed {
    ($(#[$doc:meta])* $name:ident as $schema:ident of $row:ty) => {
        $(#[$doc])*
        #[derive(serde::Serialize, utoipa::ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(as = $schema)]
        pub(in crate::http) struct $name {
            data: Vec<$row>,
            /// Ask for the next page with `cursor` set to this. Null on the last page.
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
