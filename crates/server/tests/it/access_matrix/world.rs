//! A server with two workspaces. Each caller has a credential and a separate resource to ask for, so that no answer
//! depends on earlier calls.

use std::time::Duration;

use http::Method;
use linekeeper::credentials::Tokens;
use linekeeper::credentials::api_key::NewApiKey;
use linekeeper::credentials::foreign_token::TrustedKeys;
use linekeeper::credentials::token::REFRESH_LIFETIME;
use linekeeper_model::Timestamp;
use linekeeper_model::access::{Permission, Role};
use linekeeper_model::clock::Clock as _;
use linekeeper_model::event::Filter;
use linekeeper_model::id::{AccountId, InvitationId, PairingLinkId, SignInId, UserId, WebhookId};
use linekeeper_model::secret::Secret;
use linekeeper_model::user::Member;
use linekeeper_model::webhook::{Endpoint, EndpointHealth, Maker, Private, WebhookSecret};
use linekeeper_storage::testing::Inspector;
use linekeeper_storage::{ForeignStanding, Invitation, LinkHash, PairingLink, SignIn, TokenHash};
use serde_json::json;
use uuid::Uuid;

use super::actors::{Actor, Credential, Issued, Limit, Relation};
use super::operations::{Operation, Thing};
use crate::answer::Answer;
use crate::app::{App, request};
use crate::foreign_tokens::issuer::{AUDIENCE, ISSUER, signed_with_secret, trusted};

const CRM_SECRET: &str = "a secret of forty characters, no fewer..";

/// A server with two workspaces, and the credentials and ids for the calls of all callers.
pub struct World {
    pub app: App,
    rows: Inspector,
    operation: &'static Operation,
    targets: Vec<Target>,
    headers: Vec<Option<(&'static str, String)>>,
}

/// The ids that one caller asks for.
#[derive(Debug, Clone)]
pub struct Target {
    account: String,
    link: String,
    /// The id of the workspace, member, invitation, webhook or sign-in.
    other: String,
}

impl Target {
    /// Ids of resources that do not exist.
    pub fn absent() -> Self {
        let id = || Uuid::from_u128(rand::random()).to_string();
        Self { account: id(), link: id(), other: id() }
    }
}

/// The users who exist before the calls.
struct People {
    owner: Member,
    admin: Member,
    agent: Member,
    viewer: Member,
    colleague: Member,
    foreigner: Member,
}

impl World {
    pub async fn new(operation: &'static Operation, actors: Vec<Actor>) -> Self {
        let mut app = App::with_room_for(1_000).await;
        app.trust(trusted(TrustedKeys::Secret(Secret::new(CRM_SECRET.to_owned()))));
        let people = People::new(&app).await;
        let rows = app.rows().await;
        let mut world = Self { app, rows, operation, targets: Vec::new(), headers: Vec::new() };
        for actor in &actors {
            let target = world.make_target(&people, actor).await;
            world.targets.push(target);
            let header = world.header(&people, actor).await;
            world.headers.push(header);
        }
        world.app.registry.restore().await.unwrap();
        world
    }

    pub fn target(&self, index: usize) -> &Target {
        &self.targets[index]
    }

    /// Sends the request of one caller. All requests have the same request id, so that whole answers can be
    /// compared.
    pub async fn ask(&self, method: &str, path: &str, index: usize, target: &Target) -> Answer {
        let mut path = path.replace("{accountId}", &target.account);
        for id in ["{messageId}", "{chatId}", "{contactId}", "{mediaId}", "{deliveryId}"] {
            path = path.replace(id, &Target::absent().link);
        }
        for id in ["{linkId}", "{keyId}"] {
            path = path.replace(id, &target.link);
        }
        for id in ["{workspaceId}", "{userId}", "{invitationId}", "{signInId}", "{webhookId}"] {
            path = path.replace(id, &target.other);
        }
        let mut asked = request(Method::from_bytes(method.as_bytes()).unwrap(), &path);
        asked = asked.header("x-request-id", "matrix");
        if let Some((name, value)) = &self.headers[index] {
            asked = asked.header(*name, value);
        }
        let body = self.operation.body.replace("{id}", &target.account);
        if !body.is_empty() {
            asked = asked.header("content-type", "application/json");
        }
        self.app.send(asked.body(body).unwrap()).await
    }

    pub async fn end(self) {
        self.app.lifecycle.stop();
        self.app.storage.close().await;
    }

