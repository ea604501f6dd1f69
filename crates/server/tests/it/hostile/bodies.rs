//! Request bodies that are not JSON, that are almost JSON, or that contain JSON which no client would send.

use tokio::io::AsyncWriteExt as _;

use super::target::{Route, Target, received};

const JSON: &str = "application/json";

fn utf16(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes_of).collect()
}

/// Bodies that every route must refuse, with their content types.
fn never_taken() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let deep = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
    let plain = b"{\"displayName\":\"x\"}".to_vec();
    vec![
        ("nothing at all", JSON, Vec::new()),
        ("deep lists", JSON, format!("{{\"a\":{}}}", deep(20_000)).into_bytes()),
        ("deep lists that never end", JSON, "[".repeat(60_000).into_bytes()),
        ("deep objects", JSON, "{\"a\":".repeat(10_000).into_bytes()),
        ("a list", JSON, b"[{}]".to_vec()),
        ("a text", JSON, b"\"text\"".to_vec()),
        ("null", JSON, b"null".to_vec()),
        ("a huge exponent", JSON, b"{\"a\":1e400}".to_vec()),
        ("a number of 10001 digits", JSON, format!("{{\"a\":1{}}}", "0".repeat(10_000)).into_bytes()),
        ("not a number", JSON, b"{\"a\":NaN}".to_vec()),
        ("a byte order mark", JSON, b"\xef\xbb\xbf{}".to_vec()),
        ("UTF-16, little end first", JSON, utf16("\u{feff}{}", u16::to_le_bytes)),
        ("UTF-16, big end first", JSON, utf16("\u{feff}{}", u16::to_be_bytes)),
        ("bytes that are no UTF-8", JSON, b"{\"a\":\"\xff\xfe\xc0\x80\"}".to_vec()),
        ("half of a pair of surrogates", JSON, b"{\"a\":\"\\ud800\"}".to_vec()),
        ("half of a pair in a name", JSON, b"{\"\\udc00\":1}".to_vec()),
        ("a bare control character", JSON, b"{\"a\":\"\x00\x01\"}".to_vec()),
        ("a comma too many", JSON, b"{\"a\":1,}".to_vec()),
        ("two documents", JSON, b"{}{}".to_vec()),
        ("a comment", JSON, b"{/* */}".to_vec()),
        ("no field that is known", JSON, b"{\"__proto__\":{},\"constructor\":1,\"\\u0000\":2}".to_vec()),
        ("a thousand fields", JSON, format!("{{{}\"z\":1}}", "\"a\":1,".repeat(1_000)).into_bytes()),
        ("text", "text/plain", plain.clone()),
        ("a form", "application/x-www-form-urlencoded", b"displayName=x".to_vec()),
        ("parts", "multipart/form-data; boundary=x", b"--x\r\n\r\nx\r\n--x--".to_vec()),
        (
            "XML",
            "application/xml",
            b"<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>".to_vec(),
        ),
        ("no media type that could be one", "\u{1f600}", plain.clone()),
        ("two media types", "application/json\r\ncontent-type: text/plain", b"[]".to_vec()),
        ("10 MB", JSON, vec![b' '; 10 << 20]),
    ]
}

/// Values that every field must refuse.
const NO_VALUE: [&str; 6] = [
    "1e308",
    "-1.5e-300",
    "340282366920938463463374607431768211456",
    "[[[[[[]]]]]]",
    "{\"a\":{\"a\":{}}}",
    "[true,false,null]",
];

#[tokio::test]
async fn hostile_bodies_are_refused_by_every_route() {
    let target = Target::new().await;
    let before = target.state().await;
    for route in target.routes().iter().filter(|route| route.fields.is_some()) {
        for (what, content_type, body) in never_taken() {
            let answer = target.send(route, content_type, &body).await;
            target.assert_refused(&answer, &format!("{what} to {route:?}"));
        }
    }
    assert_eq!(target.state().await, before);
}

