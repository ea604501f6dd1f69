//! A server on a socket, with an Owner, an account and its OpenAPI document, and functions that send raw requests.

use std::net::SocketAddr;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use linekeeper::http::{router, serve};
use linekeeper_model::access::Role;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::answer::Answer;
use crate::app::App;

/// The server that receives the hostile requests.
pub struct Target {
    address: SocketAddr,
    account: String,
    /// The access token, as the `Authorization` header contains it.
    token: String,
    codes: Vec<Value>,
    document: Value,
    _serving: JoinSet<()>,
    _app: App,
}

/// A route that writes.
#[derive(Debug, Clone)]
pub struct Route {
    pub method: String,
    /// The path, with `{}` in place of ids.
    pub path: String,
    /// The fields of its body; `None` if it has no body.
    pub fields: Option<Vec<String>>,
}

impl Target {
    pub async fn new() -> Self {
        let app = App::new().await;
        let user = app.add_user("ana@example.org", Role::Owner, None).await;
        let account = app.add_account(&user, "Shop", Some("+15551234567")).await.to_string();
        // A signed-in Owner, because nobody has more rights.
        let token = app.signed_in(&user).await.credential().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut serving = JoinSet::new();
        serving.spawn(serve(
            listener,
            router(app.services()),
            app.admission(),
            app.lifecycle.stopping().clone(),
        ));
        let document = linekeeper::http::openapi();
        let codes = document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"].clone();
        let codes = codes.as_array().unwrap().clone();
        Self { address, account, token, codes, document, _serving: serving, _app: app }
    }

    /// All routes that write and take JSON or no body. Routes that take a file are left out, because they accept
    /// any bytes.
    pub fn routes(&self) -> Vec<Route> {
        let mut routes = Vec::new();
        for (path, item) in self.document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap().iter().filter(|(method, _)| *method != "get")
            {
                let body = operation.get("requestBody");
                if body.is_some_and(|body| body["content"].get("application/json").is_none()) {
                    continue;
                }
                routes.push(Route {
                    method: method.to_uppercase(),
                    path: path.clone(),
                    fields: body.map(|body| self.fields_of(body)),
                });
            }
        }
        assert!(routes.len() > 10, "{routes:?}");
        routes
    }

    fn fields_of(&self, body: &Value) -> Vec<String> {
        let schema = &body["content"]["application/json"]["schema"];
        let name = schema["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
        let fields = &self.document["components"]["schemas"][name]["properties"];
        fields.as_object().unwrap().keys().cloned().collect()
    }

    /// The path of `route`, with the account's id in place of every id.
    pub fn path(&self, route: &Route) -> String {
        with_ids(&route.path, &self.account)
    }

    pub async fn connection(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// The head of a request with the Owner's access token, without the empty line at its end.
    pub fn head(&self, method: &str, path: &str) -> String {
        format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\nconnection: close\r\n",
            self.token
        )
    }

    /// Sends `bytes` and reads the whole answer.
    pub async fn exchange(&self, bytes: &[u8]) -> Option<Answer> {
        let mut connection = self.connection().await;
        // The server may answer and close before everything was sent.
        let _closed_early = connection.write_all(bytes).await;
        received(&mut connection).await
    }

    /// Sends a body to a route and returns the answer. Fails if none comes.
    pub async fn send(&self, route: &Route, content_type: &str, body: &[u8]) -> Answer {
        let head = self.head(&route.method, &self.path(route));
        let head = format!("{head}content-type: {content_type}\r\ncontent-length: {}\r\n\r\n", body.len());
        let sent = [head.as_bytes(), body].concat();
        self.exchange(&sent).await.unwrap_or_else(|| panic!("no answer of {route:?}"))
    }

    /// Checks that the answer is a documented client error.
    #[track_caller]
    pub fn assert_refused(&self, answer: &Answer, what: &str) {
        assert!(answer.status.is_client_error(), "{what}: {} {}", answer.status, answer.text());
        assert_eq!(answer.header("content-type"), "application/problem+json", "{what}: {}", answer.status);
        let problem = answer.json();
        assert_eq!(problem["status"], answer.status.as_u16(), "{what}");
        assert_eq!(problem["requestId"], answer.header("x-request-id"), "{what}");
        assert!(self.codes.contains(&problem["code"]), "{what}: {problem}");
        let members: Vec<&String> = problem.as_object().unwrap().keys().collect();
        assert_eq!(members, ["code", "detail", "errors", "requestId", "status", "title", "type"], "{what}");
    }

    /// What the hostile requests could have changed, as the Owner sees it.
    pub async fn state(&self) -> String {
        let mut seen = String::new();
        for path in ["/whatsapp/accounts", "/events?after=0&limit=500", "/auth/me"] {
            let asked = self.head("GET", &format!("/api/v1{path}")) + "\r\n";
            let answer = self.exchange(asked.as_bytes()).await.unwrap();
            assert_eq!(answer.status, 200, "the server lives on");
            seen += &answer.text();
        }
        seen
    }
}

/// `path` with `id` in place of every id.
pub fn with_ids(path: &str, id: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { id } else { part }).collect::<Vec<_>>().join("/")
}

/// The answer of the server, or `None` if the connection ended without a complete one.
pub async fn received(connection: &mut TcpStream) -> Option<Answer> {
    let mut bytes = Vec::new();
    // A reset of the connection after the answer counts as the end of the answer.
    let _closed = connection.read_to_end(&mut bytes).await;
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse::<StatusCode>().unwrap();
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap()));
    Some(Answer { status, headers: HeaderMap::from_iter(headers), body: bytes[end + 4..].to_vec() })
}