    async fn make_target(&self, people: &People, actor: &Actor) -> Target {
        if self.operation.thing == Thing::None {
            return Target::absent();
        }
        let app = &self.app;
        let own = people.with_role(actor.role);
        let holder = match actor.relation {
            Relation::Own => own,
            Relation::Shared | Relation::Colleagues => &people.colleague,
            Relation::Foreign => &people.foreigner,
        };
        let phone = format!("+1555{:07}", self.targets.len() + 1);
        let account = app.add_account(holder, "Shop", Some(&phone)).await;
        if actor.relation == Relation::Shared {
            let share = format!(
                "INSERT INTO account_shares (account_id, user_id, created_at) VALUES ('{account}', '{}', 0)",
                own.user.id
            );
            assert_eq!(self.rows.execute(&share).await, 1);
        }
        let link = match self.operation.thing {
            Thing::PairingLink => self.make_link(holder, account).await.to_string(),
            _ => Target::absent().link,
        };
        let other = match self.operation.thing {
            Thing::Workspace => holder.workspace_id.to_string(),
            Thing::Member | Thing::Share => self.make_member(holder).await,
            Thing::Invitation => self.make_invitation(holder).await,
            Thing::Webhook => self.make_webhook(holder).await,
            Thing::SignIn => self.sign_in(holder).await.to_string(),
            Thing::Account | Thing::PairingLink | Thing::None => Target::absent().other,
        };
        Target { account: account.to_string(), link, other }
    }

    /// Adds an Agent to the workspace.
    async fn make_member(&self, beside: &Member) -> String {
        let email = format!("m{}@example.org", self.targets.len());
        member(&self.app, &email, Role::Agent, beside).await.user.id.to_string()
    }

    async fn make_invitation(&self, by: &Member) -> String {
        let now = self.app.clock.now();
        let invitation = Invitation {
            id: InvitationId::generate(now, &mut rand::rng()),
            workspace_id: by.workspace_id,
            email: format!("i{}@example.org", self.targets.len()).parse().unwrap(),
            role: Role::Agent,
            token: LinkHash(rand::random()),
            created_by: Some(by.user.id),
            made_with: None,
            is_mailed: false,
            created_at: now,
            expires_at: now + Duration::from_secs(3_600),
        };
        let mut tx = self.app.storage.begin().await.unwrap();
        tx.invitations().replace(&invitation).await.unwrap();
        tx.commit().await.unwrap();
        invitation.id.to_string()
    }

    /// A webhook to a port on which nothing listens.
    async fn make_webhook(&self, by: &Member) -> String {
        let now = self.app.clock.now();
        let endpoint = Endpoint {
            id: WebhookId::generate(now, &mut rand::rng()),
            workspace_id: by.workspace_id,
            maker: Maker { user: by.user.id, key: None },
            private: Some(Private {
                url: "https://127.0.0.1:1/".parse().unwrap(),
                headers: Vec::new(),
                secret: WebhookSecret::of([7; 32]),
                previous_secret: None,
            }),
            description: None,
            filter: Filter::default(),
            timeout_seconds: 1,
            paused: false,
            disabled: None,
            resumes: 0,
            health: EndpointHealth::default(),
            created_at: now,
            updated_at: now,
        };
        let mut tx = self.app.storage.begin().await.unwrap();
        tx.webhooks().insert(&endpoint).await.unwrap();
        tx.commit().await.unwrap();
        endpoint.id.to_string()
    }

    async fn make_link(&self, holder: &Member, account_id: AccountId) -> PairingLinkId {
        let now = self.app.clock.now();
        let link = PairingLink {
            id: PairingLinkId::generate(now, &mut rand::rng()),
            workspace_id: holder.workspace_id,
            account_id,
            created_by: holder.user.id,
            made_with: None,
            token: LinkHash(rand::random()),
            created_at: now,
            expires_at: now + Duration::from_secs(3_600),
            opened_at: None,
            revoked_at: None,
        };
        let mut tx = self.app.storage.begin().await.unwrap();
        tx.pairing_links().insert(&link).await.unwrap();
        tx.commit().await.unwrap();
        link.id
    }

    async fn header(&self, people: &People, actor: &Actor) -> Option<(&'static str, String)> {
        let member = people.with_role(actor.role);
        let now = self.app.clock.now();
        match &actor.credential {
            Credential::None => None,
            Credential::Rubbish((name, value)) => Some((name, (*value).to_owned())),
            Credential::Token => Some(self.token(member, now).await),
            Credential::ExpiredToken => Some(self.token(member, now - Duration::from_secs(15 * 60)).await),
            Credential::Key { scopes, limit } => {
                let key = self.key(member, scopes, *limit, Duration::from_secs(3_600)).await;
                if *limit == Limit::OtherAccounts {
                    self.let_the_last_key_list(people).await;
                }
                Some(("x-api-key", key))
            }
            Credential::ForeignToken(issued) => Some(self.foreign_token(people, actor.role, *issued).await),
            Credential::ExpiredKey => {
                let lifetime = Duration::from_millis(1);
                let key = self.key(member, &["whatsapp:read"], Limit::Time, lifetime).await;
                self.app.clock.advance(Duration::from_millis(1));
                Some(("x-api-key", key))
            }
        }
    }

    async fn token(&self, member: &Member, at: linekeeper_model::Timestamp) -> (&'static str, String) {
        let sign_in = self.sign_in(member).await;
        let tokens = Tokens::open(&self.app.storage).await.unwrap();
        let access = tokens.access(member.user.id, sign_in, at);
        ("authorization", format!("Bearer {}", access.text.expose()))
    }

