//! Calls every operation of the OpenAPI document as every kind of caller. The expected results follow from the
//! table of permissions that is promised to users, and not from the code. The test fails for an operation that the
//! table lacks.

mod actors;
pub mod operations;
mod promise;
pub mod world;

use std::collections::BTreeSet;

use actors::actors;
pub use actors::an_owner;
use operations::{OPERATIONS, Operation};
use world::{Target, World};

/// Method, path and id of every operation in the document.
pub fn documented() -> Vec<(String, String, String)> {
    let document = linekeeper::http::openapi();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            found.push((method.to_uppercase(), path.clone(), id.to_owned()));
        }
    }
    found
}

#[test]
fn the_access_table_lists_each_operation() {
    let documented: BTreeSet<String> = documented().into_iter().map(|(_, _, id)| id).collect();
    let lines: BTreeSet<String> = OPERATIONS.iter().map(|line| line.id.to_owned()).collect();
    let without: Vec<_> = documented.difference(&lines).collect();
    assert!(without.is_empty(), "say in operations.rs who may do what with these: {without:?}");
    let stale: Vec<_> = lines.difference(&documented).collect();
    assert!(stale.is_empty(), "{stale:?} are not routed any more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_role_may_do_exactly_what_the_access_table_says() {
    let documented = documented();
    let mut walks = tokio::task::JoinSet::new();
    let mut operations = OPERATIONS.iter();
    let mut wrong = Vec::new();
    let mut cells = 0;
    loop {
        // Each operation needs its own server, so at most four operations are tested at the same time.
        while walks.len() < 4
            && let Some(operation) = operations.next()
        {
            let (method, path, _) = documented.iter().find(|(_, _, id)| id == operation.id).unwrap().clone();
            walks.spawn(row(operation, method, path));
        }
        let Some(walked) = walks.join_next().await else { break };
        let (size, found) = walked.unwrap();
        cells += size;
        wrong.extend(found);
    }
    println!("{} operations, {cells} cells, {} wrong", OPERATIONS.len(), wrong.len());
    assert!(wrong.is_empty(), "{} of {cells} cells are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Calls one operation as every caller. Returns the number of callers, and the errors.
async fn row(operation: &'static Operation, method: String, path: String) -> (usize, Vec<String>) {
    let actors = actors(operation);
    let world = World::new(operation, actors.clone()).await;
    let mut wrong = Vec::new();
    for (index, actor) in actors.iter().enumerate() {
        let expected = promise::expected(operation, actor);
        let target = world.target(index);
        let answer = world.ask(&method, &path, index, target).await;
        let found = if answer.status.is_success() {
            answer.status.as_u16().to_string()
        } else {
            answer.refusal().lines().next().unwrap_or_default().to_owned()
        };
        if found != expected {
            wrong.push(format!("{method} {path} by {}: {found} instead of {expected}", actor.name));
        }
        if promise::must_look_absent(operation, actor) {
            let absent = world.ask(&method, &path, index, &Target::absent()).await;
            if (absent.status, &absent.headers, &absent.body)
                != (answer.status, &answer.headers, &answer.body)
            {
                let texts = [answer.text(), absent.text()];
                wrong
                    .push(format!("{method} {path} by {}: tells foreign from absent: {texts:?}", actor.name));
            }
        }
    }
    world.end().await;
    (actors.len(), wrong)
}
