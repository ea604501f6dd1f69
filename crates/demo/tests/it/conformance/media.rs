//! Media between a phone and a companion, over the simulator's HTTPS server.

use serde_json::json;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::features::MediaReuploadRequest;
use whatsapp_rust::upload::UploadOptions;
use whatsapp_rust::wacore::download::MediaType;
use whatsapp_rust::wacore::media_retry::MediaRetryResult;
use whatsapp_rust::wacore::types::events::Event;
use whatsapp_rust::waproto::whatsapp as wa;
use whatsim::content::{Content, Document, Image, Media};

use super::companion::{Companion, jid};
use crate::deadline::within;
use crate::sim::Sim;

const FILE: &[u8] = b"what is in the file";

fn file(caption: Option<&str>) -> Media {
    Media { data: FILE.to_vec().into(), caption: caption.map(str::to_owned), ..Media::default() }
}

/// The id and the content of the next message with a picture.
async fn picture(companion: &Companion) -> anyhow::Result<(String, wa::message::ImageMessage)> {
    companion
        .event("picture", |event| {
            let Event::Messages(batch) = event else { return None };
            batch.iter().find_map(|inbound| {
                Some((inbound.info.id.to_string(), inbound.message.image_message.as_option()?.clone()))
            })
        })
        .await
}

struct Both {
    sim: Sim,
    ann: String,
    bob: String,
    companion: Companion,
}

impl Both {
    async fn linked() -> anyhow::Result<Self> {
        let sim = Sim::start().await?;
        let (ann, bob) = (sim.phone("Ann")?, sim.phone("Bob")?);
        let companion = Companion::linked(&sim, &ann).await?;
        Ok(Self { sim, ann, bob, companion })
    }

    async fn bob_sends_a_picture(&self) -> anyhow::Result<()> {
        let picture = Content::Image(Image(file(Some("look"))));
        self.sim.phones().send(&self.bob, Some(&self.ann), picture).await?;
        Ok(())
    }
}

#[tokio::test]
async fn a_companion_downloads_files_that_a_phone_sends() -> anyhow::Result<()> {
    let both = Both::linked().await?;
    both.bob_sends_a_picture().await?;
    let (_, image) = picture(&both.companion).await?;
    assert_eq!(image.caption.as_deref(), Some("look"));
    assert_eq!(within("download", both.companion.client().download(&image)).await??, FILE);

    both.sim.named_fault("all", "media_403", json!({}), Some(1))?;
    assert_eq!(
        within("download", both.companion.client().download(&image)).await??,
        FILE,
        "a new token helps"
    );
    both.sim.named_fault("all", "media_truncated", json!({ "how": "short" }), None)?;
    within("download", both.companion.client().download(&image)).await?.expect_err("half a file was taken");
    both.sim.finish().await
}

#[tokio::test]
async fn a_phone_decrypts_files_that_a_companion_uploads() -> anyhow::Result<()> {
    let both = Both::linked().await?;
    let client = both.companion.client();
    let big: Vec<u8> = (0..6_000_000_u32).map(|n| (n % 251) as u8).collect();
    let up = client.upload(big.clone(), MediaType::Document, UploadOptions::new());
    let up = within("upload", up).await??;
    let sha256: String = up.file_sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    let document = wa::message::DocumentMessage {
        url: Some(up.url),
        direct_path: Some(up.direct_path),
        media_key: Some(up.media_key.to_vec()),
        file_sha256: Some(up.file_sha256.to_vec()),
        file_enc_sha256: Some(up.file_enc_sha256.to_vec()),
        file_length: Some(up.file_length),
        mimetype: Some("application/pdf".to_owned()),
        file_name: Some("a.pdf".to_owned()),
        ..Default::default()
    };
    let message = wa::Message { document_message: MessageField::some(document), ..Default::default() };
    let sent = within("sent message", client.send_message(jid(&both.bob), message)).await??;
    let heard = both.sim.received(&both.bob, &sent.message_id).await?;
    let Content::Document(Document(media)) = heard.content else { panic!("{heard:?}") };
    assert_eq!((media.error.as_deref(), media.size), (None, Some(big.len() as u64)));
    assert_eq!(media.sha256, Some(sha256));
    assert_eq!(media.file_name.as_deref(), Some("a.pdf"));
    both.sim.finish().await
}

#[tokio::test]
async fn the_phone_uploads_expired_media_again() -> anyhow::Result<()> {
    let both = Both::linked().await?;
    both.bob_sends_a_picture().await?;
    let (id, mut image) = picture(&both.companion).await?;
    both.sim.received(&both.ann, &id).await?;
    assert_eq!(both.sim.expire_media(), 1);
    let client = both.companion.client();
    within("download", client.download(&image)).await?.expect_err("an expired file was served");
    let (chat, key) = (jid(&both.bob), image.media_key.clone().unwrap_or_default());
    let wanted = MediaReuploadRequest {
        msg_id: &id,
        chat_jid: &chat,
        media_key: &key,
        is_from_me: false,
        participant: None,
    };
    let answer = within("media retry", client.media_reupload().request(&wanted)).await??;
    let MediaRetryResult::Success { direct_path } = answer else { panic!("{answer:?}") };
    image.direct_path = Some(direct_path);
    assert_eq!(within("download", client.download(&image)).await??, FILE);

    let unknown = MediaReuploadRequest { msg_id: "NONE", ..wanted };
    let answer = within("media retry", client.media_reupload().request(&unknown)).await??;
    assert!(matches!(answer, MediaRetryResult::NotFound), "{answer:?}");
    both.sim.finish().await
}
