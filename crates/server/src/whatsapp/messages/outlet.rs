//! The outlet, which the queue uses while an account is connected. It sends messages, looks up phone numbers,
//! marks messages as read, and shows that somebody is typing.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use linekeeper_model::message::Address;
use linekeeper_model::phone::{Identity, PhoneNumber};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::timeout;
use whatsapp_rust::send::{SendError, SendOptions};
use whatsapp_rust::waproto::codec;
use whatsapp_rust::{Client, Jid, NodeFilter};

use super::lost;
use super::translate::address;
use crate::whatsapp::client::signal::Signal;

/// The time limit for looking up a phone number. This takes one request to WhatsApp and one answer.
const LOOK_UP_WITHIN: Duration = Duration::from_secs(20);
/// The time limit for sending a message. The library first waits up to 60 s for messages that WhatsApp kept while
/// the account was offline.
const SEND_WITHIN: Duration = Duration::from_secs(90);
/// The time limit for a small stanza that nobody waits for.
const SAY_WITHIN: Duration = Duration::from_secs(5);

/// The connection of an account, as the queue uses it. Cloning it is cheap.
#[derive(Clone)]
pub struct Outlet {
    pub(super) client: Arc<Client>,
    /// The fencing number of this connection's session.
    epoch: i64,
    /// The signals to the account's actor, which counts outbound messages.
    signals: UnboundedSender<Signal>,
}

/// A message that the phone must send again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedFor {
    /// The message's chat.
    pub chat: Address,
    /// Who wrote the message.
    pub sender: Address,
    /// The WhatsApp id of the message.
    pub id: String,
    /// Whether the account's owner wrote it.
    pub from_me: bool,
}

/// The result of sending a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Whether the message was addressed to at least one device that is not the account's own. `None` if unknown, and
    /// for every chat that is not a direct chat.
    pub reached_somebody: Option<bool>,
    /// If the message was sent to a group, the other members of the group.
    pub members: Vec<Identity>,
}

/// Why a message could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum SendTrouble {
    /// The connection has ended or is ending. The message may have been sent.
    #[error("the connection is gone")]
    Disconnected,
    /// The library or WhatsApp refused the message before it was sent.
    #[error("it cannot be sent: {0}")]
    Refused(String),
}

/// What WhatsApp says about a phone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookedUp {
    /// The number has an account with this identity.
    Found(Identity),
    /// The number has no account.
    Absent,
}

impl Outlet {
    pub(super) const fn new(client: Arc<Client>, epoch: i64, signals: UnboundedSender<Signal>) -> Self {
        Self { client, epoch, signals }
    }

    /// The fencing number of this connection's session.
    pub const fn epoch(&self) -> i64 {
        self.epoch
    }

    /// Whether the connection is still usable.
    pub fn is_ready(&self) -> bool {
        self.client.is_logged_in()
    }

    /// Counts a message that WhatsApp has answered. `failed` says whether WhatsApp refused it.
    pub fn count(&self, failed: bool) {
        // If the account's actor has already ended, nobody needs the count.
        let _nobody_counts = self.signals.send(Signal::Sent { failed });
    }

    /// Ends a connection over which WhatsApp does not answer. The account's state machine then opens a new one.
    pub async fn renew(&self) {
        self.client.reconnect_immediately().await;
    }

