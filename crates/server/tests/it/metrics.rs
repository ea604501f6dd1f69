//! `/metrics`: who may read it. Also checks that the Grafana dashboard and the alerts use only existing metrics.

use std::collections::BTreeSet;
use std::path::Path;

use http::{Method, Request, StatusCode, header};
use linekeeper::http::{Scrape, Services, metrics_router};
use linekeeper_model::secret::Secret;
use tower::ServiceExt as _;

use crate::answer::Answer;
use crate::app::{App, request, send, sign_in_body};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn with_token(app: &App) -> Services {
    let token = Secret::new(TOKEN.to_owned());
    Services { scrape: Some(Scrape::new(app.exposition.clone(), Some(&token))), ..app.services() }
}

fn scrape(authorization: Option<&str>) -> Request<String> {
    let mut request = request(Method::GET, "/metrics");
    if let Some(value) = authorization {
        request = request.header(header::AUTHORIZATION, value);
    }
    request.body(String::new()).unwrap()
}

#[tokio::test]
async fn without_a_token_or_a_metrics_address_there_are_no_metrics() {
    let app = App::new().await;
    assert_eq!(app.get("/metrics").await.refusal(), "404 route_not_found");
    let owner = app.owner().await;
    assert_eq!(owner.get("/metrics").await.refusal(), "404 route_not_found");
}

#[tokio::test]
async fn the_metrics_require_the_token() {
    let app = App::new().await;
    let owner = app.owner().await;
    let refused = async |authorization| send(with_token(&app), scrape(authorization)).await.refusal();
    assert_eq!(refused(None).await, "401 credential_required");
    for wrong in [
        "Bearer 0123456789abcdef0123456789abcdee",
        "Bearer 0123456789abcdef",
        "Bearer ",
        "Bearer",
        "Basic 0123456789abcdef0123456789abcdef",
        &format!("Bearer {}", owner.credential()),
    ] {
        assert_eq!(refused(Some(wrong)).await, "401 invalid_credential", "{wrong}");
    }
    let told = send(with_token(&app), scrape(None)).await.text();
    assert!(told.contains("METRICS_TOKEN") && !told.contains("API key"), "{told}");
    let shown = send(with_token(&app), scrape(Some(&format!("Bearer {TOKEN}")))).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.header("content-type").starts_with("application/openmetrics-text;"));
    assert!(shown.text().ends_with("# EOF\n"));
    // The metrics token gives no access to anything else.
    let elsewhere = request(Method::GET, "/api/v1/auth/me");
    let elsewhere = elsewhere.header(header::AUTHORIZATION, format!("Bearer {TOKEN}"));
    let answer = send(with_token(&app), elsewhere.body(String::new()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_separate_metrics_address_serves_nothing_else() {
    let app = App::new().await;
    let open = async |path: &str| {
        let router = metrics_router(Scrape::new(app.exposition.clone(), None));
        let asked = request(Method::GET, path).body(String::new()).unwrap();
        Answer::of(router.oneshot(asked).await.unwrap()).await
    };
    assert!(open("/metrics").await.text().contains("\nlinekeeper_build_info{"));
    for other in ["/", "/healthz", "/api/v1/auth/me"] {
        assert_eq!(open(other).await.status, StatusCode::NOT_FOUND, "{other}");
    }
    let token = Secret::new(TOKEN.to_owned());
    let router = metrics_router(Scrape::new(app.exposition.clone(), Some(&token)));
    assert_eq!(router.oneshot(scrape(None)).await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn requests_are_counted_by_route_template_and_refusals_by_code() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = app.add_account(&owner.user, "Shop", Some("+15550100200")).await;
    owner.get(&format!("/api/v1/whatsapp/accounts/{account}")).await;
    owner.get("/api/v1/whatsapp/accounts/017f22e2-79b0-7cc3-98c4-dc0c0c07398f").await;
    owner.get("/somewhere/secret-15550100200").await;
    let odd = Method::from_bytes(b"SECRET15550100200").unwrap();
    owner.send(request(odd, "/healthz"), String::new()).await;
    let mut wrong = sign_in_body("ana@example.org");
    wrong["password"] = "not the password".into();
    app.post("/api/v1/auth/sign-in", wrong).await;

    let text = app.exposition.text();
    let account_route = r#"method="GET",route="/api/v1/whatsapp/accounts/{accountId}""#;
    for line in [
        format!("linekeeper_http_requests_total{{{account_route},status=\"2xx\"}} 1"),
        format!("linekeeper_http_requests_total{{{account_route},status=\"4xx\"}} 1"),
        format!("linekeeper_http_request_duration_seconds_count{{{account_route}}} 2"),
        "linekeeper_http_refusals_total{code=\"account_not_found\"} 1".to_owned(),
        "linekeeper_http_refusals_total{code=\"method_not_allowed\"} 1".to_owned(),
        "linekeeper_http_requests_total{method=\"other\",route=\"/healthz\",status=\"4xx\"} 1".to_owned(),
        "linekeeper_sign_in_failures_total 1".to_owned(),
        "linekeeper_http_requests_in_flight 0".to_owned(),
    ] {
        assert!(text.lines().any(|there| there == line), "{line} is missing in\n{text}");
    }
    for secret in ["15550100200", "SECRET", "Shop", "ana@", owner.credential(), &account.to_string()] {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
    }
}

#[tokio::test]
async fn the_grafana_dashboard_and_the_alerts_use_only_existing_metrics() {
    let app = App::new().await;
    let owner = app.owner().await;
    owner.get("/api/v1/auth/me").await;
    app.get("/nowhere").await;
    let known = series(&app.exposition.text());
    for file in ["linekeeper.json", "alerts.yaml"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/grafana").join(file);
        let named = named(&std::fs::read_to_string(&path).unwrap());
        assert!(named.len() >= 8, "{file} names {named:?}");
        let unknown: Vec<&String> = named.difference(&known).collect();
        assert!(unknown.is_empty(), "{file} names {unknown:?}, which nobody tells");
    }
}

#[test]
fn the_grafana_dashboard_is_valid() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/grafana/linekeeper.json");
    let dashboard: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<i64> = panels.iter().map(|panel| panel["id"].as_i64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len(), "each panel has an id of its own");
    for panel in panels {
        let title = panel["title"].as_str().unwrap();
        let place = &panel["gridPos"];
        assert!(place["x"].as_u64().unwrap() + place["w"].as_u64().unwrap() <= 24, "{title} is too wide");
        if panel["type"] == "row" {
            continue;
        }
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{title}");
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty(), "{title} asks for nothing");
        for target in targets {
            let expression = target["expr"].as_str().unwrap();
            assert!(!named(expression).is_empty(), "{title}: {expression}");
            assert_eq!(
                expression.matches(['(', '{', '[']).count(),
                expression.matches([')', '}', ']']).count()
            );
        }
    }
}

/// The names of all series that the server exports.
fn series(text: &str) -> BTreeSet<String> {
    let described = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let names = described.flat_map(|line| {
        let (name, kind) = line.split_once(' ').unwrap();
        let suffixes: &[&str] = match kind {
            "counter" => &["_total"],
            "histogram" => &["_bucket", "_sum", "_count"],
            "info" => &["_info"],
            _ => &[""],
        };
        suffixes.iter().map(move |suffix| format!("{name}{suffix}"))
    });
    names.collect()
}

/// The names of all series in the expressions of a dashboard or an alert.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let ours = words.filter(|word| word.starts_with("linekeeper_") || word.starts_with("process_"));
    ours.map(str::to_owned).collect()
}
