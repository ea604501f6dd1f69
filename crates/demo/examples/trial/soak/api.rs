//! Every act of the API, drawn from its own document: any operation, with anything in its parameters and body. The answer must
//! be one that the document knows, and never a 500.

use std::collections::HashMap;

use anyhow::{Context as _, ensure};
use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Map, Value, json};

use super::hostile;
use crate::server::Server;

/// What would take the soak's own key away, or all accounts at once.
const SPARED: [&str; 5] = ["deleteWorkspace", "removeMember", "updateMember", "setUp", "openapi"];

/// Operations on accounts that people have: those have acts of their own, whose effects are known.
const OF_ACCOUNTS: &str = "{accountId}";

/// Accounts without a phone, for everybody's use.
const SCRATCH: usize = 5;

pub struct Api {
    document: Value,
    operations: Vec<(String, String)>,
    /// Ids that answers brought, by the name of the parameter that takes them.
    ids: HashMap<&'static str, Vec<String>>,
    /// Answers by their status.
    pub told: HashMap<u16, u64>,
    /// The id of the soak's own key, which stays.
    own_key: String,
}

impl Api {
    pub async fn of(server: &Server) -> anyhow::Result<Self> {
        let document = server.get("/openapi.json").await?;
        let mut operations = Vec::new();
        for (path, methods) in document["paths"].as_object().context("paths")? {
            for (method, operation) in methods.as_object().context("methods")? {
                let id = operation["operationId"].as_str().unwrap_or_default();
                if operation.is_object() && !id.is_empty() && !SPARED.contains(&id) {
                    operations.push((path.clone(), method.clone()));
                }
            }
        }
        let keys = server.get("/api-keys").await?;
        let own_key = keys["data"][0]["id"].as_str().context("a key")?.to_owned();
        Ok(Self { document, operations, ids: HashMap::new(), told: HashMap::new(), own_key })
    }

    pub fn operations(&self) -> usize {
        self.operations.len()
    }

    /// One call of one operation.
    pub async fn call_any(&mut self, server: &Server, rng: &mut StdRng) -> anyhow::Result<()> {
        let (path, method) = self.operations[rng.random_range(0..self.operations.len())].clone();
        let operation = self.document["paths"][&path][&method].clone();
        let filled = self.fill_path(&path, rng);
        let query = self.query(&operation, rng);
        let body = operation["requestBody"]["content"]
            .as_object()
            .and_then(|content| content.values().next())
            .map(|content| self.value("", &content["schema"], rng, 0));
        let what = format!("{method} {filled}?{query:?} {}", body.clone().unwrap_or_default());
        let sent = server.call(&method, &filled, &query, body.as_ref()).await;
        let (status, answer) = sent.with_context(|| what.clone())?;
        *self.told.entry(status).or_default() += 1;
        let known = operation["responses"].get(status.to_string()).is_some();
        ensure!(known && status != 500, "{status} to {what}: {answer}");
        if status >= 400 {
            ensure!(answer["code"].is_string(), "{status} without a code to {what}: {answer}");
        }
        self.learn(&path, status, &answer);
        self.tidy(server).await
    }

    /// Remembers ids that later calls can use.
    fn learn(&mut self, path: &str, status: u16, answer: &Value) {
        let parameter = match path.trim_start_matches("/api/v1") {
            "/api-keys" => "keyId",
            "/invitations" => "invitationId",
            "/whatsapp/connect" if status == 201 => "accountId",
            "/members" => "userId",
            path if path.ends_with("/pairing-links") => "linkId",
            _ => return,
        };
        let listed = answer["data"].as_array().cloned().unwrap_or_else(|| vec![answer.clone()]);
        let ids = self.ids.entry(parameter).or_default();
        for id in listed.iter().filter_map(|one| one["id"].as_str()) {
            if id != self.own_key && !ids.iter().any(|known| known == id) {
                ids.push(id.to_owned());
            }
        }
    }

    /// Keeps few accounts without a phone: their pairings take places.
    async fn tidy(&mut self, server: &Server) -> anyhow::Result<()> {
        let Some(accounts) = self.ids.get_mut("accountId") else { return Ok(()) };
        while accounts.len() > SCRATCH {
            let account = accounts.remove(0);
            server.call("delete", &format!("/api/v1/whatsapp/accounts/{account}"), &[], None).await?;
        }
        Ok(())
    }

