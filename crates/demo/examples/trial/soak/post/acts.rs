//! What programs and friends do with messages.

use anyhow::{Context as _, ensure};
use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use whatsim::ReceiptKind;

use super::super::hostile;
use super::super::person::Person;
use super::{Post, Sent, Written};
use crate::server::Server;

/// An act on the messages of one account.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    Send,
    Batch,
    Cancel,
    Retry,
    MarkRead,
    Check,
    Erase,
    /// A friend writes to the account.
    Write,
    /// A friend reads the received messages.
    FriendReads,
}

impl Act {
    pub fn random(rng: &mut StdRng) -> Self {
        match rng.random_range(0..100) {
            0..34 => Self::Send,
            34..42 => Self::Batch,
            42..48 => Self::Cancel,
            48..53 => Self::Retry,
            53..60 => Self::MarkRead,
            60..66 => Self::Check,
            66..68 => Self::Erase,
            68..94 => Self::Write,
            _ => Self::FriendReads,
        }
    }
}

impl Post {
    pub async fn act(
        &mut self,
        act: Act,
        server: &Server,
        simulator: &whatsim::Server,
        person: &mut Person,
        rng: &mut StdRng,
    ) -> anyhow::Result<()> {
        if let Act::Write = act {
            return self.write(simulator, person, rng).await;
        }
        let Some(account) = person.account.clone() else { return Ok(()) };
        match act {
            Act::Send => self.send(server, person, &account, 1, rng).await,
            Act::Batch => self.send(server, person, &account, rng.random_range(2..6), rng).await,
            Act::Cancel | Act::Retry => self.change(act, server, &account, rng).await,
            Act::MarkRead => mark_read(server, &account).await,
            Act::Check => self.look_up(server, &account, rng).await,
            Act::Erase => self.erase(server, &account, rng).await,
            Act::FriendReads => self.friend_reads(simulator, rng),
            Act::Write => Ok(()),
        }
    }

    async fn send(
        &mut self,
        server: &Server,
        person: &Person,
        account: &str,
        count: usize,
        rng: &mut StdRng,
    ) -> anyhow::Result<()> {
        let (mut bodies, from) = (Vec::new(), self.sent.len());
        for _ in 0..count {
            let friend = self.any_friend(rng);
            let (word, text) = self.text(rng);
            let to = match rng.random_range(0..3) {
                0 => format!("+{friend}"),
                1 => friend.clone(),
                _ => format!("{friend}@s.whatsapp.net"),
            };
            bodies.push(json!({ "to": to, "type": "text", "text": { "body": text } }));
            self.sent.push(Sent {
                account: account.to_owned(),
                from: person.number.clone(),
                friend,
                word,
                id: None,
                losses: person.losses(),
                loose: false,
                erased: false,
                heard_at: None,
            });
        }
        let (path, body) = match bodies.as_slice() {
            [one] => ("messages", one.clone()),
            many => ("messages/batch", json!({ "messages": many })),
        };
        let (status, answer) = asked(server, "post", account, path, Some(&body)).await?;
        let accepted = match &answer["data"] {
            Value::Array(many) => many.clone(),
            _ => vec![answer],
        };
        if status != 202 {
            // The server refused the request, so it stored none of the messages.
            ensure!(matches!(status, 400 | 404 | 409 | 429 | 503), "{status} to a message: {accepted:?}");
            self.sent.truncate(from);
            return Ok(());
        }
        ensure!(accepted.len() == count, "{count} messages sent, {accepted:?} accepted");
        for (sent, message) in self.sent[from..].iter_mut().zip(accepted) {
            sent.id = Some(message["id"].as_str().context("an accepted message has an id")?.to_owned());
            self.accepted += 1;
        }
        Ok(())
    }

    async fn change(
        &mut self,
        act: Act,
        server: &Server,
        account: &str,
        rng: &mut StdRng,
    ) -> anyhow::Result<()> {
        let of_account: Vec<usize> = (0..self.sent.len())
            .filter(|&at| self.sent[at].account == account && self.sent[at].id.is_some())
            .collect();
        let Some(&at) = of_account.get(rng.random_range(0..of_account.len().max(1))) else { return Ok(()) };
        self.sent[at].loose = true;
        let id = self.sent[at].id.clone().unwrap_or_default();
        let verb = if matches!(act, Act::Cancel) { "cancel" } else { "retry" };
        let (status, answer) = asked(server, "post", account, &format!("messages/{id}/{verb}"), None).await?;
        ensure!(matches!(status, 200 | 404 | 409 | 503), "{status} to {verb}: {answer}");
        Ok(())
    }