#[tokio::test]
async fn hostile_field_values_are_refused_by_every_route() {
    let target = Target::new().await;
    let before = target.state().await;
    for route in target.routes() {
        for field in route.fields.iter().flatten() {
            let twice = format!("{{\"{field}\":null,\"{field}\":null}}");
            let long = format!("{{\"{field}\":\"{}\"}}", "x".repeat(60_000));
            let control = format!("{{\"{field}\":\"\\u0000\\u001b[2J\\r\\nx-evil: 1\"}}");
            let odd = NO_VALUE.map(|value| format!("{{\"{field}\":{value}}}"));
            for body in odd.iter().chain([&twice, &long, &control]) {
                let answer = target.send(&route, JSON, body.as_bytes()).await;
                let what = format!("{} to {route:?}", &body[..body.len().min(80)]);
                target.assert_refused(&answer, &what);
                assert!(!answer.text().contains("xxxxxxxx"), "{what} is repeated");
                assert!(answer.headers.get("x-evil").is_none(), "{what}");
            }
        }
    }
    assert_eq!(target.state().await, before);
}

/// The head of a request to `route` whose body is chunked.
fn chunked(target: &Target, route: &Route) -> String {
    let head = target.head(&route.method, &target.path(route));
    format!("{head}content-type: {JSON}\r\ntransfer-encoding: chunked\r\n\r\n")
}

#[tokio::test]
async fn malformed_chunks_are_refused() {
    let target = Target::new().await;
    let before = target.state().await;
    for route in target.routes().iter().filter(|route| route.fields.is_some()) {
        for chunks in
            ["zz\r\n{}\r\n0\r\n\r\n", "ffffffffffffffffff\r\n{}", "-1\r\n{}\r\n", "2\r\n{}}}}}}\r\n0\r\n\r\n"]
        {
            let sent = chunked(&target, route) + chunks;
            let answer = target.exchange(sent.as_bytes()).await;
            let what = format!("{chunks:?} to {route:?}");
            target.assert_refused(&answer.unwrap_or_else(|| panic!("no answer: {what}")), &what);
        }
        // The two headers contradict each other about the length of the body. Such a request could hide a second
        // one.
        let head = target.head(&route.method, &target.path(route));
        let both = format!(
            "{head}content-type: {JSON}\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n1\r\n[\r\n0\r\n\r\n"
        );
        if let Some(answer) = target.exchange(both.as_bytes()).await {
            assert!(answer.status.is_client_error(), "{route:?}: {}", answer.status);
        }
    }
    assert_eq!(target.state().await, before);
}

#[tokio::test]
async fn incomplete_bodies_are_refused() {
    let target = Target::new().await;
    let before = target.state().await;
    for route in target.routes().iter().filter(|route| route.fields.is_some()) {
        let head = target.head(&route.method, &target.path(route));
        let mut connection = target.connection().await;
        let sent = format!("{head}content-type: {JSON}\r\ncontent-length: 100\r\n\r\n{{\"a\":");
        connection.write_all(sent.as_bytes()).await.unwrap();
        connection.shutdown().await.unwrap();
        // The server may or may not answer a client that disconnects.
        if let Some(answer) = received(&mut connection).await {
            target.assert_refused(&answer, &format!("{route:?}"));
        }
    }
    assert_eq!(target.state().await, before);
}

#[tokio::test]
async fn very_slow_bodies_time_out() {
    let target = Target::new().await;
    let routes = target.routes();
    for route in routes.iter().filter(|route| route.fields.is_some()).take(4) {
        let mut connection = target.connection().await;
        let head = target.head(&route.method, &target.path(route));
        let asking =
            format!("{head}content-type: {JSON}\r\nexpect: 100-continue\r\ncontent-length: 50\r\n\r\n");
        connection.write_all(asking.as_bytes()).await.unwrap();
        let mut asked = [0; 25];
        tokio::io::AsyncReadExt::read_exact(&mut connection, &mut asked).await.unwrap();
        connection.write_all(b"{").await.unwrap();
        tokio::time::pause();
        let answer = received(&mut connection).await.unwrap();
        tokio::time::resume();
        target.assert_refused(&answer, &format!("{route:?}"));
        assert_eq!(answer.json()["code"], "body_timeout");
    }
}
