//! An example for every JSON body that has none, made from the examples of its fields.

use serde_json::{Map, Value, json};

use super::walk;

/// The maximum depth of an example. No body is nested more deeply.
const DEEPEST: usize = 12;

/// Adds the missing examples.
pub(super) fn add(document: &mut Value) {
    let whole = document.clone();
    walk::operations(document, |_, operation| {
        if let Some(request) = operation.get_mut("requestBody") {
            fill(&whole, request);
        }
        for answer in walk::members_mut(&mut operation["responses"]) {
            fill(&whole, answer);
        }
    });
}

/// Adds the example to one body, if it is JSON and has none.
fn fill(document: &Value, body: &mut Value) {
    let Some(media) = body.get_mut("content").and_then(|content| content.get_mut("application/json")) else {
        return;
    };
    if media.get("example").is_none() && media.get("examples").is_none() && media.get("schema").is_some() {
        media["example"] = sample(document, &media["schema"], DEEPEST);
    }
}

/// A value that `schema` allows.
fn sample(document: &Value, schema: &Value, deeper: usize) -> Value {
    let schema = walk::resolved(document, schema);
    if let Some(example) = schema.get("example").or_else(|| schema.get("const")) {
        return example.clone();
    }
    if let Some(first) = walk::list(&schema["enum"]).next() {
        return first.clone();
    }
    if deeper == 0 {
        return Value::Null;
    }
    if schema.get("allOf").is_some() {
        let parts = walk::list(&schema["allOf"]).map(|part| sample(document, part, deeper - 1));
        let fields = parts.filter_map(|part| part.as_object().cloned()).flatten();
        return Value::Object(fields.collect());
    }
    let some = walk::list(&schema["oneOf"]).find(|one| one["type"] != "null");
    if let Some(some) = some.filter(|_| schema.get("properties").is_none()) {
        return sample(document, some, deeper - 1);
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        kinds => walk::list(kinds).filter_map(Value::as_str).collect(),
    };
    match kinds.first() {
        Some(&"array") => json!([sample(document, &schema["items"], deeper - 1)]),
        Some(&"object") => {
            // The schema may offer several fields of which one is required. The example has only the first of these
            // fields.
            let required = |one: &'_ Value| walk::list(&one["required"]).cloned().collect::<Vec<_>>();
            let ways: Vec<Vec<Value>> = walk::list(&schema["oneOf"]).map(required).collect();
            let is_of_another_way = |name: &str| {
                let mut others = ways.iter().skip(1).flatten();
                others.any(|other| other == name) && !ways[0].iter().any(|first| first == name)
            };
            let fields = schema["properties"].as_object().into_iter().flatten();
            let fields = fields.filter(|(name, _)| !is_of_another_way(name));
            let filled = fields.map(|(name, field)| (name.clone(), sample(document, field, deeper - 1)));
            Value::Object(filled.collect::<Map<_, _>>())
        }
        _ if kinds.contains(&"null") => Value::Null,
        Some(&"boolean") => json!(true),
        Some(&"integer" | &"number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        _ => match schema["format"].as_str() {
            Some("date-time") => json!("2026-01-01T12:00:00Z"),
            Some("uuid") => json!("01890a5d-ac96-774b-bcce-b302099a8057"),
            _ => json!("text"),
        },
    }
}
