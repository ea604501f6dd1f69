//! Sign-ins that failed. Those of somebody who is known are all written: the throttle lets through one in 30 s for each
//! address, and there are only so many. Names that nobody has are without number, so only some of their attempts are
//! written, and the next entry says how many were not: no flood fills the disk.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use linekeeper_model::Timestamp;
use linekeeper_model::audit::Action;
use linekeeper_model::user::Member;
use linekeeper_storage::Storage;

use super::buckets::{Buckets, Rate};
use crate::http::answer::error::ApiError;
use crate::http::request::origin::CalledFrom;

/// At most about 1,440 entries a day.
const WRITTEN: Rate = Rate { burst: 30, refill: Duration::from_secs(60) };
/// Under this name the number of those that were not written is kept.
const LEFT_OUT: &str = "audit.sign_ins_left_out";

/// Counts attempts to sign in as somebody who is not known.
#[derive(Default)]
pub(in crate::http) struct Strangers(Mutex<Buckets<()>>);

impl Strangers {
    /// Writes that nobody could sign in as `member`, or, without one, as whoever was named. Either way costs one write,
    /// so that time does not tell who is known.
    pub async fn failed(
        &self,
        storage: &Storage,
        now: Timestamp,
        from: &CalledFrom,
        member: Option<&Member>,
    ) -> Result<(), ApiError> {
        let workspace = member.map(|member| member.workspace_id);
        let mut entry = from.nobody().did(workspace, Action::SignInFailed);
        let mut tx = storage.begin().await?;
        if let Some(member) = member {
            tx.audit().append(&entry.on(member.user.id)).await?;
            return Ok(tx.commit().await?);
        }
        let left_out: u64 =
            tx.settings().get(LEFT_OUT).await?.and_then(|text| text.parse().ok()).unwrap_or(0);
        if self.may_write(now) {
            if left_out > 0 {
                tx.settings().delete(LEFT_OUT).await?;
                entry = entry.with("leftOut", left_out);
            }
            tx.audit().append(&entry).await?;
        } else {
            tx.settings().put(LEFT_OUT, &(left_out + 1).to_string()).await?;
        }
        Ok(tx.commit().await?)
    }

    fn may_write(&self, now: Timestamp) -> bool {
        // A panic elsewhere leaves counts as good as any.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).try_take((), WRITTEN, now).is_ok()
    }
}
