//! What must hold for messages once nothing goes wrong any more. Each accepted message has ended, or it waits and
//! says for what. Friends received each message once and in order. Each message that a friend wrote is in the log
//! once.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use super::acts::asked;
use super::{Post, Sent, word_of};
use crate::server::Server;
use crate::soak::person::Person;

/// As long as WhatsApp may take to answer a message, plus a reconnection and a margin.
const SETTLE_WITHIN: Duration = Duration::from_secs(120);

const LOOK_EVERY: Duration = Duration::from_millis(500);

/// `TAKEN`: WhatsApp's server took the message. `ENDED`: the status does not change any more without a request.
const TAKEN: [&str; 4] = ["sent", "delivered", "read", "played"];
const ENDED: [&str; 3] = ["failed", "cancelled", "unknown"];

impl Post {
    /// Waits until everything holds, and then forgets the messages that were checked.
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

    /// With a limit that the trouble has set, messages would wait until tomorrow.
    async fn lift_limits(&self, server: &Server) -> anyhow::Result<()> {
        for account in self.accounts() {
            let limit = json!({ "dailyLimit": 100_000 });
            let (status, answer) = asked(server, "patch", account, "", Some(&limit)).await?;
            ensure!(matches!(status, 200 | 404), "{status}: {answer}");
        }
        Ok(())
    }

    /// Reads the inboxes of the friends.
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

    /// Reads from the event log which messages were received.
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

    /// A message of a friend that must be in the log and is not there yet.
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

    /// A message of a program that is not settled yet. Fails if its status cannot be true.
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
            // A phone that cannot read a message asks for it again. After the link ended, nobody can resend it.
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

    /// Checks that friends received the messages of one account in the order in which the API accepted them.
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
