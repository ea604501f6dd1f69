//! The current figures of accounts by bucket (an hour, day or week). They consist of the stored figures and the
//! time since each account's last change of state.

use std::collections::HashMap;

use linekeeper_model::Timestamp;
use linekeeper_model::account::Account;
use linekeeper_model::analytics::{Bucket, Figure, Mark, Outages, Run, Standing, Totals};
use linekeeper_model::id::AccountId;
use linekeeper_model::status::{ConnectionStatus, Status};
use linekeeper_storage::{AccountFilter, Reach, StorageError, Tx};

/// The number of accounts per database query.
const AT_ONCE: u32 = 200;

/// Figures that show how well accounts were connected. They consist of the stored figures and the time since each
/// account's last change of state.
pub struct Report<'b> {
    buckets: &'b [Bucket],
    outages: Outages,
    states: HashMap<AccountId, Mark>,
    now: Timestamp,
}

impl<'b> Report<'b> {
    /// Opens a report up to `now` on the accounts that `reach` includes. The buckets must follow each other without a
    /// gap.
    pub async fn open(
        tx: &mut Tx,
        reach: Reach,
        buckets: &'b [Bucket],
        now: Timestamp,
    ) -> Result<Self, StorageError> {
        let outages = tx.analytics().outages().await?;
        let states = tx.analytics().states(reach).await?;
        Ok(Self { buckets, outages, states, now })
    }

    /// Calls `visit` once for each account that `reach` includes, in the order of creation, with the account's figures
    /// for each bucket.
    pub async fn of_accounts(
        &self,
        tx: &mut Tx,
        reach: Reach,
        mut visit: impl FnMut(Account, Vec<Totals>),
    ) -> Result<(), StorageError> {
        let mut after = None;
        loop {
            // The report does not need the daily usage of the accounts, so it is not read.
            let accounts = tx.accounts().list(reach, AccountFilter { after, limit: AT_ONCE }, "").await?;
            after = accounts.last().map(|account| account.id);
            let is_last = accounts.len() < AT_ONCE as usize;
            for account in accounts {
                let totals = self.of_account(tx, account.id, &account.status).await?;
                visit(account, totals);
            }
            if is_last {
                return Ok(());
            }
        }
    }

    /// The figures of an account for each bucket. `status` is the status in the account's database row. It is used if
    /// the account has not changed its state since counting began.
    pub async fn of_account(
        &self,
        tx: &mut Tx,
        id: AccountId,
        status: &Status,
    ) -> Result<Vec<Totals>, StorageError> {
        let mut totals = counted(tx, id, self.buckets).await?;
        let known = self.states.get(&id).and_then(|mark| Some((state_of(mark)?, mark.at)));
        let (state, since) = known.unwrap_or((status.state, status.since));
        self.add_open(&mut totals, state, since);
        Ok(totals)
    }

    /// Adds the time in the current state, which is not in any stored figure yet.
    fn add_open(&self, totals: &mut [Totals], state: ConnectionStatus, since: Timestamp) {
        let (Some(first), Some(last)) = (self.buckets.first(), self.buckets.last()) else { return };
        let (since, until) = (since.max(first.from.begin()), self.now.min(last.to.begin()));
        for (from, to, standing) in self.outages.stays(state, since, until) {
            let first = self.buckets.partition_point(|bucket| bucket.to.begin() <= from);
            for (bucket, totals) in self.buckets.iter().zip(totals.iter_mut()).skip(first) {
                if bucket.from.begin() >= to {
                    break;
                }
                let lasted = to.min(bucket.to.begin()).duration_since(from.max(bucket.from.begin()));
                totals.add(Figure::Time(standing), u64::try_from(lasted.as_millis()).unwrap_or(0));
            }
        }
    }
}

/// The stored figures of an account for each bucket, without the time in the current state. The buckets must
/// follow each other without a gap.
pub async fn counted(tx: &mut Tx, id: AccountId, buckets: &[Bucket]) -> Result<Vec<Totals>, StorageError> {
    let mut totals = vec![Totals::default(); buckets.len()];
    let (Some(first), Some(last)) = (buckets.first(), buckets.last()) else { return Ok(totals) };
    for (day, stored) in tx.analytics().days(id, first.from.day(), last.to.day()).await? {
        let runs = stored.of_day(day).map_err(|error| StorageError::Refused(Box::new(error)))?;
        for run in runs {
            add_run(buckets, &mut totals, run);
        }
    }
    Ok(totals)
}

fn add_run(buckets: &[Bucket], totals: &mut [Totals], run: Run) {
    let first = buckets.partition_point(|bucket| bucket.to <= run.from);
    for (bucket, totals) in buckets.iter().zip(totals).skip(first) {
        if bucket.from >= run.to {
            break;
        }
        let quarters = bucket.from.max(run.from).up_to(bucket.to.min(run.to));
        totals.add(run.figure, run.number * quarters);
    }
}

fn state_of(mark: &Mark) -> Option<ConnectionStatus> {
    match mark.label.parse() {
        Ok(Standing::In(state)) => Some(state),
        _ => None,
    }
}
