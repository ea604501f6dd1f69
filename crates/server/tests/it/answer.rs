//! An answer of the API, with short methods to read it.

use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;

/// The status, the headers and the whole body.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads the whole response. For a stream that never ends, the body stays empty.
    pub async fn of<B: BodyExt>(response: http::Response<B>) -> Self
    where
        B::Error: std::fmt::Debug,
    {
        let (parts, body) = response.into_parts();
        let is_endless = parts.headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
        let body = if is_endless { Vec::new() } else { body.collect().await.unwrap().to_bytes().to_vec() };
        Self { status: parts.status, headers: parts.headers, body }
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    #[track_caller]
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The status and the error code of a refusal, and one line for each field that the error names.
    #[track_caller]
    pub fn refusal(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.status);
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["requestId"], self.header("x-request-id"));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut lines = vec![format!("{} {}", self.status.as_u16(), text(&problem["code"]))];
        for error in problem["errors"].as_array().unwrap() {
            lines.push(format!(
                "{}: {}: {}",
                text(&error["field"]),
                text(&error["code"]),
                text(&error["message"])
            ));
        }
        lines.join("\n")
    }

    /// The cookie that the answer sets, as `name=value`.
    pub fn cookie(&self) -> String {
        self.header("set-cookie").split(';').next().unwrap_or_default().to_owned()
    }
}
