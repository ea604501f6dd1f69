//! Random sequences of calls. SQLite, PostgreSQL and the library's in-memory store must return the same results.

use linekeeper_model::id::AccountId;
use linekeeper_storage::testing::{Call, Databases};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use wacore::store::InMemoryBackend;
use wacore::store::traits::Backend;

use crate::calls;

/// Each sequence has fewer calls than this. Most keys are chosen from only twelve, so that the calls of a sequence use
/// the same keys repeatedly.
const LONGEST: usize = 60;
/// The environment variable with the seed, for repeating a run.
const SEED: &str = "LINEKEEPER_TEST_SEED";

#[test]
fn all_stores_return_the_same_for_any_sequence_of_calls() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _inside = runtime.enter();
    let databases = runtime.block_on(Databases::each());
    let storages = databases.each_ref().map(|database| runtime.block_on(database.open()));
    let seed = std::env::var(SEED).map_or_else(|_| rand::random(), |seed| seed.parse().unwrap());
    let config =
        Config { failure_persistence: None, rng_seed: RngSeed::Fixed(seed), ..Config::with_cases(96) };
    let sequences = proptest::collection::vec(calls::any(), 1..LONGEST);
    let result = TestRunner::new(config).run(&sequences, |calls| {
        runtime.block_on(async {
            let account = AccountId::from(uuid::Uuid::from_u128(rand::random()));
            let memory = InMemoryBackend::new();
            let sqlite = storages[0].vault().take(account).await.unwrap();
            let postgres = storages[1].vault().take(account).await.unwrap();
            for (index, call) in calls.into_iter().enumerate() {
                let call = at_its_time(call, index);
                let expected = call.ask(&memory).await;
                for (name, store) in [("sqlite", &sqlite), ("postgres", &postgres)] {
                    let answer = call.ask(store).await;
                    let agrees = answer == expected || is_better(&call, &expected, &answer, &memory).await;
                    prop_assert!(agrees, "{name} answers {call:?} with {answer}, not with {expected}");
                }
            }
            Ok(())
        })
    });
    for storage in storages {
        runtime.block_on(storage.close());
    }
    if let Err(failure) = result {
        panic!("{failure}\nrun it again with {SEED}={seed}");
    }
}

/// Sets the time of LID mappings to the index of the call, so that later calls have later times.
fn at_its_time(call: Call, index: usize) -> Call {
    match call {
        Call::PutLidMappings(pairs, _) => Call::PutLidMappings(pairs, index as i64),
        call => call,
    }
}

/// Whether `answer` is right and the in-memory store is wrong. There is one such case: when a LID moves to another
/// phone, the in-memory store forgets all LIDs of the old phone, even if the old phone has another LID. The trait asks
/// for "the most recent LID for that phone". Linekeeper's store and the library's own SQLite store return that other
/// LID.
async fn is_better(call: &Call, expected: &str, answer: &str, memory: &InMemoryBackend) -> bool {
    let Call::GetPnMapping(phone) = call else {
        return false;
    };
    let known = memory as &dyn Backend;
    let phone = format!("555000{phone}");
    let mut of_phone = known.get_all_lid_mappings().await.unwrap();
    of_phone.retain(|entry| entry.phone_number == phone);
    let latest = of_phone.iter().map(|entry| entry.updated_at).max();
    // If several LIDs were learnt in the same batch, any of them is correct.
    let mut candidates = of_phone.iter().filter(|entry| Some(entry.updated_at) == latest);
    expected == "Ok(None)" && candidates.any(|entry| answer == format!("Ok(Some({entry:?}))"))
}