    /// Sends a message with this WhatsApp id and these bytes. `Ok` means that it was sent. WhatsApp's answer is
    /// reported later, as `Note::Acknowledged`.
    pub async fn send(&self, to: &Address, wa_message_id: &str, wire: &[u8]) -> Result<Sent, SendTrouble> {
        let message = codec::message_decode(wire).map_err(|error| SendTrouble::Refused(error.to_string()))?;
        let jid = jid(to)?;
        // Only the sent stanza shows to which devices the message is addressed. So register for the stanza before the
        // message is sent.
        let stanza = self.client.wait_for_sent_node(NodeFilter::tag("message").attr("id", wa_message_id));
        let options = SendOptions::default().with_message_id(wa_message_id);
        let sending = Box::pin(self.client.send_message_with_options(jid, message, options));
        match timeout(SEND_WITHIN, sending).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(self.trouble(&error)),
            Err(_) => return Err(SendTrouble::Disconnected),
        }
        let mut stanza = stanza;
        let named = stanza.try_recv().ok().flatten().and_then(|node| self.names_others(&node));
        let is_direct = to.chat_type() == linekeeper_model::message::ChatType::Direct;
        let members = if is_direct { Vec::new() } else { self.members(to).await };
        Ok(Sent { reached_somebody: named.filter(|_| is_direct), members })
    }

    /// The other members of a group, from the information that the library used for sending.
    async fn members(&self, group: &Address) -> Vec<Identity> {
        let Ok(group) = jid(group) else { return Vec::new() };
        let Ok(info) = self.client.groups().query_info(&group).await else { return Vec::new() };
        let own = self.own_users();
        let others = info.participants.iter().filter(|member| !own.contains(member.user.as_str()));
        others.filter_map(|member| address(member).map(|address| address.identity())).collect()
    }

    fn own_users(&self) -> HashSet<String> {
        let own = [self.client.pn(), self.client.lid()];
        own.into_iter().flatten().map(|jid| jid.user.to_string()).collect()
    }

    /// Asks WhatsApp whether a phone number has an account. The answer also has the number as WhatsApp spells it.
    pub async fn look_up(&self, phone: &PhoneNumber) -> Result<LookedUp, SendTrouble> {
        let asked = [jid(&Address::of_phone(phone))?];
        let contacts = self.client.contacts();
        let answers = timeout(LOOK_UP_WITHIN, contacts.is_on_whatsapp(&asked)).await;
        let answers = answers.map_err(|_| SendTrouble::Disconnected)?;
        let answers = answers.map_err(|error| {
            if self.client.is_logged_in() {
                SendTrouble::Refused(error.to_string())
            } else {
                SendTrouble::Disconnected
            }
        })?;
        let Some(found) = answers.into_iter().find(|answer| answer.is_registered) else {
            return Ok(LookedUp::Absent);
        };
        let mut identity = Identity::default();
        for jid in [Some(&found.jid), found.pn_jid.as_ref(), found.lid.as_ref()].into_iter().flatten() {
            let told = address(jid).map(|address| address.identity()).unwrap_or_default();
            identity.phone = identity.phone.or(told.phone);
            identity.lid = identity.lid.or(told.lid);
        }
        Ok(LookedUp::Found(identity))
    }

    /// Sends the author of messages a receipt that the messages were read.
    pub async fn mark_read(
        &self,
        chat: &Address,
        sender: Option<&Address>,
        wa_message_ids: &[String],
    ) -> Result<(), SendTrouble> {
        let (chat, sender) = (jid(chat)?, sender.map(jid).transpose()?);
        let ids: Vec<&str> = wa_message_ids.iter().map(String::as_str).collect();
        let telling = self.client.mark_as_read(&chat, sender.as_ref(), &ids);
        match timeout(SAY_WITHIN, telling).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(SendTrouble::Disconnected),
        }
    }

    /// Asks the account's phone for a message that could not be decrypted. The message then arrives like any other
    /// message.
    pub async fn ask_phone_for(&self, message: &AskedFor) {
        let (Ok(chat), Ok(sender)) = (jid(&message.chat), jid(&message.sender)) else { return };
        let info = lost::info(chat, sender, message.id.clone(), message.from_me);
        // If this fails, the server asks again when a client connects after the next start of the server.
        let _not_asked = timeout(SAY_WITHIN, lost::ask_phone(&self.client, &info)).await;
    }

    /// Shows the recipient that somebody is typing, or has stopped typing.
    pub async fn typing(&self, chat: &Address, types: bool) {
        let Ok(chat) = jid(chat) else { return };
        let chatstate = self.client.chatstate();
        let told = async {
            if types { chatstate.send_composing(&chat).await } else { chatstate.send_paused(&chat).await }
        };
        // An error is ignored, because this is optional. The message itself follows in any case.
        let _not_told = timeout(SAY_WITHIN, told).await;
    }

    /// Whether the stanza is addressed to at least one device that is not the account's own.
    fn names_others(&self, stanza: &whatsapp_rust::wacore_binary::Node) -> Option<bool> {
        let own = self.own_users();
        let participants = stanza.get_optional_child("participants")?;
        let named = participants.children()?.iter().filter(|child| child.tag == "to");
        let mut others = named.filter_map(|child| child.attrs.get("jid")).filter(|jid| {
            let text = jid.to_string();
            let user = text.split(['@', ':']).next().unwrap_or_default();
            !own.contains(user)
        });
        Some(others.next().is_some())
    }

    fn trouble(&self, error: &SendError) -> SendTrouble {
        match error {
            SendError::InvalidRequest(reason) => SendTrouble::Refused(reason.to_string()),
            _ if !self.client.is_logged_in() => SendTrouble::Disconnected,
            SendError::NotLoggedIn => SendTrouble::Disconnected,
            other => SendTrouble::Refused(other.to_string()),
        }
    }
}

impl std::fmt::Debug for Outlet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outlet").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

pub(super) fn jid(address: &Address) -> Result<Jid, SendTrouble> {
    address
        .to_string()
        .parse()
        .map_err(|_| SendTrouble::Refused("its address is none of WhatsApp's".to_owned()))
}
