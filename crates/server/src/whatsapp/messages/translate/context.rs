//! The context of a message: which message it replies to, who is mentioned, whether it was forwarded, and the
//! advertisement from which the chat began.

use linekeeper_model::message::{Context, Quoted, Referral};
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::waproto::whatsapp::context_info::external_ad_reply_info::MediaType;

pub(super) fn translate(about: &wa::ContextInfo) -> Context {
    Context {
        quoted: quoted(about),
        mentions: about.mentioned_jid.iter().filter_map(|jid| jid.parse().ok()).collect(),
        forwarded: about.is_forwarded.unwrap_or(false),
        forwarding_score: about.forwarding_score.unwrap_or(0),
        view_once: false,
        ephemeral_seconds: about.expiration.filter(|seconds| *seconds > 0),
        referral: about.external_ad_reply.as_option().and_then(|ad| referral(about, ad)),
    }
}

fn quoted(about: &wa::ContextInfo) -> Option<Quoted> {
    let wa_message_id = about.stanza_id.clone().filter(|id| !id.is_empty())?;
    let (kind, preview) = about.quoted_message.as_option().map(super::summary).unwrap_or_default();
    let sender = about.participant.as_deref().and_then(|jid| jid.parse().ok());
    Some(Quoted { wa_message_id, sender, kind, preview })
}

/// The advertisement in a context. A link preview is encoded in the same way as an advertisement, but has no
/// source id.
fn referral(about: &wa::ContextInfo, ad: &wa::context_info::ExternalAdReplyInfo) -> Option<Referral> {
    ad.source_id.as_ref().or(ad.ctwa_clid.as_ref())?;
    let media_type = match ad.media_type {
        Some(MediaType::IMAGE) => Some("image"),
        Some(MediaType::VIDEO) => Some("video"),
        _ => None,
    };
    let is_video = media_type == Some("video");
    Some(Referral {
        source_type: ad.source_type.clone().or_else(|| about.entry_point_conversion_source.clone()),
        source_id: ad.source_id.clone(),
        source_url: ad.source_url.clone(),
        headline: ad.title.clone(),
        body: ad.body.clone(),
        media_type: media_type.map(str::to_owned),
        image_url: ad.original_image_url.clone(),
        video_url: ad.media_url.clone().filter(|_| is_video),
        thumbnail_url: ad.thumbnail_url.clone(),
        ctwa_clid: ad.ctwa_clid.clone(),
    })
}
