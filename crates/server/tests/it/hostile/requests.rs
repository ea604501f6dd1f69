//! Unknown methods, thousands of headers, invalid credentials, and all kinds of queries.

use super::target::Target;

#[tokio::test]
async fn unknown_methods_are_refused() {
    let target = Target::new().await;
    let before = target.state().await;
    let paths: std::collections::BTreeSet<String> =
        target.routes().iter().map(|route| target.path(route)).collect();
    for path in paths {
        for method in ["BREW", "TRACE", "OPTIONS", "LOCK", "get", "Post"] {
            let asked = format!("{}content-length: 0\r\n\r\n", target.head(method, &path));
            let answer = target.exchange(asked.as_bytes()).await.unwrap();
            target.assert_refused(&answer, &format!("{method} {path}"));
            assert_eq!(answer.status, 405, "{method} {path}");
            assert!(!answer.header("allow").is_empty(), "{method} {path}");
        }
    }
    assert_eq!(target.state().await, before);
}

#[tokio::test]
async fn thousands_of_headers_are_refused() {
    let target = Target::new().await;
    let before = target.state().await;
    for route in target.routes() {
        for flood in ["x-flood: 1\r\n".repeat(5_000), format!("x-flood: {}\r\n", "x".repeat(200_000))] {
            let head = target.head(&route.method, &target.path(&route));
            let asked = format!("{head}{flood}content-length: 0\r\n\r\n");
            // The server may refuse such a request before it reaches the API, and then sends no problem document.
            if let Some(answer) = target.exchange(asked.as_bytes()).await {
                assert!(answer.status.is_client_error(), "{route:?}: {}", answer.status);
            }
        }
    }
    assert_eq!(target.state().await, before);
}

#[tokio::test]
async fn malformed_credentials_are_refused() {
    let target = Target::new().await;
    let before = target.state().await;
    let huge = format!("x-api-key: {}", "lk_".repeat(5_000));
    let odd = [
        "x-api-key: ",
        "x-api-key: lk_",
        "x-api-key: \u{fffd}\u{1f600}",
        "authorization: Basic YTpi",
        "authorization: Bearer",
        "authorization: Bearer eyJhbGciOiJub25lIn0.e30.",
        "authorization: Bearer a b c",
        "x-api-key: lk_a\r\nx-api-key: lk_b",
        huge.as_str(),
    ];
    for route in target.routes().iter().filter(|route| !route.path.starts_with("/api/v1/auth/")) {
        for credential in odd {
            let path = target.path(route);
            let body = if route.fields.is_some() { "content-type: application/json\r\n" } else { "" };
            let asked = format!(
                "{} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{credential}\r\n{body}content-length: 2\r\n\r\n{{}}",
                route.method
            );
            let answer = target.exchange(asked.as_bytes()).await.unwrap();
            target.assert_refused(&answer, &format!("{credential:.60} to {route:?}"));
        }
    }
    assert_eq!(target.state().await, before);
}

#[tokio::test]
async fn hostile_queries_are_refused() {
    let target = Target::new().await;
    let document = linekeeper::http::openapi();
    for (path, item) in document["paths"].as_object().unwrap() {
        let parameters = item["get"]["parameters"].as_array().into_iter().flatten();
        for name in parameters.filter(|p| p["in"] == "query").map(|p| p["name"].as_str().unwrap()) {
            for value in
                ["%00", "%ff", "-1", "1e9", "99999999999999999999999", "a&a", "1%2C2", "%F0%9F%98%80", "null"]
            {
                let route = path.replace("{accountId}", "01890a5d-ac96-774b-bcce-b302099a8057");
                let asked = target.head("GET", &format!("{route}?{name}={value}&{name}={value}")) + "\r\n";
                let answer = target.exchange(asked.as_bytes()).await.unwrap();
                target.assert_refused(&answer, &format!("{path} {name}={value}"));
            }
        }
    }
    // The largest position that the database can hold, the next larger number, and the largest number that the API
    // can read. None of them may cause a server error.
    for after in ["9223372036854775807", "9223372036854775808", "18446744073709551615"] {
        let asked = target.head("GET", &format!("/api/v1/events?after={after}")) + "\r\n";
        let answer = target.exchange(asked.as_bytes()).await.unwrap();
        assert!(!answer.status.is_server_error(), "{after}: {}", answer.status);
    }
    target.state().await;
}