    /// Deletes all accounts without a phone.
    pub async fn clear(&mut self, server: &Server) -> anyhow::Result<()> {
        for account in self.ids.remove("accountId").unwrap_or_default() {
            server.call("delete", &format!("/api/v1/whatsapp/accounts/{account}"), &[], None).await?;
        }
        Ok(())
    }

    fn fill_path(&self, path: &str, rng: &mut StdRng) -> String {
        let mut filled = path.to_owned();
        while let (Some(from), Some(to)) = (filled.find('{'), filled.find('}')) {
            let parameter = filled[from + 1..to].to_owned();
            let known = self.ids.get(parameter.as_str()).filter(|ids| !ids.is_empty());
            let id = match known {
                Some(ids) if rng.random_bool(0.8) => ids[rng.random_range(0..ids.len())].clone(),
                _ if rng.random_bool(0.5) => "00000000-0000-7000-8000-000000000000".to_owned(),
                _ => escape(&hostile::text(rng)),
            };
            filled.replace_range(from..=to, if id.is_empty() { "%20" } else { &id });
        }
        debug_assert!(!filled.contains(OF_ACCOUNTS));
        filled
    }

    fn query(&self, operation: &Value, rng: &mut StdRng) -> Vec<(String, String)> {
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let named = parameters.iter().filter(|parameter| parameter["in"] == "query");
        let mut query = Vec::new();
        for name in named.filter_map(|parameter| parameter["name"].as_str()) {
            // A long poll would only hold the soak up.
            if name != "wait" && rng.random_bool(0.3) {
                let value = if rng.random_bool(0.8) { "1".to_owned() } else { hostile::text(rng) };
                query.push((name.to_owned(), value));
            }
        }
        query
    }

    /// A value that fits the schema in its shape, and mostly in its kind.
    fn value(&self, name: &str, schema: &Value, rng: &mut StdRng, depth: usize) -> Value {
        if rng.random_bool(0.02) || depth > 6 {
            return hostile::wrong(rng);
        }
        if let Some(reference) = schema["$ref"].as_str() {
            let pointer = reference.trim_start_matches('#');
            return self
                .document
                .pointer(pointer)
                .map_or(Value::Null, |schema| self.value(name, schema, rng, depth + 1));
        }
        for choice in ["oneOf", "anyOf", "allOf"] {
            if let Some(schemas) = schema[choice].as_array().filter(|schemas| !schemas.is_empty()) {
                return self.value(name, &schemas[rng.random_range(0..schemas.len())], rng, depth + 1);
            }
        }
        if let Some(values) = schema["enum"].as_array().filter(|values| !values.is_empty()) {
            return values[rng.random_range(0..values.len())].clone();
        }
        let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("string");
        match kind {
            "object" => self.object(schema, rng, depth),
            "array" => {
                let items = rng.random_range(0..4);
                (0..items).map(|_| self.value(name, &schema["items"], rng, depth + 1)).collect()
            }
            "integer" | "number" => {
                json!([0, 1, 5, 100, 100_000, i64::MAX][rng.random_range(0..6)])
            }
            "boolean" => json!(rng.random_bool(0.5)),
            "null" => Value::Null,
            _ if rng.random_bool(0.2) => json!(hostile::text(rng)),
            _ => json!(plausible(name, rng)),
        }
    }

    fn object(&self, schema: &Value, rng: &mut StdRng, depth: usize) -> Value {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut object = Map::new();
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            let chance = if required.contains(&name.as_str()) { 0.95 } else { 0.4 };
            // Accounts that people have are the acts' alone.
            if name != "accountId" && rng.random_bool(chance) {
                object.insert(name.clone(), self.value(name, schema, rng, depth + 1));
            }
        }
        if schema["additionalProperties"].is_object() {
            object
                .insert(hostile::text(rng), self.value("", &schema["additionalProperties"], rng, depth + 1));
        }
        Value::Object(object)
    }
}

/// A text that a member of that name may well have.
fn plausible(name: &str, rng: &mut StdRng) -> String {
    let number = rng.random_range(0..50);
    match name {
        "email" => format!("person{number}@example.org"),
        "phoneNumber" if rng.random_bool(0.5) => hostile::number(rng),
        "phoneNumber" => format!("+1555000{number:04}"),
        "expiresAt" => "2099-01-01T00:00:00Z".to_owned(),
        _ => format!("Something {number}"),
    }
}

/// One segment of a path.
fn escape(text: &str) -> String {
    text.bytes().take(300).map(|byte| format!("%{byte:02X}")).collect()
}
