//! Over a real socket, the server uses `X-Forwarded-For` only if a trusted proxy wrote it.

use linekeeper::credentials::api_key::NewApiKey;
use linekeeper::http::{Settings, router, serve};
use linekeeper_model::access::{Permission, Role};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::app::App;

/// The status of a request with each of these headers. The API key works only from 192.0.2.0/24.
async fn statuses(trusted: &[&str], headers: &[&str]) -> Vec<String> {
    let trusted_proxies = trusted.iter().map(|network| network.parse().unwrap()).collect();
    let app = App::with(false, Settings { trusted_proxies, ..Settings::default() }).await;
    let user = app.add_user("ana@example.org", Role::Owner, None).await;
    let new = NewApiKey {
        name: "x".parse().unwrap(),
        scopes: [Permission::WhatsappRead].into(),
        accounts: None,
        networks: vec!["192.0.2.0/24".parse().unwrap()],
        expires_at: None,
    };
    let key = app.with_new_key(&user, new).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut serving = JoinSet::new();
    serving.spawn(serve(listener, router(app.services()), app.admission(), app.lifecycle.stopping().clone()));
    let mut statuses = Vec::new();
    for header in headers {
        let head = format!(
            "GET /api/v1/auth/me HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-api-key: {}\r\n{header}\r\n",
            key.credential()
        );
        let mut connection = TcpStream::connect(address).await.unwrap();
        connection.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        statuses.push(answer.split(' ').nth(1).unwrap().to_owned());
    }
    statuses
}

/// The address of the client is in the audit log, and limits on sign-ins apply to it.
#[tokio::test]
async fn the_audit_log_names_the_client_behind_the_proxy() {
    let trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let app = App::with(false, Settings { trusted_proxies, ..Settings::default() }).await;
    let owner = app.owner().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut serving = JoinSet::new();
    serving.spawn(serve(listener, router(app.services()), app.admission(), app.lifecycle.stopping().clone()));
    let body = r#"{"email":"ana@example.org","password":"x"}"#;
    let request = format!(
        "POST /api/v1/auth/sign-in HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
         x-forwarded-for: 198.51.100.7\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    let entries = owner.get("/api/v1/audit?action=auth.sign_in_failed").await.json();
    assert_eq!(entries["data"][0]["address"], "198.51.100.7", "{entries}");
}

const HEADERS: [&str; 5] = [
    "",
    "x-forwarded-for: 192.0.2.1\r\n",
    "x-forwarded-for: 192.0.2.1, 198.51.100.1\r\n",
    "x-forwarded-for: 198.51.100.1\r\nx-forwarded-for: 192.0.2.1, 127.0.0.1\r\n",
    "forwarded: for=192.0.2.1\r\nx-real-ip: 192.0.2.1\r\n",
];

#[tokio::test]
async fn a_forwarded_address_is_ignored_unless_the_proxy_is_trusted() {
    assert_eq!(statuses(&[], &HEADERS).await, ["401"; 5]);
    assert_eq!(statuses(&["10.0.0.0/8"], &HEADERS).await, ["401"; 5]);
}

#[tokio::test]
async fn a_trusted_proxy_decides_the_address_of_the_client() {
    assert_eq!(statuses(&["127.0.0.0/8"], &HEADERS).await, ["401", "200", "401", "200", "401"]);
}
