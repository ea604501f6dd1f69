//! If one client has many connections or many waiting requests, the server still serves other clients.

use std::net::SocketAddr;

use linekeeper::http::{Capacity, Settings, router, serve_with_probe_thread};
use linekeeper_model::access::Role;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::app::App;
use crate::events::{PATIENCE, linked};

/// The address of the client that opens as many connections as it can. `OTHER` is the address of another client.
const GREEDY: &str = "127.0.0.1:0";
const OTHER: &str = "127.0.0.2:0";

/// A server with room for 64 connections. At the same time, one address may have 32 requests, and 16 of them may be
/// long requests, such as a wait for events. One credential may have 8 requests, and 4 of them may be long requests.
struct Small {
    app: App,
    address: SocketAddr,
    tasks: JoinSet<()>,
}

impl Small {
    async fn start() -> Self {
        let settings = Settings { capacity: Capacity::of_sockets(64), ..Settings::default() };
        let app = App::with(false, settings).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        let stopping = app.lifecycle.stopping().clone();
        let serving =
            serve_with_probe_thread(listener, router(app.services()), app.admission(), stopping).unwrap();
        tasks.spawn(serving);
        Self { app, address, tasks }
    }

    async fn connect(&self, from: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(from.parse().unwrap()).unwrap();
        socket.connect(self.address).await.unwrap()
    }

    /// Sends a request on a new connection and returns everything that the server sends back.
    async fn get(&self, from: &str, path: &str, key: Option<&str>) -> String {
        let mut connection = self.connect(from).await;
        ask(&mut connection, path, key, "close").await;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        answer
    }

    /// Begins a request that stays in progress, because the server waits for its body.
    async fn unfinished(&self, from: &str) -> TcpStream {
        let mut connection = self.connect(from).await;
        let head = "POST /api/v1/auth/sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                    expect: 100-continue\r\ncontent-length: 50\r\n\r\n";
        connection.write_all(head.as_bytes()).await.unwrap();
        let mut asked = [0; 25];
        connection.read_exact(&mut asked).await.unwrap();
        assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
        connection
    }
}

