//! Fields that can be added to any content: a reply to another message, mentions, forwarding, view-once,
//! disappearing messages, and the advertisement that the chat began with.

use super::{Desk, Invalid};
use buffa::MessageField;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use wa::context_info::ExternalAdReplyInfo;
use wa::context_info::external_ad_reply_info::MediaType;
use wacore::proto_helpers::MessageExt as _;
use waproto::whatsapp as wa;

/// The fields that can be added to any content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Attached {
    /// The id of the message that this message replies to.
    #[serde(deserialize_with = "id_or_object")]
    pub reply_to: Option<String>,
    /// The people that the message mentions. In a message to send, each one is a number or an address. In a
    /// received message, it is an address.
    pub mentions: Vec<String>,
    /// Whether the message was forwarded.
    pub forwarded: bool,
    /// How often the message was forwarded.
    pub forwarding_score: u32,
    /// Whether the message may be viewed only once.
    pub view_once: bool,
    /// The number of seconds after which the message disappears. `None` means that it stays.
    pub ephemeral_seconds: Option<u32>,
    /// The advertisement that the chat began with.
    pub referral: Option<Referral>,
}

/// An advertisement whose link opened the chat.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Referral {
    /// The type of the source: `ad` or `post`.
    pub source_type: Option<String>,
    /// The advertisement's id.
    pub source_id: Option<String>,
    /// The address of the page that shows the advertisement.
    pub source_url: Option<String>,
    /// The advertisement's headline.
    pub headline: Option<String>,
    /// The advertisement's text.
    pub body: Option<String>,
    /// The type of the media: `image` or `video`.
    pub media_type: Option<String>,
    /// The address of the advertisement's picture.
    pub image_url: Option<String>,
    /// The address of the advertisement's video.
    pub video_url: Option<String>,
    /// The address of a small picture of the advertisement.
    pub thumbnail_url: Option<String>,
    /// The id of the click that opened the chat (click to WhatsApp).
    pub ctwa_clid: Option<String>,
}

/// Reads the id of a message, either as text or inside an object. linekeeper's API accepts both forms too.
fn id_or_object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    match &value {
        Value::Null => Ok(None),
        Value::String(id) => Ok(Some(id.clone())),
        Value::Object(fields) => {
            let id = ["waMessageId", "messageId", "id"].iter().find_map(|name| fields.get(*name)?.as_str());
            id.map(|id| Some(id.to_owned()))
                .ok_or_else(|| serde::de::Error::custom("replyTo: has no waMessageId"))
        }
        _ => Err(serde::de::Error::custom("replyTo: must be a message id")),
    }
}

impl Attached {
    /// Adds the attached fields to a message.
    pub(super) fn write(
        &self,
        message: &mut wa::Message,
        once: bool,
        desk: &dyn Desk,
    ) -> Result<(), Invalid> {
        let context = self.context(desk)?;
        if context != wa::ContextInfo::default() {
            // WhatsApp's plain text has no field for the context, so change the text to an `ExtendedTextMessage`.
            if let Some(text) = message.conversation.take() {
                let extended = wa::message::ExtendedTextMessage { text: Some(text), ..Default::default() };
                message.extended_text_message = MessageField::some(extended);
            }
            let slot = slot(inside(message))
                .ok_or_else(|| Invalid::new("type", "takes neither replyTo nor anything like it"))?;
            *slot = MessageField::some(context);
        }
        if self.view_once || once {
            close_after_one_look(message)?;
        }
        Ok(())
    }

    fn context(&self, desk: &dyn Desk) -> Result<wa::ContextInfo, Invalid> {
        let mut context = wa::ContextInfo::default();
        if let Some(id) = &self.reply_to {
            let target = desk.target(id).map_err(|e| Invalid::new("replyTo", e.reason))?;
            context.stanza_id = Some(id.clone());
            context.participant = Some(target.sender);
            context.quoted_message = MessageField::from_box(target.message.prepare_for_quote());
        }
        for (index, person) in self.mentions.iter().enumerate() {
            let address = desk.person(person);
            let address = address.map_err(|e| Invalid::new(format!("mentions[{index}]"), e.reason))?;
            context.mentioned_jid.push(address);
        }
        if self.forwarded || self.forwarding_score > 0 {
            context.is_forwarded = Some(true);
            context.forwarding_score = Some(self.forwarding_score.max(1));
        }
        if let Some(seconds) = self.ephemeral_seconds {
            context.expiration = Some(seconds);
            context.ephemeral_setting_timestamp = Some(desk.now_millis() / 1_000);
        }
        if let Some(referral) = &self.referral {
            referral.write(&mut context)?;
        }
        Ok(context)
    }

