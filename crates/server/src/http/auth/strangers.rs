//! Writes failed sign-ins to the audit log, without letting a flood of them fill the disk. All failures for a known
//! user are written: after the first eight, the throttle allows only one every 30 s, and the number of users is
//! limited. The number of unknown names is unlimited, so only some of their failures are written, and the next entry
//! says how many were left out.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use linekeeper_model::Timestamp;
use linekeeper_model::audit::Action;
use linekeeper_model::user::Member;
use linekeeper_storage::Storage;

use super::buckets::{Buckets, Rate};
use crate::http::answer::error::ApiError;
use crate::http::request::origin::CalledFrom;

/// The rate at which failures with unknown names are written: about 1,440 audit entries a day.
const WRITTEN: Rate = Rate { burst: 30, refill: Duration::from_secs(60) };
/// The name of the setting that stores the number of failures that were left out.
const LEFT_OUT: &str = "audit.sign_ins_left_out";

/// Counts attempts to sign in with unknown names.
#[derive(Default)]
pub(in crate::http) struct Strangers(Mutex<Buckets<()>>);

impl Strangers {
    /// Records a failed sign-in, either of `member` or with an unknown name. Both cases take one write transaction, so
    /// the time of the answer does not reveal which names are known.
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
        // After a panic in another thread, the counts are still usable.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).try_take((), WRITTEN, now).is_ok()
    }
}
