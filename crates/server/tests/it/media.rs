//! Files of messages: upload, download in parts, links, and refusals.

use std::time::Duration;

use http::Method;
use linekeeper_model::access::{Permission, Role};
use serde_json::json;

use crate::answer::Answer;
use crate::app::{App, Caller, request};

/// A file that the store seals in more than two pieces.
fn document() -> String {
    let mut text = "%PDF-1.7\n".to_owned();
    for line in 0..20_000 {
        text.push_str(&format!("line {line}\n"));
    }
    text
}

async fn upload(caller: &Caller<'_>, path: &str, said: &str, body: String) -> Answer {
    let asked = request(Method::POST, path).header("content-type", said);
    caller.send(asked, body).await
}

async fn part(caller: &Caller<'_>, path: &str, range: &str) -> Answer {
    caller.send(request(Method::GET, path).header("range", range), String::new()).await
}

#[tokio::test]
async fn an_uploaded_file_is_served_whole_and_in_parts() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    let media = format!("/api/v1/whatsapp/accounts/{account}/media");
    let text = document();
    let named = format!("{media}?fileName=price%20list.pdf");
    let answer = upload(&owner, &named, "application/octet-stream", text.clone()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let uploaded = answer.json();
    assert_eq!((&uploaded["mimeType"], &uploaded["size"]), (&json!("application/pdf"), &json!(text.len())));
    assert!(!uploaded["expiresAt"].is_null());

    let file = format!("{media}/{}", uploaded["id"].as_str().unwrap());
    let whole = owner.get(&file).await;
    assert_eq!((whole.status.as_u16(), whole.body.as_slice()), (200, text.as_bytes()));
    assert_eq!(whole.header("etag"), format!("\"{}\"", uploaded["sha256"].as_str().unwrap()));
    assert_eq!(whole.header("content-length"), text.len().to_string());
    assert_eq!(whole.header("content-disposition"), "attachment; filename*=UTF-8''price%20list.pdf");
    assert!(whole.header("content-security-policy").contains("sandbox"));
    assert_eq!(whole.header("x-content-type-options"), "nosniff");

    for (range, from, end) in [
        ("bytes=0-9", 0, 10),
        ("bytes=65530-65545", 65_530, 65_546),
        ("bytes=131072-", 131_072, text.len()),
        ("bytes=-7", text.len() - 7, text.len()),
    ] {
        let answer = part(&owner, &file, range).await;
        assert_eq!((answer.status.as_u16(), &*answer.text()), (206, &text[from..end]), "{range}");
        assert_eq!(
            answer.header("content-range"),
            format!("bytes {from}-{}/{}", end - 1, text.len()),
            "{range}"
        );
    }
    assert_eq!(part(&owner, &file, "bytes=900000-").await.refusal(), "416 range_beyond");
    let known = request(Method::GET, &file).header("if-none-match", whole.header("etag"));
    assert_eq!(owner.send(known, String::new()).await.status, 304);

    let absent = format!("{media}/{account}");
    assert_eq!(owner.get(&absent).await.refusal(), "404 media_not_found");
    let stranger = app.member("eve@example.org", Role::Owner, None).await;
    assert_eq!(stranger.get(&file).await.refusal(), "404 account_not_found");
    let other = app.add_account(&owner.user, "Other", None).await;
    let elsewhere = file.replace(&account.to_string(), &other.to_string());
    assert_eq!(owner.get(&elsewhere).await.refusal(), "404 media_not_found");
}

#[tokio::test]
async fn an_empty_or_mislabelled_file_is_refused_with_a_code() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    let media = format!("/api/v1/whatsapp/accounts/{account}/media");
    for (path, said, body, refusal) in [
        (
            "",
            "image/png",
            "hello",
            "400 validation_failed\nContent-Type: invalid: must be the type that the file's bytes show",
        ),
        (
            "",
            "video/mp4",
            "%PDF-1.7",
            "400 validation_failed\nContent-Type: invalid: must be the type that the file's bytes show",
        ),
        ("", "text/plain", "", "400 validation_failed\nbody: required: must be the file"),
        (
            "?fileName=",
            "text/plain",
            "hello",
            "400 validation_failed\nfileName: invalid: must have 1 to 255 characters, without slashes and control characters",
        ),
        (
            "?fileName=..%2Fx",
            "text/plain",
            "hello",
            "400 validation_failed\nfileName: invalid: must have 1 to 255 characters, without slashes and control characters",
        ),
        ("?name=x", "text/plain", "hello", "400 validation_failed\nname: unknown_field: is not known here"),
    ] {
        let answer = upload(&owner, &format!("{media}{path}"), said, body.to_owned()).await;
        assert_eq!(answer.refusal(), refusal, "{path} {said} {body}");
    }
    // The test server accepts files of up to 1 MB.
    let large = upload(&owner, &media, "text/plain", "x".repeat(1_000_001)).await;
    assert_eq!(large.refusal(), "413 body_too_large");
    assert_eq!(app.files().await, [] as [String; 0]);
}

