//! Streams to NATS JetStream. The server publishes events to the stream `LINEKEEPER`. The header `Nats-Msg-Id` has
//! the event's id, so that the NATS server drops repeated events.

use std::str::Utf8Error;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::context::Context;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::Config;
use async_nats::{Client, ConnectOptions, ServerAddr};
use async_trait::async_trait;
use linekeeper_model::event::Event;
use linekeeper_model::secret::Secret;
use percent_encoding::percent_decode_str;

use super::{Broker, BrokerError, Line, body, subject};

const STREAM: &str = "LINEKEEPER";
const SUBJECTS: &str = "linekeeper.>";
/// If linekeeper creates the stream, the stream remembers the ids of events for this long. If the stream keeps events
/// for a shorter time, it remembers ids only for that shorter time.
const KNOWS_IDS: Duration = Duration::from_secs(60 * 60);
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

pub(super) struct Nats {
    address: Secret<String>,
    servers: Vec<ServerAddr>,
    credential: Option<Credential>,
    keep: Option<Duration>,
}

/// The credential of the first URL that contains a credential. linekeeper reads the credential from the URL, because
/// the library ignores a credential in a URL.
enum Credential {
    User(String, Secret<String>),
    Token(Secret<String>),
}

struct Connected {
    client: Client,
    context: Context,
}

impl Nats {
    /// Creates the broker. Returns `None` if a URL is not valid.
    pub fn new(address: &Secret<String>, keep: Option<Duration>) -> Option<Self> {
        let servers: Option<Vec<ServerAddr>> =
            address.expose().split(',').map(|server| server.trim().parse().ok()).collect();
        let servers = servers?;
        let named = servers.iter().find(|server| server.has_user_pass());
        let credential = named.map(Credential::of).transpose().ok()?;
        Some(Self { address: address.clone(), servers, credential, keep })
    }
}

impl Credential {
    /// Reads the credential in the same way as other NATS clients: a user name without a password is a token.
    fn of(server: &ServerAddr) -> Result<Self, Utf8Error> {
        let decoded = |text: &str| Ok(percent_decode_str(text).decode_utf8()?.into_owned());
        let name = decoded(server.username().unwrap_or_default())?;
        Ok(match server.password() {
            Some(password) => Self::User(name, Secret::new(decoded(password)?)),
            None => Self::Token(Secret::new(name)),
        })
    }
}

#[async_trait]
impl Broker for Nats {
    fn name(&self) -> &'static str {
        "nats"
    }

    fn address(&self) -> &Secret<String> {
        &self.address
    }

    async fn connect(&self) -> Result<Box<dyn Line>, BrokerError> {
        let options = ConnectOptions::new().name("linekeeper").connection_timeout(CONNECT_WITHIN);
        let options = match &self.credential {
            Some(Credential::User(name, password)) => {
                options.user_and_password(name.clone(), password.expose().clone())
            }
            Some(Credential::Token(token)) => options.token(token.expose().clone()),
            None => options,
        };
        // A broken connection is not repaired. linekeeper opens a new connection and publishes unconfirmed events
        // again.
        let client = options.max_reconnects(Some(1_usize)).connect(self.servers.clone()).await?;
        let mut context = async_nats::jetstream::new(client.clone());
        context.set_timeout(ANSWER_WITHIN);
        let keep = self.keep.unwrap_or_default();
        let wanted = Config {
            name: STREAM.to_owned(),
            subjects: vec![SUBJECTS.to_owned()],
            max_age: keep,
            duplicate_window: if keep.is_zero() { KNOWS_IDS } else { KNOWS_IDS.min(keep) },
            ..Config::default()
        };
        context.get_or_create_stream(wanted).await?;
        Ok(Box::new(Connected { client, context }))
    }
}

#[async_trait]
impl Line for Connected {
    async fn publish(&mut self, events: &[Event]) -> Result<(), BrokerError> {
        let mut confirmations = Vec::with_capacity(events.len());
        for event in events {
            let message =
                PublishMessage::build().payload(body(event).into()).message_id(event.id.to_string());
            confirmations.push(self.context.send_publish(subject(event), message).await?);
        }
        for confirmation in confirmations {
            confirmation.await?;
        }
        Ok(())
    }

    fn is_alive(&self) -> bool {
        self.client.connection_state() == State::Connected
    }
}