async fn ask(connection: &mut TcpStream, path: &str, key: Option<&str>, then: &str) {
    let key = key.map(|key| format!("x-api-key: {key}\r\n")).unwrap_or_default();
    let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\n{key}connection: {then}\r\n\r\n");
    connection.write_all(head.as_bytes()).await.unwrap();
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

#[tokio::test]
async fn idle_connections_do_not_block_new_connections() {
    let server = Small::start().await;
    let mut idle = Vec::new();
    for _ in 0..300 {
        idle.push(server.connect(GREEDY).await);
    }
    for from in [GREEDY, OTHER] {
        assert_eq!(status(&server.get(from, "/healthz", None).await), "200", "{from}");
        let refused = server.get(from, "/api/v1/events", None).await;
        assert!(refused.contains("\"credential_required\""), "{from}: {refused}");
    }
    // The server has closed the oldest connection. The newest ones are still open.
    let mut end = [0; 1];
    assert_eq!(idle[0].read(&mut end).await.unwrap_or(0), 0);
    ask(&mut idle[299], "/healthz", None, "close").await;
    let mut answer = String::new();
    idle[299].read_to_string(&mut answer).await.unwrap();
    assert_eq!(status(&answer), "200");
}

#[tokio::test]
async fn long_polls_of_one_key_leave_room_for_other_requests_and_keys() {
    let server = Small::start().await;
    let owner = server.app.owner().await;
    let other = server.app.member("ben@example.org", Role::Owner, None).await;
    let wait = "/api/v1/events?wait=60";
    let mut waiting = JoinSet::new();
    let mut connections = Vec::new();
    for _ in 0..20 {
        let mut connection = server.connect(GREEDY).await;
        ask(&mut connection, wait, Some(owner.credential()), "keep-alive").await;
        connections.push(connection);
    }
    for mut connection in connections {
        waiting.spawn(async move {
            let mut begin = [0; 12];
            connection.read_exact(&mut begin).await.unwrap();
            (String::from_utf8(begin.to_vec()).unwrap(), connection)
        });
    }
    // Four requests wait. The server refuses the others at once.
    for _ in 0..16 {
        let (begin, mut connection) = waiting.join_next().await.unwrap().unwrap();
        assert_eq!(begin, "HTTP/1.1 429");
        let mut rest = vec![0; 2_000];
        let length = connection.read(&mut rest).await.unwrap();
        let rest = String::from_utf8_lossy(&rest[..length]).into_owned();
        assert!(rest.contains("retry-after: 1"), "{rest}");
    }
    let short = server.get(GREEDY, "/api/v1/events", Some(owner.credential())).await;
    assert_eq!(status(&short), "200", "{short}");
    assert_eq!(status(&server.get(GREEDY, "/healthz", None).await), "200");
    // A client of another workspace waits from the same address, and gets its event.
    let mut of_other = server.connect(GREEDY).await;
    ask(&mut of_other, wait, Some(other.credential()), "close").await;
    server.app.until_waiting(5).await;
    let account = server.app.add_account(&other.user, "Shop", None).await;
    server.app.append(&other.user, account, linked()).await;
    let mut answer = String::new();
    of_other.read_to_string(&mut answer).await.unwrap();
    assert_eq!(status(&answer), "200", "{answer}");
}

#[tokio::test]
async fn an_address_at_its_request_limit_can_still_call_healthz_and_readyz() {
    let server = Small::start().await;
    let mut under_way = Vec::new();
    for _ in 0..32 {
        under_way.push(server.unfinished(GREEDY).await);
    }
    for probe in ["/healthz", "/readyz"] {
        let answer = server.get(GREEDY, probe, None).await;
        assert!(answer.contains("connection: close") && !answer.contains("too_many"), "{answer}");
    }
    let refused = server.get(GREEDY, "/api/v1/events", None).await;
    assert!(status(&refused) == "429" && refused.contains("\"too_many_requests\""), "{refused}");
    assert_eq!(status(&server.get(OTHER, "/api/v1/events", None).await), "401");
    // A request that ends makes room for another.
    drop(under_way);
    let room_again = async { while status(&server.get(GREEDY, "/api/v1/events", None).await) != "401" {} };
    tokio::time::timeout(PATIENCE, room_again).await.expect("the server notices that they left");
}

/// The test blocks the only thread of the runtime that serves the API, so only the probe thread can answer.
#[tokio::test]
async fn healthz_answers_while_the_api_runtime_is_busy() {
    use std::io::{Read as _, Write as _};
    let server = Small::start().await;
    let mut connection = std::net::TcpStream::connect(server.address).unwrap();
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    connection.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"alive\""), "{answer}");
}

#[tokio::test]
async fn a_connection_that_called_healthz_first_can_call_other_routes() {
    let server = Small::start().await;
    let mut connection = server.connect(OTHER).await;
    ask(&mut connection, "/healthz", None, "keep-alive").await;
    ask(&mut connection, "/readyz", None, "keep-alive").await;
    ask(&mut connection, "/api/v1/events", None, "close").await;
    let mut answers = String::new();
    connection.read_to_string(&mut answers).await.unwrap();
    let found = ["\"alive\"", "\"ready\":true", "\"credential_required\""].map(|part| answers.find(part));
    assert!(found.iter().all(Option::is_some) && found.is_sorted(), "{answers}");
}

#[tokio::test]
async fn stopping_closes_the_port_and_the_probe_connections() {
    let mut server = Small::start().await;
    let mut probing = server.connect(OTHER).await;
    ask(&mut probing, "/healthz", None, "keep-alive").await;
    let mut begin = [0; 12];
    probing.read_exact(&mut begin).await.unwrap();
    assert_eq!(&begin, b"HTTP/1.1 200");
    server.app.lifecycle.stop();
    let ended = tokio::time::timeout(PATIENCE, server.tasks.join_next()).await;
    ended.expect("serving ends").unwrap().unwrap();
    probing.read_to_end(&mut Vec::new()).await.unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}
