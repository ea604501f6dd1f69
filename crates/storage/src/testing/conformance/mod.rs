//! What any store for the protocol library must do, told call by call. Each check takes an empty store.

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

/// Runs every check, each on an empty store that `fresh` makes.
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

/// What a call answered, where it must not fail.
trait Answer<T> {
    fn answer(self) -> T;
}

impl<T> Answer<T> for Result<T, wacore::store::error::StoreError> {
    #[track_caller]
    fn answer(self) -> T {
        self.unwrap_or_else(|error| panic!("the call failed: {error:?}"))
    }
}