#[tokio::test]
async fn a_media_link_shows_only_its_file_and_expires() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    let media = format!("/api/v1/whatsapp/accounts/{account}/media");
    let one = upload(&owner, &media, "text/plain", "one".to_owned()).await.json();
    let two = upload(&owner, &media, "text/plain", "two".to_owned()).await.json();
    let (one, two) = (one["id"].as_str().unwrap(), two["id"].as_str().unwrap());
    let file = format!("{media}/{one}");

    let made = owner.post(&format!("{file}/link"), json!({ "seconds": 15 })).await.json();
    let url = made["url"].as_str().unwrap();
    let link = url.strip_prefix("http://127.0.0.1:8080").unwrap();
    let shown = app.get(link).await;
    assert_eq!((shown.status.as_u16(), &*shown.text()), (200, "one"));
    assert_eq!(app.get(&link.replace(one, two)).await.refusal(), "404 media_link_invalid");
    let (bare, until) = link.split_once("until=").unwrap();
    let later = until.split('&').next().unwrap().parse::<i64>().unwrap() + 60;
    let (_, signature) = until.split_once('&').unwrap();
    let stretched = format!("{bare}until={later}&{signature}");
    assert_eq!(app.get(&stretched).await.refusal(), "404 media_link_invalid");
    app.clock.advance(Duration::from_secs(16));
    assert_eq!(app.get(link).await.refusal(), "404 media_link_invalid");

    for seconds in [14, 3_601] {
        let answer = owner.post(&format!("{file}/link"), json!({ "seconds": seconds })).await;
        assert!(answer.refusal().starts_with("400 validation_failed\nseconds: out_of_range"), "{seconds}");
    }
    let absent = owner.post(&format!("{media}/{account}/link"), json!(null)).await;
    assert_eq!(absent.refusal(), "404 media_not_found");
    let key = app.with_key(&owner.user, &[Permission::MessagesRead], Some(Duration::from_secs(60))).await;
    let made = key.post(&format!("{file}/link"), json!({ "seconds": 3_600 })).await.json();
    app.clock.advance(Duration::from_secs(61));
    let link = made["url"].as_str().unwrap().strip_prefix("http://127.0.0.1:8080").unwrap().to_owned();
    assert_eq!(app.get(&link).await.refusal(), "404 media_link_invalid", "it ends with the key that made it");
}

#[tokio::test]
async fn a_file_past_its_retention_is_reported_as_gone() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    let media = format!("/api/v1/whatsapp/accounts/{account}/media");
    let mut files = Vec::new();
    for text in ["one", "two"] {
        let uploaded = upload(&owner, &media, "text/plain", text.to_owned()).await.json();
        files.push(format!("{media}/{}", uploaded["id"].as_str().unwrap()));
        app.clock.advance(Duration::from_secs(24 * 60 * 60));
    }
    // The test server keeps files for 2 days.
    app.services().messages.remove_old_media().await.unwrap();
    assert_eq!(owner.get(&files[0]).await.refusal(), "410 media_gone");
    assert_eq!(owner.get(&files[1]).await.text(), "two");
    assert_eq!(app.files().await.len(), 1);
}

#[tokio::test]
async fn names_and_contents_of_files_are_not_stored_in_plain_text() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    let media = format!("/api/v1/whatsapp/accounts/{account}/media?fileName=secret-name.txt");
    assert_eq!(upload(&owner, &media, "text/plain", "a secret text".to_owned()).await.status, 201);
    for file in app.files().await {
        assert!(!file.contains("secret"));
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"secret"));
    }
    assert_eq!(app.files().await.len(), 1);
}