    async fn sign_in(&self, member: &Member) -> SignInId {
        let now = self.app.clock.now();
        let sign_in = SignIn {
            id: SignInId::generate(now, &mut rand::rng()),
            user_id: member.user.id,
            workspace_id: member.workspace_id,
            agent: None,
            token: TokenHash(rand::random()),
            created_at: now,
            used_at: None,
            expires_at: now + REFRESH_LIFETIME,
        };
        let mut tx = self.app.storage.begin().await.unwrap();
        tx.sign_ins().insert(&sign_in).await.unwrap();
        tx.commit().await.unwrap();
        sign_in.id
    }

    async fn key(&self, member: &Member, scopes: &[&str], limit: Limit, lifetime: Duration) -> String {
        let parsed = |scope: &&str| serde_json::from_value::<Permission>((*scope).into()).unwrap();
        // Ids are ordered by their time in milliseconds. The clock moves, so that the next id is later.
        self.app.clock.advance(Duration::from_millis(1));
        let here = || "::/128".parse().unwrap();
        let new = NewApiKey {
            name: "matrix".parse().unwrap(),
            scopes: scopes.iter().map(parsed).collect(),
            accounts: None,
            networks: if limit == Limit::Networks { vec![here()] } else { Vec::new() },
            expires_at: (limit == Limit::Time).then(|| self.app.clock.now() + lifetime),
        };
        self.app.with_new_key(member, new).await.credential().to_owned()
    }

    /// Creates a CRM user whose role was just changed. Returns a header with a token of this user. The token was
    /// issued before or after the change. In both cases, the role in the token is `role`.
    async fn foreign_token(&self, people: &People, role: &str, issued: Issued) -> (&'static str, String) {
        let now = self.app.clock.now();
        let changed_at = Timestamp::from_second(now.as_second()).unwrap();
        let (id, workspace) = (UserId::generate(now, &mut rand::rng()), people.owner.workspace_id);
        let name = format!("{ISSUER}|{id}").parse().unwrap();
        let (stored, at) = match issued {
            Issued::AfterTheLastChange => (role, changed_at),
            Issued::BeforeTheLastChange => ("viewer", changed_at - Duration::from_secs(10)),
        };
        let stored = serde_json::from_value(stored.into()).unwrap();
        let mut tx = self.app.storage.begin().await.unwrap();
        tx.users().insert_external(id, &name).await.unwrap();
        tx.members().insert(workspace, id, stored, false).await.unwrap();
        tx.foreign_standings().lock(workspace, &name).await.unwrap();
        let standing = ForeignStanding { changed_at, seen_at: changed_at };
        tx.foreign_standings().update(workspace, &name, standing).await.unwrap();
        tx.commit().await.unwrap();
        let claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "iat": at.as_second(), "exp": at.as_second() + 3_600, "sub": id.to_string(),
            "role": role, "workspace": workspace.to_string()
        });
        ("authorization", format!("Bearer {}", signed_with_secret(CRM_SECRET, &claims)))
    }

    /// Limits the last created key to an account that nobody asks for.
    async fn let_the_last_key_list(&self, people: &People) {
        let other = self.app.add_account(&people.owner, "Other", None).await;
        let last = "(SELECT MAX(id) FROM api_keys)";
        let list = format!("UPDATE api_keys SET listed_accounts = 1 WHERE id = {last}");
        assert_eq!(self.rows.execute(&list).await, 1);
        let account = format!("INSERT INTO api_key_accounts (key_id, account_id) VALUES ({last}, '{other}')");
        assert_eq!(self.rows.execute(&account).await, 1);
    }
}

impl People {
    async fn new(app: &App) -> Self {
        let owner = app.add_user("ana@example.org", Role::Owner, None).await;
        let foreign = app.add_user("eve@example.org", Role::Owner, None).await;
        let member = async |email: &str, role| member(app, email, role, &owner).await;
        Self {
            admin: member("dora@example.org", Role::Admin).await,
            agent: member("ben@example.org", Role::Agent).await,
            viewer: member("vera@example.org", Role::Viewer).await,
            colleague: member("carl@example.org", Role::Agent).await,
            foreigner: foreign,
            owner: owner.clone(),
        }
    }

    fn with_role(&self, role: &str) -> &Member {
        match role {
            "owner" => &self.owner,
            "admin" => &self.admin,
            "agent" => &self.agent,
            "viewer" => &self.viewer,
            other => panic!("no role is called {other}"),
        }
    }
}

/// Adds a member who has the same password as `beside`. The password's hash is copied, so the password is hashed only
/// once.
async fn member(app: &App, email: &str, role: Role, beside: &Member) -> Member {
    let id = UserId::generate(app.clock.now(), &mut rand::rng());
    let mut tx = app.storage.begin().await.unwrap();
    let hash = tx.users().password(beside.user.id).await.unwrap().unwrap();
    tx.users().insert(id, &email.parse().unwrap(), &hash).await.unwrap();
    tx.members().insert(beside.workspace_id, id, role, false).await.unwrap();
    let member = tx.members().get(beside.workspace_id, id).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    member
}
