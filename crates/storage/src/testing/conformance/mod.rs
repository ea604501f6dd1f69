//! The conformance suite: what every store for the protocol library must do, call by call. Each check gets an
//! empty store.

mod app_state;
mod batches;
mod device;
mod groups;
mod merges;
mod messages;
mod people;
mod signal;

use std::future::Future;
use std::sync::Arc;

use wacore::store::traits::Backend;

/// Runs all checks. `fresh` creates an empty store for each of them.
pub async fn run<F, Fut>(fresh: F)
where
    F: Fn() -> Fut,
    Fut: Future<Output = Arc<dyn Backend>>,
{
    signal::check(&*fresh().await).await;
    batches::check(&*fresh().await).await;
    app_state::check(&*fresh().await).await;
    groups::check(&*fresh().await).await;
    people::check(&*fresh().await).await;
    merges::check(fresh().await).await;
    messages::check(&*fresh().await).await;
    device::check(&*fresh().await).await;
}

/// Unwraps the result of a call that must succeed.
trait Answer<T> {
    fn answer(self) -> T;
}

impl<T> Answer<T> for Result<T, wacore::store::error::StoreError> {
    #[track_caller]
    fn answer(self) -> T {
        self.unwrap_or_else(|error| panic!("the call failed: {error:?}"))
    }
}