    /// Reads the attached fields of a message.
    pub(crate) fn read(message: &wa::Message) -> Self {
        let mut bare = message.get_base_message().clone();
        let looked_at_once = bare.image_message.view_once.unwrap_or_default()
            || bare.video_message.view_once.unwrap_or_default()
            || bare.audio_message.view_once.unwrap_or_default();
        let mut attached = Self { view_once: looked_at_once, ..Self::default() };
        let Some(context) = slot(&mut bare).and_then(MessageField::take) else {
            return attached;
        };
        // Some replies contain no quoted message, such as a reply to a status.
        if context.quoted_message.is_set() {
            attached.reply_to = context.stanza_id.clone();
        }
        attached.referral = context.external_ad_reply.as_option().map(Referral::read);
        attached.mentions = context.mentioned_jid;
        attached.forwarded = context.is_forwarded.unwrap_or_default();
        attached.forwarding_score = context.forwarding_score.unwrap_or_default();
        attached.ephemeral_seconds = context.expiration.filter(|seconds| *seconds > 0);
        attached
    }
}

impl Referral {
    fn write(&self, context: &mut wa::ContextInfo) -> Result<(), Invalid> {
        let media_type = match self.media_type.as_deref() {
            None => MediaType::NONE,
            Some("image") => MediaType::IMAGE,
            Some("video") => MediaType::VIDEO,
            Some(_) => return Err(Invalid::new("referral.mediaType", "must be image or video")),
        };
        let ad = ExternalAdReplyInfo {
            title: self.headline.clone(),
            body: self.body.clone(),
            media_type: Some(media_type),
            thumbnail_url: self.thumbnail_url.clone(),
            media_url: self.video_url.clone(),
            original_image_url: self.image_url.clone(),
            source_type: self.source_type.clone(),
            source_id: self.source_id.clone(),
            source_url: self.source_url.clone(),
            ctwa_clid: self.ctwa_clid.clone(),
            source_app: Some("facebook".to_owned()),
            show_ad_attribution: Some(true),
            contains_auto_reply: Some(false),
            ..Default::default()
        };
        context.external_ad_reply = MessageField::some(ad);
        context.conversion_source = Some("FB_Ads".to_owned());
        context.entry_point_conversion_source = Some("ctwa_ad".to_owned());
        context.entry_point_conversion_app = Some("facebook".to_owned());
        context.entry_point_conversion_delay_seconds = Some(5);
        context.ctwa_payload = self.ctwa_clid.as_ref().map(|id| id.clone().into_bytes());
        Ok(())
    }

    fn read(ad: &ExternalAdReplyInfo) -> Self {
        let media_type = match ad.media_type {
            Some(MediaType::IMAGE) => Some("image".to_owned()),
            Some(MediaType::VIDEO) => Some("video".to_owned()),
            _ => None,
        };
        Self {
            source_type: ad.source_type.clone(),
            source_id: ad.source_id.clone(),
            source_url: ad.source_url.clone(),
            headline: ad.title.clone(),
            body: ad.body.clone(),
            media_type,
            image_url: ad.original_image_url.clone(),
            video_url: ad.media_url.clone(),
            thumbnail_url: ad.thumbnail_url.clone(),
            ctwa_clid: ad.ctwa_clid.clone(),
        }
    }
}

/// Wraps a media message so that it may be viewed only once.
fn close_after_one_look(message: &mut wa::Message) -> Result<(), Invalid> {
    let voice = message.audio_message.is_set();
    if let Some(image) = message.image_message.as_option_mut() {
        image.view_once = Some(true);
    } else if let Some(video) = message.video_message.as_option_mut() {
        video.view_once = Some(true);
    } else if let Some(audio) = message.audio_message.as_option_mut() {
        audio.view_once = Some(true);
    } else {
        return Err(Invalid::new("viewOnce", "only image, video and voice can be viewed once"));
    }
    let inner = std::mem::take(message);
    let wrapped = MessageField::some(wa::message::FutureProofMessage { message: MessageField::some(inner) });
    if voice {
        message.view_once_message_v2_extension = wrapped;
    } else {
        message.view_once_message_v2 = wrapped;
    }
    Ok(())
}

/// If the message is a document with a caption, returns the message that it wraps. Otherwise returns the message
/// itself.
fn inside(message: &mut wa::Message) -> &mut wa::Message {
    if !message.document_with_caption_message.message.is_set() {
        return message;
    }
    message.document_with_caption_message.get_or_insert_default().message.get_or_insert_default()
}

/// The field of a message's content that holds the context (`ContextInfo`). Returns `None` if the content has no such
/// field.
fn slot(message: &mut wa::Message) -> Option<&mut MessageField<wa::ContextInfo>> {
    macro_rules! first {
        ($($field:ident),* $(,)?) => {
            $(if message.$field.is_set() {
                return message.$field.as_option_mut().map(|content| &mut content.context_info);
            })*
        };
    }
    first!(
        extended_text_message,
        image_message,
        video_message,
        audio_message,
        document_message,
        sticker_message,
        location_message,
        live_location_message,
        contact_message,
        contacts_array_message,
        poll_creation_message,
        poll_creation_message_v3,
        event_message,
        buttons_response_message,
        list_response_message,
        template_button_reply_message,
        group_invite_message,
        order_message,
        product_message,
    );
    None
}
