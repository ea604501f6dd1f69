//! The pages for browsers, and the headers of every answer.

use crate::app::App;

#[tokio::test]
async fn a_new_server_redirects_to_its_setup_page() {
    let app = App::fresh().await;
    let root = app.get("/").await;
    assert_eq!((root.status.as_u16(), root.header("location")), (303, "/setup"));
}

#[tokio::test]
async fn the_forms_load_only_files_of_the_server() {
    let app = App::fresh().await;
    for path in ["/setup", "/invitation", "/reset-password"] {
        let page = app.get(path).await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
        let policy = page.header("content-security-policy");
        assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
        let html = page.text();
        assert!(!html.contains("<style") && !html.contains(" style=") && !html.contains(" onclick="));
        assert!(!html.contains("://"), "no address of another server");
        let own = format!("{path}/page.js");
        for (file, kind) in [
            ("/pages/page.css", "text/css"),
            (own.as_str(), "text/javascript"),
            ("/pages/form.js", "text/javascript"),
        ] {
            let loaded = app.get(file).await;
            assert!(loaded.status == 200 && loaded.header("content-type").starts_with(kind), "{file}");
            assert!(!loaded.text().contains("://"), "{file} names no other server");
            let named = if file == "/pages/form.js" { app.get(&own).await.text() } else { html.clone() };
            assert!(named.contains(&format!("\"{file}\"")), "{path} names {file}");
        }
    }
}

#[tokio::test]
async fn the_pairing_page_loads_nothing_from_other_hosts() {
    let app = App::new().await;
    let page = app.get("/pair").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let html = page.text();
    assert!(!html.contains("<style") && !html.contains(" style=") && !html.contains(" onclick="));
    assert!(!html.contains("://"), "no address of another server");
    for (path, kind) in [("/pair/page.css", "text/css"), ("/pair/page.js", "text/javascript")] {
        assert!(html.contains(&format!("\"{path}\"")), "the page names {path}");
        let file = app.get(path).await;
        assert!(file.status == 200 && file.header("content-type").starts_with(kind), "{path}");
        assert!(!file.text().contains("://"), "{path} names no other server");
    }
}

#[tokio::test]
async fn a_server_with_an_owner_shows_the_dashboard_or_says_that_it_has_none() {
    let app = App::new().await;
    app.owner().await;
    let root = app.get("/").await;
    assert_eq!((root.status.as_u16(), root.header("content-type")), (200, "text/html; charset=utf-8"));
    let policy = root.header("content-security-policy");
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
    let html = root.text();
    assert!(!html.contains("<style") && !html.contains(" style=") && !html.contains("://"));
    let Some(script) = html.split('"').find(|part| part.starts_with("/assets/") && part.ends_with(".js"))
    else {
        assert!(html.contains("The dashboard is not in this build"));
        return;
    };
    let script = app.get(script).await;
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(script.header("cache-control"), "public, max-age=31536000, immutable");
}

#[tokio::test]
async fn only_files_of_the_dashboard_build_are_served() {
    let app = App::new().await;
    for path in
        ["/assets/nothing.js", "/assets/", "/assets/..%2f..%2fpackage.json", "/assets/..%2findex.html.gz"]
    {
        assert_eq!(app.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn every_answer_has_security_headers() {
    let app = App::new().await;
    app.owner().await;
    for path in [
        "/",
        "/setup",
        "/pair",
        "/api/docs",
        "/healthz",
        "/nowhere",
        "/api/v1/auth/me",
        "/api/v1/openapi.json",
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn unknown_paths_and_wrong_methods_are_refused() {
    let app = App::new().await;
    insta::assert_snapshot!(app.get("/nowhere").await.refusal(), @"404 route_not_found");
    let wrong = app.get("/api/v1/auth/sign-in").await;
    insta::assert_snapshot!(wrong.refusal(), @"405 method_not_allowed");
    assert_eq!(wrong.header("allow"), "POST");
}
