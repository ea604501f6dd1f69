//! A conversation with a person, with texts and files. A test makes it before a backup, a restore or a similar
//! change, and checks afterwards that nothing is lost and that the conversation can continue.

use super::files::{PNG, phone_sends};
use super::*;

pub struct Kept {
    account: String,
    number: String,
    friend: String,
    /// The messages as the API returned them, newest first.
    messages: Vec<Value>,
    /// The files, with their ids.
    files: Vec<(Value, Vec<u8>)>,
}

impl Kept {
    /// Exchanges texts and files in both directions, and remembers them.
    pub async fn make(sim: &Sim, api: &Api, account: &str, number: &str) -> anyhow::Result<Self> {
        let desk = Desk { api, account };
        let friend = sim.phone("Kept friend")?;
        sim.send(&friend, number, "kept from before").await?;
        desk.listed("messages", 1).await?;
        phone_sends(sim, &friend, number, "image", PNG, "image/png").await?;
        desk.listed("messages", 2).await?;
        let received = desk.received_with("ready").await?["image"]["mediaId"].clone();
        let uploaded = api.upload(account, "text/plain", "a file from before").await?["id"].clone();
        let sent =
            desk.send(json!({ "to": friend, "type": "document", "document": { "mediaId": uploaded } }));
        desk.reaches(&sent.await?, &["delivered"]).await?;
        let messages = desk.listed("messages", 3).await?.into_iter().map(without_address).collect();
        let files = vec![(received, PNG.to_vec()), (uploaded, b"a file from before".to_vec())];
        Ok(Self { account: account.to_owned(), number: number.to_owned(), friend, messages, files })
    }

    /// Checks that all messages are unchanged, and that the same people can continue in the same chat.
    pub async fn goes_on(&self, sim: &Sim, api: &Api) -> anyhow::Result<()> {
        let desk = Desk { api, account: &self.account };
        let there = desk.listed("messages", self.messages.len()).await?;
        let there: Vec<Value> = there.into_iter().map(without_address).collect();
        assert_eq!(there, self.messages);
        sim.send(&self.friend, &self.number, "kept on talking").await?;
        let now = desk.listed("messages", self.messages.len() + 1).await?;
        assert_eq!(now[0]["text"]["body"], "kept on talking");
        for what in ["chat", "sender"] {
            assert_eq!(now[0][what]["id"], self.messages[2][what]["id"], "{what}");
        }
        let answer = desk.send_text(&self.friend, "and answering").await?;
        assert_eq!(answer["chat"]["id"], now[0]["chat"]["id"]);
        desk.reaches(&answer, &["delivered"]).await?;
        Ok(())
    }

    /// Checks that the files are unchanged and can be sent.
    pub async fn files_are_there(&self, api: &Api) -> anyhow::Result<()> {
        let desk = Desk { api, account: &self.account };
        for (id, file) in &self.files {
            assert_eq!(&desk.file(id).await?, file);
            let again =
                desk.send(json!({ "to": self.friend, "type": "document", "document": { "mediaId": id } }));
            desk.reaches(&again.await?, &["delivered"]).await?;
        }
        Ok(())
    }

    /// Checks that the files are missing and that the API says so.
    pub async fn files_are_missed(&self, api: &Api) -> anyhow::Result<()> {
        for (id, _) in &self.files {
            let path = format!("/whatsapp/accounts/{}/media/{}", self.account, id.as_str().unwrap_or("?"));
            let (status, problem) = api.call(Method::GET, &path, None).await?;
            assert_eq!((status, &problem["code"]), (StatusCode::GONE, &json!("media_gone")));
        }
        Ok(())
    }
}

/// Removes the download address, which differs between servers.
fn without_address(mut message: Value) -> Value {
    for kind in ["image", "document"] {
        if let Some(file) = message[kind].as_object_mut() {
            file.remove("url");
        }
    }
    message
}
