//! Random calls of the API, drawn from the OpenAPI document of the server: any operation, with random parameters
//! and a random body. The document must list the status of every answer, and no answer may be a 500.

use std::collections::HashMap;

use anyhow::{Context as _, ensure};
use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Map, Value, json};
use whatsim::NewPhone;

use super::person::Person;
use super::{hostile, trouble};
use crate::server::{OWNER, PASSWORD, Server};

/// The number of accounts without a phone that random calls may use.
const SCRATCH: usize = 5;

/// The path of an operation whose answer never ends.
const ENDLESS: &str = "/events/stream";

pub struct Api {
    document: Value,
    operations: Vec<Operation>,
    /// Ids from earlier answers. The key is the name of the path parameter that takes such an id, as in `accountId`.
    ids: HashMap<&'static str, Vec<String>>,
    /// Ids of things that belong to an account, by the account and the name of the path parameter.
    of_accounts: HashMap<(String, &'static str), Vec<String>>,
    /// Tokens from earlier answers, for request bodies that contain a token.
    tokens: Vec<String>,
    /// The number of answers by status.
    pub told: HashMap<u16, u64>,
    /// Ids that calls must not change: those of the soak's own API key, person and workspace.
    own: Vec<String>,
    /// A linked account that the model does not check, so that random calls may do anything to it.
    guest: Guest,
    /// The Owner's access token, used besides the API key.
    session: Option<String>,
}

#[derive(Clone)]
struct Operation {
    path: String,
    method: String,
    id: String,
    /// Whether only a signed-in person may call the operation.
    is_personal: bool,
    was_good: bool,
}

#[derive(Default)]
struct Guest {
    number: String,
    account: Option<String>,
}

impl Api {
    pub async fn of(server: &Server, simulator: &whatsim::Server) -> anyhow::Result<Self> {
        let document = server.get("/openapi.json").await?;
        let mut operations = Vec::new();
        for (path, methods) in document["paths"].as_object().context("paths")? {
            for (method, operation) in methods.as_object().context("methods")? {
                let Some(id) = operation["operationId"].as_str() else { continue };
                if path.ends_with(ENDLESS) {
                    continue;
                }
                let security = operation["security"].as_array().cloned().unwrap_or_default();
                let is_personal = security.iter().any(|way| way.get("bearer").is_some())
                    && !security.iter().any(|way| way.get("apiKey").is_some());
                let (path, method, id) = (path.clone(), method.clone(), id.to_owned());
                operations.push(Operation { path, method, id, is_personal, was_good: false });
            }
        }
        let mut own = Vec::new();
        for (path, of) in [("/api-keys", "id"), ("/members", "id"), ("/workspaces", "id")] {
            let listed = server.get(path).await?;
            let one = &listed["data"][0];
            let id = one[of].as_str().or_else(|| one["userId"].as_str());
            own.push(id.with_context(|| format!("an id of ours in {path}: {one}"))?.to_owned());
        }
        let number = simulator.phones().create(NewPhone::default())?.number;
        let mut api = Self {
            document,
            operations,
            ids: HashMap::new(),
            of_accounts: HashMap::new(),
            tokens: Vec::new(),
            told: HashMap::new(),
            own,
            guest: Guest { number, account: None },
            session: None,
        };
        api.refresh(server, simulator).await?;
        Ok(api)
    }

    pub fn operations(&self) -> usize {
        self.operations.len()
    }

    /// The ids of the operations that have never succeeded.
    pub fn never_good(&self) -> Vec<&str> {
        self.operations.iter().filter(|one| !one.was_good).map(|one| one.id.as_str()).collect()
    }

    /// Runs when the trouble pauses: links the guest account again and signs the Owner in.
    pub async fn refresh(&mut self, server: &Server, simulator: &whatsim::Server) -> anyhow::Result<()> {
        let body = json!({ "email": OWNER, "password": PASSWORD });
        let (status, session) = server.call("post", "/api/v1/auth/sign-in", &[], Some(&body)).await?;
        // Random sign-ins may have used up the attempts that the server allows from this address.
        self.session = session["accessToken"].as_str().filter(|_| status == 200).map(str::to_owned);
        let mut guest = Person {
            number: self.guest.number.clone(),
            account: self.guest.account.clone(),
            ..Person::default()
        };
        let state = match &guest.account {
            Some(account) => {
                server.call("get", &format!("/api/v1/whatsapp/accounts/{account}"), &[], None).await?.1
            }
            None => Value::Null,
        };
        if state["connectionStatus"] != "Connected" {
            if state["id"].is_null() {
                guest.account = None;
            }
            trouble::connect(server, simulator, &mut guest, true).await?;
        }
        self.guest.account = guest.account;
        Ok(())
    }

