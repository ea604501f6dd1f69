//! Answers that are kept for requests that may come again. The key that a caller chose stands as a tag, the answer sealed:
//! it may hold what is shown once.

use linekeeper_model::Timestamp;

use super::code::{Reader, millis};
use crate::error::StorageError;
use crate::seal::Tag;
use crate::tx::Scope;

/// A request that came with a key.
#[derive(Debug, Clone, Copy)]
pub struct KeyedRequest<'r> {
    /// Within whom the key is one.
    pub caller: &'r str,
    /// As the caller chose it.
    pub key: &'r str,
    /// SHA-256 of what makes the request the one that it is.
    pub hash: [u8; 32],
}

/// What is known of a key.
#[derive(Debug)]
pub enum Claim {
    /// Nothing: the request is to be carried out. Commit the transaction first.
    Begun(Mark),
    /// It belongs to another request.
    Reused,
    /// The same request is being carried out. The mark ends then, whatever becomes of it.
    UnderWay {
        /// When it ends.
        until: Timestamp,
    },
    /// The same request was answered.
    Answered(Vec<u8>),
}

/// The right to carry a request out and to keep its answer.
#[derive(Debug, Clone)]
pub struct Mark {
    caller: String,
    tag: Tag,
    /// Differs from that of whoever took over after this one had ended.
    locked_until: i64,
}

/// The `idempotency_keys` table.
pub struct IdempotencyKeys<'t>(pub(crate) Scope<'t>);

const KIND: &str = "idempotency_key";

impl IdempotencyKeys<'_> {
    /// Takes the key for a request until `locked_until`, and what it answers until `expires_at`, unless it is taken. Of
    /// many at the same moment one begins, in however many processes.
    pub async fn claim(
        &mut self,
        request: KeyedRequest<'_>,
        locked_until: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Claim, StorageError> {
        const TAKE: &str = "INSERT INTO idempotency_keys
                (caller, key_tag, request_hash, created_at, locked_until, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (caller, key_tag) DO UPDATE SET request_hash = excluded.request_hash, status = NULL,
                answer = NULL, created_at = excluded.created_at, locked_until = excluded.locked_until,
                expires_at = excluded.expires_at
            WHERE idempotency_keys.expires_at <= excluded.created_at
                OR (idempotency_keys.status IS NULL AND idempotency_keys.locked_until <= excluded.created_at
                    AND idempotency_keys.request_hash = excluded.request_hash)";
        const LOOK: &str = "SELECT request_hash, status, answer, locked_until FROM idempotency_keys
            WHERE caller = $1 AND key_tag = $2";
        let KeyedRequest { caller, key, hash } = request;
        let tag = self.0.context.cipher.tag(KIND, &[caller.as_bytes(), key.as_bytes()]);
        let now = self.0.context.clock.now();
        let values = [
            caller.into(),
            tag.as_bytes().into(),
            hash.as_slice().into(),
            millis(now).into(),
            millis(locked_until).into(),
            millis(expires_at).into(),
        ];
        if self.0.connection.execute(TAKE, &values).await? > 0 {
            let mark = Mark { caller: caller.to_owned(), tag, locked_until: millis(locked_until) };
            return Ok(Claim::Begun(mark));
        }
        let row = self.0.connection.fetch_optional(LOOK, &[caller.into(), tag.as_bytes().into()]).await?;
        // Given up between the two statements: whoever comes again finds it free.
        let Some(row) = row else { return Ok(Claim::UnderWay { until: now }) };
        let row = Reader(&row);
        if row.digest("request_hash")? != hash {
            return Ok(Claim::Reused);
        }
        match row.get::<Option<i64>>("status")? {
            None => Ok(Claim::UnderWay { until: row.time("locked_until")? }),
            Some(_) => {
                let sealed: Vec<u8> = row.get("answer")?;
                let opened = self.0.context.cipher.open(KIND, &tag, &sealed);
                Ok(Claim::Answered(opened.map_err(|error| StorageError::unreadable("answer", error))?))
            }
        }
    }

    /// Keeps what the request was answered with. False where its mark had ended and another took over.
    pub async fn keep(&mut self, mark: &Mark, status: u16, answer: &[u8]) -> Result<bool, StorageError> {
        const SQL: &str = "UPDATE idempotency_keys SET status = $4, answer = $5
            WHERE caller = $1 AND key_tag = $2 AND locked_until = $3 AND status IS NULL";
        let sealed = self.0.context.cipher.seal(KIND, &mark.tag, answer);
        let values = [
            mark.caller.as_str().into(),
            mark.tag.as_bytes().into(),
            mark.locked_until.into(),
            i64::from(status).into(),
            sealed.as_slice().into(),
        ];
        Ok(self.0.connection.execute(SQL, &values).await? > 0)
    }

    /// Frees the key: its answer is not one to keep.
    pub async fn free(&mut self, mark: &Mark) -> Result<(), StorageError> {
        const SQL: &str = "DELETE FROM idempotency_keys
            WHERE caller = $1 AND key_tag = $2 AND locked_until = $3 AND status IS NULL";
        let values = [mark.caller.as_str().into(), mark.tag.as_bytes().into(), mark.locked_until.into()];
        self.0.connection.execute(SQL, &values).await?;
        Ok(())
    }

    /// Removes what is kept no longer; answers how much.
    pub async fn prune(&mut self) -> Result<u64, StorageError> {
        const SQL: &str = "DELETE FROM idempotency_keys WHERE expires_at <= $1";
        let now = millis(self.0.context.clock.now());
        Ok(self.0.connection.execute(SQL, &[now.into()]).await?)
    }
}
