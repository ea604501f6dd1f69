//! The responses to requests with an `Idempotency-Key`, which a caller may repeat. The key is stored as a keyed
//! hash. The response is encrypted, because it may contain a secret that is shown only once.

use linekeeper_model::Timestamp;

use super::code::{Reader, millis};
use crate::error::StorageError;
use crate::seal::Tag;
use crate::tx::Scope;

/// A caller's request with an `Idempotency-Key`.
#[derive(Debug, Clone, Copy)]
pub struct KeyedRequest<'r> {
    /// Identifies the caller. Different callers may use the same key for different requests.
    pub caller: &'r str,
    /// The `Idempotency-Key` that the caller chose.
    pub key: &'r str,
    /// The SHA-256 of everything in which requests can differ. Requests with the same hash are treated as the same
    /// request.
    pub hash: [u8; 32],
}

/// What [`IdempotencyKeys::claim`] found about a key.
#[derive(Debug)]
pub enum Claim {
    /// The key is new. The server must commit the transaction and then carry out the request.
    Begun(Mark),
    /// The caller has used the key for a different request.
    Reused,
    /// The server is carrying out the same request with this key.
    UnderWay {
        /// When another request may take the key over, if no response is stored by then.
        until: Timestamp,
    },
    /// The same request with this key is finished. This is the stored response.
    Answered(Vec<u8>),
}

/// The right to carry out a request and to store its response.
#[derive(Debug, Clone)]
pub struct Mark {
    caller: String,
    tag: Tag,
    /// The value of the column `locked_until` that this request stored. If another request takes the key over, that
    /// request stores a different value, and this request can no longer write the row.
    locked_until: i64,
}

/// The `idempotency_keys` table.
pub struct IdempotencyKeys<'t>(pub(crate) Scope<'t>);

const KIND: &str = "idempotency_key";

impl IdempotencyKeys<'_> {
    /// Reserves the key for a request until `locked_until`, unless it is already in use. The response will be
    /// stored until `expires_at`. If several processes claim the same key at the same moment, only one of them
    /// gets it.
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
        // The row was deleted between the two statements. The key is free when the caller tries again.
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

    /// Stores the response to the request. Returns false if another request has taken the key over in the
    /// meantime.
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

    /// Deletes the reservation of the key, because the response must not be stored.
    pub async fn free(&mut self, mark: &Mark) -> Result<(), StorageError> {
        const SQL: &str = "DELETE FROM idempotency_keys
            WHERE caller = $1 AND key_tag = $2 AND locked_until = $3 AND status IS NULL";
        let values = [mark.caller.as_str().into(), mark.tag.as_bytes().into(), mark.locked_until.into()];
        self.0.connection.execute(SQL, &values).await?;
        Ok(())
    }

    /// Deletes responses that have expired. Returns their number.
    pub async fn prune(&mut self) -> Result<u64, StorageError> {
        const SQL: &str = "DELETE FROM idempotency_keys WHERE expires_at <= $1";
        let now = millis(self.0.context.clock.now());
        Ok(self.0.connection.execute(SQL, &[now.into()]).await?)
    }
}
