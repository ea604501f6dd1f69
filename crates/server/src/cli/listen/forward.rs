//! Sends events as POST requests to a program under development. The requests are signed in the same way as
//! webhook requests.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use linekeeper_model::clock::{Clock as _, SystemClock};
use linekeeper_model::secret::Secret;
use linekeeper_model::webhook::WebhookSecret;
use reqwest::header::CONTENT_TYPE;
use url::Url;

use super::stream::Event;
use crate::delivery::webhooks::{read_secret, secret_text, signature};
use crate::whatsapp;

/// The environment variable that may hold the secret, so that the secret stays the same in each run.
const SECRET_VARIABLE: &str = "LINEKEEPER_WEBHOOK_SECRET";
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// The maximum number of characters to show of an answer.
const SHOWN: usize = 300;

/// Sends events to one URL. See the documentation of this module.
pub(super) struct Forward {
    http: reqwest::Client,
    to: Url,
    secret: WebhookSecret,
}

/// The result of a request, in one line.
pub(super) enum Outcome {
    Answer { status: u16, millis: u128, text: String },
    None(String),
}

impl Forward {
    /// Takes the secret from the environment, or generates one.
    pub fn new(to: Url) -> anyhow::Result<Self> {
        anyhow::ensure!(
            matches!(to.scheme(), "http" | "https"),
            "--forward-to must begin with http:// or https://"
        );
        let given = std::env::var(SECRET_VARIABLE).ok().filter(|text| !text.is_empty());
        let secret = match given {
            Some(text) => read_secret(&Secret::new(text))
                .with_context(|| format!("{SECRET_VARIABLE} must be whsec_ and 32 bytes in base64"))?,
            None => WebhookSecret::generate(&mut rand::rng()),
        };
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(rustls::ClientConfig::clone(&whatsapp::client_config()))
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ANSWER_WITHIN)
            .build()?;
        Ok(Self { http, to, secret })
    }

    pub fn secret_text(&self) -> Secret<String> {
        secret_text(&self.secret)
    }

    pub async fn post(&self, event: &Event) -> Outcome {
        let second = SystemClock.now().as_second();
        let body = event.text.clone();
        let signed = format!("v1,{}", signature(&self.secret, &event.id, second, body.as_bytes()));
        let began = Instant::now();
        let request = self
            .http
            .post(self.to.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &event.id)
            .header("webhook-timestamp", second.to_string())
            .header("webhook-signature", signed)
            .body(body);
        match request.send().await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                let text = answer.text().await.unwrap_or_default();
                let text = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN).collect();
                Outcome::Answer { status, millis: began.elapsed().as_millis(), text }
            }
            Err(error) => Outcome::None(format!("{:#}", anyhow::Error::from(error.without_url()))),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer { status, millis, text } if text.is_empty() => write!(f, "{status} in {millis} ms"),
            Self::Answer { status, millis, text } => write!(f, "{status} in {millis} ms: {text}"),
            Self::None(error) => write!(f, "no answer: {error}"),
        }
    }
}
