//! The documentation page of the API is complete, has security headers, and can be cached.

use std::io::Read as _;

use flate2::read::GzDecoder;
use http::{Method, StatusCode, header};

use crate::answer::Answer;
use crate::app::{App, request};

const SCRIPT: &str = "/api/docs/swagger-ui.js";

async fn ask(app: &App, name: header::HeaderName, value: &str) -> Answer {
    app.send(request(Method::GET, SCRIPT).header(name, value).body(String::new()).unwrap()).await
}

#[tokio::test]
async fn the_docs_page_and_every_file_that_it_names_are_served() {
    let app = App::new().await;
    let page = app.get("/api/docs").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let html = page.text();
    assert!(!html.contains("<style") && !html.contains(" style=") && !html.contains("://"));
    let named = html.split('"').filter(|text| text.starts_with('/'));
    let mut files = 0;
    for path in named {
        let file = app.get(path).await;
        assert_eq!(file.status, 200, "{path}");
        assert!(!file.body.is_empty() && !file.header("content-type").contains("html"), "{path}");
        files += 1;
    }
    assert_eq!(files, 6);
    assert!(app.get("/api/docs/swagger-ui.LICENSE.txt").await.text().contains("Apache License"));
    assert!(!app.get("/api/docs/page.js").await.text().contains("://"), "it asks no other server");
}

#[tokio::test]
async fn large_files_are_compressed_and_cached() {
    let app = App::new().await;
    let plain = app.get(SCRIPT).await;
    assert!(plain.header("content-encoding").is_empty());
    let packed = ask(&app, header::ACCEPT_ENCODING, "gzip, deflate").await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert_eq!(packed.header("vary"), "accept-encoding");
    let mut unpacked = Vec::new();
    GzDecoder::new(packed.body.as_slice()).read_to_end(&mut unpacked).unwrap();
    assert!(unpacked == plain.body && packed.body.len() < plain.body.len() / 3);

    assert_eq!(packed.header("cache-control"), "no-cache");
    let again = ask(&app, header::IF_NONE_MATCH, packed.header("etag")).await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(ask(&app, header::IF_NONE_MATCH, "\"another\"").await.status, 200);
}
