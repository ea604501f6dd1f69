//! A message in a request body. The field `type` names the kind of message, such as `text`. A second field, which has
//! this name, contains the content. `content` lists all kinds. The other files read the parts of the message.

mod content;
mod edit;
mod file;
mod reaction;
mod reply;
mod target;
mod text;

use jiff::Timestamp;
use linekeeper_model::message::{InvalidSchedule, Priority, Recipient, Schedule};

use content::{ACTS, SentContent};
use reply::RepliesTo;

use crate::http::answer::error::FieldError;
use crate::http::request::declare::body;
use crate::http::request::fields::Fault;
use crate::http::request::value::{Chars, List, Within};
use crate::messages::NewMessage;

/// The maximum number of characters of a reference.
const LONGEST_REFERENCE: usize = 100;
/// The maximum number of people that a message may mention.
const MOST_MENTIONS: usize = 100;
/// A year in seconds.
const LONGEST_EPHEMERAL: u32 = 365 * 24 * 60 * 60;

body! {
    /// A message to send. The field `type` says what kind of message this is. The content is in the field that has the
    /// name of the type, such as `text`.
    pub(in crate::http) struct SendMessage as "SendMessage" {
        /// The recipient: a phone number with its country code, the id of a chat or a person, or a WhatsApp
        /// address. Leave it out for reactions, edits and revokes.
        #[example("+15551234567")]
        to: Option<Recipient>,
        /// The type of the message. The field with this name contains the content: if the type is `text`, the content
        /// is in the field `text`.
        content: SentContent,
        /// The message to reply to.
        reply_to: Option<RepliesTo>,
        /// The people that the text names with `@`: their phone numbers, WhatsApp addresses or ids.
        mentions: Option<List<Recipient, 0, MOST_MENTIONS>>,
        /// When to send the message, at most 30 days ahead. Without `sendAt`, the server sends the message as soon as
        /// possible.
        send_at: Option<Timestamp>,
        /// When the server stops trying. A message that was not sent by then fails with `expired`. The default is 24
        /// hours after the message is due.
        expires_at: Option<Timestamp>,
        /// The server sends `interactive` messages before `bulk` messages of other chats. The priority does not change
        /// the order of the messages within one chat.
        priority: Option<Priority>,
        /// Your own reference for the message, of up to 100 characters. You can list messages by their reference.
        client_reference: Option<Chars<1, LONGEST_REFERENCE>>,
        /// After how many seconds phones remove the message. 0 means never.
        ephemeral_seconds: Option<Within<0, LONGEST_EPHEMERAL>>,
    }
    limit 512 * 1024;
    rules |fields| {
        let acts = fields.kind().is_some_and(|kind| ACTS.contains(&kind));
        match &to {
            // A reaction, an edit or a revoke goes to the chat of the message that it acts on, so `to` is refused.
            Some(Some(_)) if acts => {
                fields.fail("to", Fault::new("unknown_field", "is not known here"));
            }
            Some(None) if !acts => fields.require("to"),
            _ => {}
        }
    }
}

impl SendMessage {
    /// Converts the body to a message that is accepted at the time `now`. `place` is the path of the body in the
    /// request. The names of wrong fields begin with it.
    pub(super) fn at(self, now: Timestamp, default: Priority, place: &str) -> Result<NewMessage, FieldError> {
        let schedule = Schedule::new(now, self.send_at, self.expires_at).map_err(|error| {
            let field = match error {
                InvalidSchedule::ExpiresBeforeDue => "expiresAt",
                InvalidSchedule::SendAtPast | InvalidSchedule::SendAtTooFar => "sendAt",
            };
            FieldError { field: format!("{place}{field}"), code: "out_of_range", message: error.to_string() }
        })?;
        let (content, file) = self.content.taken_apart();
        let (file, view_once) = file.map_or((None, false), |(file, view_once)| (Some(file), view_once));
        Ok(NewMessage {
            to: self.to,
            content,
            reply_to: self.reply_to.map(|RepliesTo(reply)| reply),
            mentions: self.mentions.map_or_else(Vec::new, |List(mentions)| mentions),
            schedule,
            priority: self.priority.unwrap_or(default),
            client_reference: self.client_reference.map(|Chars(reference)| reference),
            ephemeral_seconds: self
                .ephemeral_seconds
                .map(|Within(seconds)| seconds)
                .filter(|seconds| *seconds > 0),
            file,
            view_once,
        })
    }
}