    /// Makes one random call. It only reads the accounts that the model checks.
    pub async fn call_any(
        &mut self,
        server: &Server,
        accounts: &[&str],
        rng: &mut StdRng,
    ) -> anyhow::Result<()> {
        let at = rng.random_range(0..self.operations.len());
        let Operation { path, method, is_personal, .. } = self.operations[at].clone();
        let operation = self.document["paths"][&path][&method].clone();
        let account = self.account_for(&method, accounts, rng);
        let filled = self.fill_path(&path, account.as_deref(), rng);
        let query = self.query(&operation, rng);
        let mut body = operation["requestBody"]["content"]
            .as_object()
            .and_then(|content| content.values().next())
            .map(|content| self.value("", &content["schema"], rng, 0));
        // Keep the Owner's password, so that the Owner can sign in later.
        if let Some(password) = body.as_mut().and_then(|body| body.get_mut("newPassword")) {
            *password = json!(PASSWORD);
        }
        let what = format!("{method} {filled}?{query:?} {}", body.clone().unwrap_or_default());
        let session = self.session.clone().filter(|_| is_personal || rng.random_bool(0.1));
        let sent = match &session {
            Some(token) => server.call_with(token, &method, &filled, &query, body.as_ref()).await,
            None => server.call(&method, &filled, &query, body.as_ref()).await,
        };
        let (status, answer) = sent.with_context(|| what.clone())?;
        *self.told.entry(status).or_default() += 1;
        self.operations[at].was_good |= status < 300;
        if status == 401 && session.is_some() {
            self.session = None;
        }
        let known = operation["responses"].get(status.to_string()).is_some();
        ensure!(known && status != 500, "{status} to {what}: {answer}");
        if status >= 400 {
            ensure!(
                answer["code"].is_string() || path == "/readyz",
                "{status} without a code to {what}: {answer}"
            );
        }
        self.learn(&path, account.as_deref(), status, &answer);
        self.tidy(server).await
    }

    /// Chooses the account for a call. Only a `get` may use an account that the model checks. Every call may use
    /// the guest account or an account without a phone.
    fn account_for(&self, method: &str, accounts: &[&str], rng: &mut StdRng) -> Option<String> {
        if method == "get" && !accounts.is_empty() && rng.random_bool(0.5) {
            return Some(accounts[rng.random_range(0..accounts.len())].to_owned());
        }
        if rng.random_bool(0.6) {
            return self.guest.account.clone();
        }
        let scratch = self.ids.get("accountId").filter(|ids| !ids.is_empty())?;
        Some(scratch[rng.random_range(0..scratch.len())].clone())
    }

    /// Remembers the ids and tokens that later calls can use.
    fn learn(&mut self, path: &str, account: Option<&str>, status: u16, answer: &Value) {
        if status >= 300 {
            return;
        }
        for token in [&answer["token"], &answer["link"], &answer["url"]] {
            let token = token.as_str().map(|text| text.rsplit(['=', '#']).next().unwrap_or(text).to_owned());
            self.tokens.extend(token);
        }
        self.tokens.drain(..self.tokens.len().saturating_sub(20));
        let parameter = match path.trim_start_matches("/api/v1") {
            "/api-keys" => "keyId",
            "/invitations" => "invitationId",
            "/whatsapp/connect" if status == 201 => "accountId",
            "/members" => "userId",
            "/workspaces" => "workspaceId",
            "/auth/sign-ins" => "signInId",
            path if path.ends_with("/pairing-links") => "linkId",
            path if path.ends_with("/messages") || path.ends_with("/batch") => "messageId",
            path if path.ends_with("/chats") => "chatId",
            path if path.ends_with("/contacts") => "contactId",
            _ => return,
        };
        let listed = answer["data"].as_array().cloned().unwrap_or_else(|| vec![answer.clone()]);
        let ids = match (parameter, account) {
            ("messageId" | "chatId" | "contactId" | "linkId", Some(account)) => {
                self.of_accounts.entry((account.to_owned(), parameter)).or_default()
            }
            _ => self.ids.entry(parameter).or_default(),
        };
        for id in listed.iter().filter_map(|one| one["id"].as_str().or_else(|| one["userId"].as_str())) {
            if !self.own.iter().any(|own| own == id) && !ids.iter().any(|known| known == id) {
                ids.push(id.to_owned());
            }
        }
        ids.drain(..ids.len().saturating_sub(50));
    }

    /// Deletes all but a few accounts without a phone, because the number of open pairings is limited and each
    /// of these accounts has one.
    async fn tidy(&mut self, server: &Server) -> anyhow::Result<()> {
        let Some(accounts) = self.ids.get_mut("accountId") else { return Ok(()) };
        while accounts.len() > SCRATCH {
            let account = accounts.remove(0);
            server.call("delete", &format!("/api/v1/whatsapp/accounts/{account}"), &[], None).await?;
        }
        Ok(())
    }