    async fn look_up(&self, server: &Server, account: &str, rng: &mut StdRng) -> anyhow::Result<()> {
        let friend = format!("+{}", self.any_friend(rng));
        let numbers =
            if rng.random_bool(0.7) { json!([friend]) } else { json!([friend, hostile::number(rng)]) };
        let body = json!({ "numbers": numbers });
        let (status, answer) = asked(server, "post", account, "contacts/check", Some(&body)).await?;
        if status == 200 {
            let found = &answer["data"][0];
            ensure!(found["exists"] == true && found["input"] == friend, "{friend} is on WhatsApp: {answer}");
        }
        Ok(())
    }

    /// Erases a friend. From then on, the model makes no claim about the messages between the account and the
    /// friend.
    async fn erase(&mut self, server: &Server, account: &str, rng: &mut StdRng) -> anyhow::Result<()> {
        let friend = self.any_friend(rng);
        let (status, listed) = asked(server, "get", account, "contacts", None).await?;
        let phone = json!(format!("+{friend}"));
        let contacts = listed["data"].as_array().cloned().unwrap_or_default();
        let Some(contact) = contacts.iter().find(|contact| contact["phone"] == phone) else { return Ok(()) };
        ensure!(status == 200, "{status}: {listed}");
        for sent in self.sent.iter_mut().filter(|sent| sent.account == account && sent.friend == friend) {
            (sent.erased, sent.loose) = (true, true);
        }
        let of_both =
            |written: &&mut Written| written.account.as_deref() == Some(account) && written.friend == friend;
        for written in self.written.iter_mut().filter(of_both) {
            written.erased = true;
        }
        let id = contact["id"].as_str().context("a contact has an id")?;
        let (status, answer) = asked(server, "delete", account, &format!("contacts/{id}/data"), None).await?;
        ensure!(matches!(status, 204 | 404 | 503), "{status} to an erasure: {answer}");
        Ok(())
    }

    async fn write(
        &mut self,
        simulator: &whatsim::Server,
        person: &Person,
        rng: &mut StdRng,
    ) -> anyhow::Result<()> {
        let friend = self.any_friend(rng);
        let (word, text) = self.text(rng);
        let written = Written {
            account: person.account.clone(),
            number: person.number.clone(),
            friend: friend.clone(),
            word,
            losses: person.losses(),
            sound: !person.may_be_unlinked && !person.lied_to,
            erased: false,
        };
        if simulator.phones().send_text(&friend, &person.number, &text).await.is_ok() {
            self.written.push(written);
        }
        Ok(())
    }

    fn friend_reads(&self, simulator: &whatsim::Server, rng: &mut StdRng) -> anyhow::Result<()> {
        let friend = self.any_friend(rng);
        let inbox = simulator.phones().inbox(&friend, 0)?;
        if let Some(message) = inbox.last() {
            simulator.phones().send_receipt(
                &friend,
                &message.from,
                vec![message.id.clone()],
                ReceiptKind::Read,
            )?;
        }
        Ok(())
    }
}

async fn mark_read(server: &Server, account: &str) -> anyhow::Result<()> {
    let (_, chats) = asked(server, "get", account, "chats", None).await?;
    let unread = chats["data"].as_array().and_then(|chats| {
        chats.iter().find(|chat| chat["unreadCount"].as_u64() > Some(0)).or_else(|| chats.first())
    });
    let Some(chat) = unread else { return Ok(()) };
    let body = json!({ "messageId": chat["lastMessage"]["id"] });
    let path = format!("chats/{}/read", chat["id"].as_str().context("a chat has an id")?);
    let (status, answer) = asked(server, "post", account, &path, Some(&body)).await?;
    ensure!(matches!(status, 200 | 400 | 404 | 409 | 503), "{status} to reading: {answer}");
    Ok(())
}

/// Calls the API. An answer with status 500 is an error.
pub(super) async fn asked(
    server: &Server,
    method: &str,
    account: &str,
    path: &str,
    body: Option<&Value>,
) -> anyhow::Result<(u16, Value)> {
    let path = format!("/api/v1/whatsapp/accounts/{account}/{path}");
    let (status, answer) = server.call(method, path.trim_end_matches('/'), &[], body).await?;
    ensure!(status != 500, "{method} {path}: {answer}");
    Ok((status, answer))
}
