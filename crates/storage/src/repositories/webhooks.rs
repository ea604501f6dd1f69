//! Webhook endpoints. Address, headers and signing key are encrypted. If they cannot be decrypted, the endpoint is
//! still returned, but without them.

use linekeeper_model::Timestamp;
use linekeeper_model::id::{WebhookId, WorkspaceId};
use linekeeper_model::secret::Secret;
use linekeeper_model::webhook::{
    DisabledFor, Endpoint, EndpointHealth, Header, Maker, Private, WebhookSecret,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::code::{Reader, millis, text};
use crate::db::{Row, Value};
use crate::error::{Conflict, StorageError};
use crate::seal::{Cipher, Tag};
use crate::tx::Scope;

const PRIVATE: &str = "webhook.private";
const DESCRIPTION: &str = "webhook.description";

/// The `webhooks` table.
pub struct Webhooks<'t>(pub(crate) Scope<'t>);

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, made_by, made_with, private, description, filter, timeout_seconds, paused, disabled,
                resumes, health, created_at, updated_at FROM webhooks ",
            $rest
        )
    };
}

impl Webhooks<'_> {
    /// Adds an endpoint.
    pub async fn insert(&mut self, endpoint: &Endpoint) -> Result<(), StorageError> {
        const SQL: &str =
            "INSERT INTO webhooks (id, workspace_id, made_by, made_with, private, description, filter,
                timeout_seconds, paused, disabled, resumes, health, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)";
        let columns = Columns::of(endpoint, &self.0.context.cipher)?;
        let mut values = columns.values(endpoint);
        let workspace = endpoint.workspace_id.to_string();
        values.insert(1, workspace.as_str().into());
        values.push(millis(endpoint.created_at).into());
        let inserted = self.0.connection.execute(SQL, &values).await;
        inserted.map(drop).map_err(StorageError::or_conflict(Conflict::Id))
    }

    /// Writes the changes of an endpoint, except for its health: see [`Self::set_health`]. Returns false if the
    /// endpoint was deleted.
    pub async fn update(&mut self, endpoint: &Endpoint) -> Result<bool, StorageError> {
        const SQL: &str =
            "UPDATE webhooks SET made_by = $2, made_with = $3, private = $4, description = $5, filter = $6,
                timeout_seconds = $7, paused = $8, disabled = $9, resumes = $10, updated_at = $11
            WHERE id = $1";
        let columns = Columns::of(endpoint, &self.0.context.cipher)?;
        let mut values = columns.values(endpoint);
        // Remove the last value, which is the health.
        values.pop();
        let now = millis(self.0.context.clock.now());
        values.push(now.into());
        Ok(self.0.connection.execute(SQL, &values).await? > 0)
    }

    /// Writes the endpoint's health.
    pub async fn set_health(&mut self, id: WebhookId, health: &EndpointHealth) -> Result<(), StorageError> {
        const SQL: &str = "UPDATE webhooks SET health = $2 WHERE id = $1";
        let (id, health) = (id.to_string(), serde_json::json!(health).to_string());
        self.0.connection.execute(SQL, &[id.as_str().into(), health.as_str().into()]).await?;
        Ok(())
    }

    /// Disables the endpoint, so that it gets no events until somebody resumes it. If it is already disabled, the
    /// first reason is kept.
    pub async fn disable(&mut self, id: WebhookId, reason: DisabledFor) -> Result<(), StorageError> {
        const SQL: &str = "UPDATE webhooks SET disabled = $2 WHERE id = $1 AND disabled IS NULL";
        self.0.connection.execute(SQL, &[id.to_string().as_str().into(), reason.code().into()]).await?;
        Ok(())
    }

    /// The endpoint with this id in any workspace. Only for the server itself, and not for requests of callers.
    pub async fn by_id(&mut self, id: WebhookId) -> Result<Option<Endpoint>, StorageError> {
        const SQL: &str = select!("WHERE id = $1");
        let row = self.0.connection.fetch_optional(SQL, &[id.to_string().as_str().into()]).await?;
        row.map(|row| endpoint(&row, &self.0.context.cipher)).transpose()
    }

    /// The endpoint with this id in this workspace.
    pub async fn get(
        &mut self,
        workspace: WorkspaceId,
        id: WebhookId,
    ) -> Result<Option<Endpoint>, StorageError> {
        Ok(self.by_id(id).await?.filter(|found| found.workspace_id == workspace))
    }

    /// At most `limit` endpoints that come after `after`, oldest first.
    pub async fn list(
        &mut self,
        workspace: WorkspaceId,
        after: Option<WebhookId>,
        limit: u32,
    ) -> Result<Vec<Endpoint>, StorageError> {
        const SQL: &str = select!("WHERE workspace_id = $1 AND ($2 IS NULL OR id > $2) ORDER BY id LIMIT $3");
        let (workspace, after) = (workspace.to_string(), after.map(|id| id.to_string()));
        let values = [workspace.as_str().into(), after.as_deref().into(), i64::from(limit).into()];
        let rows = self.0.connection.fetch_all(SQL, &values).await?;
        rows.iter().map(|row| endpoint(row, &self.0.context.cipher)).collect()
    }

    /// The number of endpoints of a workspace.
    pub async fn count(&mut self, workspace: WorkspaceId) -> Result<u32, StorageError> {
        const SQL: &str = "SELECT COUNT(*) AS number FROM webhooks WHERE workspace_id = $1";
        let row = self.0.connection.fetch_one(SQL, &[workspace.to_string().as_str().into()]).await?;
        Reader(&row).count("number")
    }

    /// The ids of all endpoints in all workspaces.
    pub async fn ids(&mut self) -> Result<Vec<WebhookId>, StorageError> {
        const SQL: &str = "SELECT id FROM webhooks ORDER BY id";
        let rows = self.0.connection.fetch_all(SQL, &[]).await?;
        rows.iter().map(|row| Reader(row).parse("id")).collect()
    }

    /// Deletes an endpoint and its deliveries. Returns false if the workspace has no endpoint with this id.
    pub async fn delete(&mut self, workspace: WorkspaceId, id: WebhookId) -> Result<bool, StorageError> {
        const SQL: &str = "DELETE FROM webhooks WHERE id = $1 AND workspace_id = $2";
        let (id, workspace) = (id.to_string(), workspace.to_string());
        Ok(self.0.connection.execute(SQL, &[id.as_str().into(), workspace.as_str().into()]).await? > 0)
    }
}

