//! Behaviour that only a real socket shows: slow clients, endless bodies, and the end of the server. Where a time
//! limit must pass, time is paused: the clock then jumps to the next timer as soon as nothing else happens.

use std::net::SocketAddr;

use linekeeper::http::{router, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::app::App;

struct Serving {
    app: App,
    address: SocketAddr,
    tasks: JoinSet<()>,
}

async fn serving() -> Serving {
    let app = App::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(serve(listener, router(app.services()), app.admission(), app.lifecycle.stopping().clone()));
    Serving { app, address, tasks }
}

impl Serving {
    async fn connection(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Begins a sign-in: sends the headers and waits until the server asks for the body of `length` bytes.
    async fn body_asked_for(&self, length: usize) -> TcpStream {
        let mut connection = self.connection().await;
        let headers = format!("{SIGN_IN}expect: 100-continue\r\ncontent-length: {length}\r\n\r\n");
        connection.write_all(headers.as_bytes()).await.unwrap();
        let mut asked = [0; 25];
        connection.read_exact(&mut asked).await.unwrap();
        assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
        connection
    }

    /// Sends `text` and returns everything that the server sends until it closes the connection.
    async fn exchange(&self, text: &str) -> String {
        let mut connection = self.connection().await;
        connection.write_all(text.as_bytes()).await.unwrap();
        read(&mut connection).await
    }
}

async fn read(connection: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset of the connection after the answer counts as the end of the answer.
    let _closed = connection.read_to_end(&mut bytes).await;
    String::from_utf8(bytes).unwrap()
}

const SIGN_IN: &str = "POST /api/v1/auth/sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";

#[tokio::test]
async fn a_request_body_that_never_ends_times_out() {
    let serving = serving().await;
    let mut connection = serving.body_asked_for(50).await;
    connection.write_all(b"{\"email\":").await.unwrap();
    tokio::time::pause();
    let answer = read(&mut connection).await;
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("\"body_timeout\""), "{answer}");
}

#[tokio::test]
async fn request_headers_that_never_end_time_out() {
    let serving = serving().await;
    tokio::time::pause();
    let answer = serving.exchange("GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ").await;
    assert!(!answer.contains("200 OK"), "{answer}");
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let serving = serving().await;
    let mut connection = serving.connection().await;
    connection.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut begin = [0; 15];
    connection.read_exact(&mut begin).await.unwrap();
    assert_eq!(&begin, b"HTTP/1.1 200 OK");
    tokio::time::pause();
    assert!(read(&mut connection).await.contains("\"alive\""));
}

#[tokio::test]
async fn a_body_of_100_mb_is_refused_by_its_declared_length() {
    let serving = serving().await;
    let answer = serving
        .exchange(&format!("{SIGN_IN}content-length: 104857600\r\nexpect: 100-continue\r\n\r\n"))
        .await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("\"body_too_large\""), "{answer}");
}

#[tokio::test]
async fn a_body_without_a_length_is_cut_off_at_the_limit() {
    let serving = serving().await;
    let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000));
    let answer =
        serving.exchange(&format!("{SIGN_IN}transfer-encoding: chunked\r\n\r\n{}", chunk.repeat(5))).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

/// A client may write the whole body before it reads, as proxies do. It must get the answer and not a connection
/// reset.
#[tokio::test]
async fn a_slightly_too_large_body_is_read_before_the_answer() {
    let serving = serving().await;
    let mut connection = serving.connection().await;
    let length = 900_000;
    let head = format!("{SIGN_IN}connection: close\r\ncontent-length: {length}\r\n\r\n");
    connection.write_all(head.as_bytes()).await.unwrap();
    for part in vec![b'x'; length].chunks(10_000) {
        connection.write_all(part).await.unwrap();
    }
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("\"body_too_large\""), "{answer}");
}

#[tokio::test]
async fn a_large_body_that_stops_arriving_is_still_answered() {
    let serving = serving().await;
    let mut connection = serving.connection().await;
    connection.write_all(format!("{SIGN_IN}content-length: 900000\r\n\r\nx").as_bytes()).await.unwrap();
    let answer = read(&mut connection).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn malformed_requests_are_refused_and_the_server_keeps_running() {
    let serving = serving().await;
    for rubbish in ["\0\0\0\0\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u{16}\u{3}\u{1}\r\n\r\n"] {
        let answer = serving.exchange(rubbish).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{rubbish:?}: {answer}");
    }
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(200_000));
    assert!(!serving.exchange(&long).await.contains("200 OK"));
    let answer = serving.exchange("GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn a_request_in_progress_finishes_while_the_server_stops() {
    let mut serving = serving().await;
    let body = r#"{"email":"ana@example.org","password":"x","more":1}"#;
    let (head, tail) = body.split_at(10);
    let mut connection = serving.body_asked_for(body.len()).await;
    connection.write_all(head.as_bytes()).await.unwrap();
    serving.app.lifecycle.stop();
    connection.write_all(tail.as_bytes()).await.unwrap();
    let answer = read(&mut connection).await;
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("unknown_field"), "{answer}");
    serving.tasks.join_next().await.unwrap().unwrap();
    assert!(TcpStream::connect(serving.address).await.is_err());
}
