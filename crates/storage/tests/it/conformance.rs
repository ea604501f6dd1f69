//! Runs the conformance suite on all three stores.

use std::sync::Arc;

use linekeeper_model::id::AccountId;
use linekeeper_storage::Storage;
use linekeeper_storage::testing::{Databases, conformance};
use wacore::store::InMemoryBackend;
use wacore::store::traits::Backend;

async fn fresh(storage: &Storage) -> Arc<dyn Backend> {
    let account = AccountId::from(uuid::Uuid::from_u128(rand::random()));
    Arc::new(storage.vault().take(account).await.unwrap())
}

/// The library's own store is the reference. If it fails, the suite requires too much.
#[tokio::test]
async fn the_librarys_own_store_passes_the_conformance_suite() {
    conformance::run(async || Arc::new(InMemoryBackend::new()) as Arc<dyn Backend>).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sqlite_store_passes_the_conformance_suite() {
    let database = Databases::sqlite();
    let storage = database.open().await;
    conformance::run(|| fresh(&storage)).await;
    storage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_postgresql_store_passes_the_conformance_suite() {
    let database = Databases::postgres().await;
    let storage = database.open().await;
    conformance::run(|| fresh(&storage)).await;
    storage.close().await;
}