/// The encrypted part of a row. Each header is a pair of name and value.
#[derive(Serialize, Deserialize)]
struct Sealed {
    url: String,
    headers: Vec<(String, String)>,
    secret: [u8; 32],
    previous: Option<([u8; 32], Timestamp)>,
}

/// The column values that must live as long as the statement that uses them.
struct Columns {
    id: String,
    user: String,
    key: Option<String>,
    private: Vec<u8>,
    description: Option<Vec<u8>>,
    filter: String,
    disabled: Option<String>,
    health: String,
}

impl Columns {
    fn of(endpoint: &Endpoint, cipher: &Cipher) -> Result<Self, StorageError> {
        let Some(private) = &endpoint.private else {
            return Err(StorageError::unreadable("webhook", "what does not open is not written again"));
        };
        let pair = |header: &Header| (header.name.clone(), header.value.expose().clone());
        let sealed = Sealed {
            url: private.url.as_url().to_string(),
            headers: private.headers.iter().map(pair).collect(),
            secret: *private.secret.expose(),
            previous: private.previous_secret.as_ref().map(|(secret, until)| (*secret.expose(), *until)),
        };
        let plain =
            Zeroizing::new(serde_json::to_vec(&sealed).expect("it is made of texts, numbers and times"));
        let tag = row_tag(endpoint.id);
        Ok(Self {
            id: endpoint.id.to_string(),
            user: endpoint.maker.user.to_string(),
            key: endpoint.maker.key.map(|key| key.to_string()),
            private: cipher.seal(PRIVATE, &tag, &plain),
            description: endpoint
                .description
                .as_ref()
                .map(|description| cipher.seal(DESCRIPTION, &tag, description.as_bytes())),
            filter: serde_json::json!(endpoint.filter).to_string(),
            disabled: endpoint.disabled.map(text),
            health: serde_json::json!(endpoint.health).to_string(),
        })
    }

    fn values<'c>(&'c self, endpoint: &Endpoint) -> Vec<Value<'c>> {
        vec![
            self.id.as_str().into(),
            self.user.as_str().into(),
            self.key.as_deref().into(),
            self.private.as_slice().into(),
            self.description.as_deref().into(),
            self.filter.as_str().into(),
            i64::from(endpoint.timeout_seconds).into(),
            i64::from(endpoint.paused).into(),
            self.disabled.as_deref().into(),
            i64::from(endpoint.resumes).into(),
            self.health.as_str().into(),
        ]
    }
}

fn endpoint(row: &Row, cipher: &Cipher) -> Result<Endpoint, StorageError> {
    let row = Reader(row);
    let id: WebhookId = row.parse("id")?;
    let tag = row_tag(id);
    let description = row.get::<Option<Vec<u8>>>("description")?;
    let description = description.and_then(|sealed| cipher.open(DESCRIPTION, &tag, &sealed).ok());
    Ok(Endpoint {
        id,
        workspace_id: row.parse("workspace_id")?,
        maker: Maker { user: row.parse("made_by")?, key: row.optional("made_with")? },
        private: private(&row.get::<Vec<u8>>("private")?, &tag, cipher),
        description: description.and_then(|text| String::from_utf8(text).ok()),
        filter: row.json("filter")?,
        timeout_seconds: row.count("timeout_seconds")?,
        paused: row.get::<i64>("paused")? != 0,
        disabled: row.get::<Option<String>>("disabled")?.map(|_| row.code("disabled")).transpose()?,
        resumes: row.count("resumes")?,
        health: row.json("health")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

/// Decrypts the encrypted part. Returns `None` if that fails, or if this version does not support the format.
fn private(sealed: &[u8], tag: &Tag, cipher: &Cipher) -> Option<Private> {
    let plain = Zeroizing::new(cipher.open(PRIVATE, tag, sealed).ok()?);
    let Sealed { url, headers, secret, previous } = serde_json::from_slice(&plain).ok()?;
    let header = |(name, value): (String, String)| Header { name, value: Secret::new(value) };
    Some(Private {
        url: url.parse().ok()?,
        headers: headers.into_iter().map(header).collect(),
        secret: WebhookSecret::of(secret),
        previous_secret: previous.map(|(secret, until)| (WebhookSecret::of(secret), until)),
    })
}

/// The part of the associated data that binds the encrypted part to its row.
const fn row_tag(id: WebhookId) -> Tag {
    Tag::from_bytes(*id.as_bytes())
}