    /// Deletes all accounts that the model does not check.
    pub async fn clear(&mut self, server: &Server) -> anyhow::Result<()> {
        let scratch = self.ids.remove("accountId").unwrap_or_default();
        for account in scratch.into_iter().chain(self.guest.account.take()) {
            server.call("delete", &format!("/api/v1/whatsapp/accounts/{account}"), &[], None).await?;
        }
        Ok(())
    }

    fn fill_path(&self, path: &str, account: Option<&str>, rng: &mut StdRng) -> String {
        let mut filled = path.to_owned();
        while let (Some(from), Some(to)) = (filled.find('{'), filled.find('}')) {
            let parameter = filled[from + 1..to].to_owned();
            let known = match (parameter.as_str(), account) {
                ("accountId", account) => account.map(|account| vec![account.to_owned()]),
                (name, Some(account)) => self
                    .of_accounts
                    .iter()
                    .find(|((of, parameter), _)| of == account && *parameter == name)
                    .map(|(_, ids)| ids.clone())
                    .or_else(|| self.ids.get(name).cloned()),
                (name, None) => self.ids.get(name).cloned(),
            };
            let id = match known.filter(|ids| !ids.is_empty()) {
                Some(ids) if rng.random_bool(0.9) => ids[rng.random_range(0..ids.len())].clone(),
                _ if rng.random_bool(0.5) => "00000000-0000-7000-8000-000000000000".to_owned(),
                _ => escape(&hostile::text(rng)),
            };
            filled.replace_range(from..=to, if id.is_empty() { "%20" } else { &id });
        }
        filled
    }

    fn query(&self, operation: &Value, rng: &mut StdRng) -> Vec<(String, String)> {
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let named = parameters.iter().filter(|parameter| parameter["in"] == "query");
        let mut query = Vec::new();
        for name in named.filter_map(|parameter| parameter["name"].as_str()) {
            // A long poll would only slow the soak down.
            if name != "wait" && rng.random_bool(0.3) {
                let value = if rng.random_bool(0.8) { "1".to_owned() } else { hostile::text(rng) };
                query.push((name.to_owned(), value));
            }
        }
        query
    }

    /// A value with the shape that the schema asks for, and usually with a plausible content. Sometimes a wrong
    /// value.
    fn value(&self, name: &str, schema: &Value, rng: &mut StdRng, depth: usize) -> Value {
        if rng.random_bool(0.01) || depth > 6 {
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
                let items = rng.random_range(schema["minItems"].as_u64().unwrap_or(0).min(3)..4);
                (0..items).map(|_| self.value(name, &schema["items"], rng, depth + 1)).collect()
            }
            "integer" | "number" if rng.random_bool(0.2) => {
                json!([0, 1, 5, 100, 100_000, i64::MAX][rng.random_range(0..6)])
            }
            "integer" | "number" => {
                let bound = |name: &str, other| schema[name].as_i64().unwrap_or(other);
                let least = bound("minimum", 0);
                json!(rng.random_range(least..=bound("maximum", least + 100).max(least)))
            }
            "boolean" => json!(rng.random_bool(0.5)),
            "null" => Value::Null,
            _ if rng.random_bool(0.1) => json!(hostile::text(rng)),
            _ => json!(self.plausible(name, schema, rng)),
        }
    }

    fn object(&self, schema: &Value, rng: &mut StdRng, depth: usize) -> Value {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut object = Map::new();
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            let chance = if required.contains(&name.as_str()) { 0.98 } else { 0.15 };
            // A body must not name an account: only the acts of the model may change the accounts that it checks.
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

    /// A text that is plausible for a field of this name.
    fn plausible(&self, name: &str, schema: &Value, rng: &mut StdRng) -> String {
        let number = rng.random_range(0..50);
        match name {
            "token" if !self.tokens.is_empty() => self.tokens[rng.random_range(0..self.tokens.len())].clone(),
            "email" => format!("person{number}@example.org"),
            "password" | "currentPassword" | "newPassword" => PASSWORD.to_owned(),
            "phoneNumber" | "to" | "numbers" if rng.random_bool(0.2) => hostile::number(rng),
            "phoneNumber" | "to" | "numbers" => format!("+1555000{number:04}"),
            "expiresAt" | "sendAt" => "2099-01-01T00:00:00Z".to_owned(),
            _ => match schema["examples"][0].as_str().or_else(|| schema["example"].as_str()) {
                Some(example) if rng.random_bool(0.7) => example.to_owned(),
                _ => format!("Something {number}"),
            },
        }
    }
}

/// Escapes one segment of a path.
fn escape(text: &str) -> String {
    text.bytes().take(300).map(|byte| format!("%{byte:02X}")).collect()
}
