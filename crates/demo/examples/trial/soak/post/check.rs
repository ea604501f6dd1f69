//! What must hold of messages once nothing goes wrong: each accepted one ended, or waits and says for what; friends heard
//! each once and in order; each one that friends wrote is in the log once.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use super::acts::asked;
use super::{Post, Sent, word_of};
use crate::server::Server;
use crate::soak::person::Person;

/// As long as WhatsApp may be silent about a message, a new connection, and some.
const SETTLE_WITHIN: Duration = Duration::from_secs(120);

const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Statuses of which nothing more follows by itself, and those with which WhatsApp took the message.
const TAKEN: [&str; 4] = ["sent", "delivered", "read", "played"];
const ENDED: [&str; 3] = ["failed", "cancelled", "unknown"];

impl Post {
    /// Waits until all of it holds, and forgets what was found to be well.
    pub async fn settle(
        &mut self,
        server: &Server,
        simulator: &whatsim::Server,
        people: &[Person],
    ) -> anyhow::Result<()> {
        self.lift_limits(server).await?;
        let until = Instant::now() + SETTLE_WITHIN;
        loop {
            self.listen(simulator)?;
            self.read_log(server).await?;
            let late = match self.missing(people) {
                Some(late) => late,
                None => match self.unsettled(server, people).await? {
                    Some(late) => late,
                    None => break,
                },
            };
            if Instant::now() > until {
                bail!("not in time: {late}");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        self.in_order()?;
        self.arrived += self.written.iter().filter(|written| written.sound).count() as u64;
        self.sent.clear();
        self.written.clear();
        Ok(())
    }

    /// A limit that the trouble set would have messages wait until tomorrow.
    async fn lift_limits(&self, server: &Server) -> anyhow::Result<()> {
        for account in self.accounts() {
            let limit = json!({ "dailyLimit": 100_000 });
            let (status, answer) = asked(server, "patch", account, "", Some(&limit)).await?;
            ensure!(matches!(status, 200 | 404), "{status}: {answer}");
        }
        Ok(())
    }

    /// Takes in what friends heard.
    fn listen(&mut self, simulator: &whatsim::Server) -> anyhow::Result<()> {
        for friend in self.friends.clone() {
            let after = self.inboxes.entry(friend.clone()).or_default();
            for message in simulator.phones().inbox(&friend, *after)? {
                *after = message.index;
                let Some(word) = message.text().and_then(word_of) else { continue };
                let heard = self.heard.entry(word.to_owned()).or_default();
                *heard += 1;
                if let Some(sent) = self.sent.iter_mut().find(|sent| sent.word == word) {
                    ensure!(*heard == 1 || sent.erased, "{friend} heard {word} {heard} times: {sent:?}");
                    sent.heard_at = Some(message.index);
                }
            }
        }
        Ok(())
    }

    /// Takes in what the log tells of messages that came.
    async fn read_log(&mut self, server: &Server) -> anyhow::Result<()> {
        loop {
            let path = format!("/events?after={}&types=message.received&limit=200", self.cursor);
            let page = server.get(&path).await?;
            let events = page["data"].as_array().context("a list")?;
            if events.is_empty() {
                return Ok(());
            }
            for event in events {
                let text = event["data"]["message"]["text"]["body"].as_str().unwrap_or_default();
                let (Some(word), Some(account)) = (word_of(text), event["accountId"].as_str()) else {
                    continue;
                };
                let of_word = self.written.iter().find(|written| written.word == word);
                let times = self.received.entry((account.to_owned(), word.to_owned())).or_default();
                *times += 1;
                let is_erased = of_word.is_some_and(|written| written.erased);
                ensure!(*times == 1 || is_erased, "the log tells of {word} {times} times: {of_word:?}");
            }
            self.cursor = page["nextCursor"].as_str().context("a cursor")?.to_owned();
        }
    }

    /// A message of a friend that the log must tell of, and does not yet.
    fn missing(&self, people: &[Person]) -> Option<String> {
        let is_due = |written: &&super::Written| {
            let person = people.iter().find(|person| person.number == written.number);
            let keeps = person
                .is_some_and(|person| person.account == written.account && person.losses() == written.losses);
            let name = (written.account.clone().unwrap_or_default(), written.word.clone());
            written.sound && !written.erased && keeps && !self.received.contains_key(&name)
        };
        self.written.iter().find(is_due).map(|written| format!("the log does not tell of {written:?}"))
    }

    /// A message of a program that has not come to its end. Fails where it came to an untrue one.
    async fn unsettled(&self, server: &Server, people: &[Person]) -> anyhow::Result<Option<String>> {
        for sent in &self.sent {
            let Some(id) = &sent.id else { continue };
            let (status, message) =
                asked(server, "get", &sent.account, &format!("messages/{id}"), None).await?;
            if status == 404 {
                let person = people.iter().find(|person| person.account.as_ref() == Some(&sent.account));
                ensure!(sent.erased || person.is_none(), "a message is lost: {sent:?}");
                continue;
            }
            ensure!(status == 200, "{status}: {message}");
            if !self.is_settled(sent, &message, people)? {
                return Ok(Some(format!("{sent:?} is {message}")));
            }
        }
        Ok(None)
    }

    fn is_settled(&self, sent: &Sent, message: &Value, people: &[Person]) -> anyhow::Result<bool> {
        let status = message["status"].as_str().unwrap_or_default();
        let heard = self.heard.contains_key(&sent.word);
        if TAKEN.contains(&status) {
            // A phone that cannot read a message asks for it again, which a link that ended cannot serve.
            let person = people.iter().find(|person| person.account.as_ref() == Some(&sent.account));
            let keeps = person.is_some_and(|person| person.losses() == sent.losses);
            return Ok(heard || !keeps);
        }
        if !ENDED.contains(&status) {
            let waits = status == "sending" || message["waiting"]["reason"].is_string();
            ensure!(waits, "waits, and does not say for what: {sent:?}, {message}");
            return Ok(false);
        }
        ensure!(
            status != "failed" || message["failure"]["code"].is_string(),
            "failed, and does not say why: {sent:?}, {message}"
        );
        ensure!(status != "cancelled" || !heard, "cancelled, and heard: {sent:?}, {message}");
        Ok(true)
    }

    /// Friends heard the messages of one account in the order in which they were accepted.
    fn in_order(&self) -> anyhow::Result<()> {
        let mut last: HashMap<(&str, &str), &Sent> = HashMap::new();
        for sent in self.sent.iter().filter(|sent| !sent.loose && sent.heard_at.is_some()) {
            let chat = (sent.from.as_str(), sent.friend.as_str());
            if let Some(before) = last.insert(chat, sent) {
                ensure!(before.heard_at < sent.heard_at, "out of order: {before:?}, then {sent:?}");
            }
        }
        Ok(())
    }
}
