//! Tests the translation of each type of message.

use linekeeper_model::message::{Context, ReceivedVia};
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::wacore::types::message::MessageSource;
use whatsapp_rust::waproto::whatsapp::message as kinds;
use whatsapp_rust::waproto::whatsapp::message::protocol_message::Type;

use super::*;

fn info() -> MessageInfo {
    let mut info = MessageInfo { id: "3EB0".into(), push_name: "Ana".to_owned(), ..MessageInfo::default() };
    info.source.chat = "100000012345678@lid".parse().unwrap();
    info.source.sender = "100000012345678:3@lid".parse().unwrap();
    info.source.sender_alt = Some("15551234567@s.whatsapp.net".parse().unwrap());
    info
}

fn read(message: wa::Message) -> (Content, Context) {
    match translate(&message, &info()).what {
        Arrived::Message(content, context) => (*content, *context),
        other => panic!("{other:?}"),
    }
}

fn key(id: &str) -> MessageField<wa::MessageKey> {
    MessageField::some(wa::MessageKey { id: Some(id.to_owned()), from_me: Some(false), ..Default::default() })
}

#[test]
fn all_known_addresses_of_the_sender_are_kept() {
    let arrival =
        translate(&wa::Message { conversation: Some("hello".to_owned()), ..Default::default() }, &info());
    assert_eq!(arrival.sender.phone.as_ref().map(|phone| phone.digits()), Some("15551234567"));
    assert_eq!(arrival.sender.lid.as_ref().map(|lid| lid.0.as_str()), Some("100000012345678"));
    assert_eq!(arrival.peer, arrival.sender);
    assert_eq!((arrival.push_name.as_deref(), arrival.via), (Some("Ana"), ReceivedVia::Live));
    assert!(!arrival.wire.is_empty());
}

#[test]
fn a_text_keeps_its_reply_mentions_and_advertisement() {
    let ad = wa::context_info::ExternalAdReplyInfo {
        source_id: Some("ad-1".to_owned()),
        title: Some("Shoes".to_owned()),
        ..Default::default()
    };
    let quoted = wa::Message { conversation: Some("which?".to_owned()), ..Default::default() };
    let about = wa::ContextInfo {
        stanza_id: Some("3EB1".to_owned()),
        participant: Some("15550000001@s.whatsapp.net".to_owned()),
        quoted_message: MessageField::some(quoted),
        mentioned_jid: vec!["15550000002@s.whatsapp.net".to_owned(), "rubbish".to_owned()],
        is_forwarded: Some(true),
        forwarding_score: Some(3),
        expiration: Some(86_400),
        external_ad_reply: MessageField::some(ad),
        ..Default::default()
    };
    let extended = kinds::ExtendedTextMessage {
        text: Some("hello".to_owned()),
        context_info: MessageField::some(about),
        ..Default::default()
    };
    let message = wa::Message { extended_text_message: MessageField::some(extended), ..Default::default() };
    let (content, context) = read(message);
    assert_eq!(content.text(), Some("hello"));
    let quoted = context.quoted.unwrap();
    assert_eq!((quoted.wa_message_id.as_str(), quoted.kind), ("3EB1", Some(MessageType::Text)));
    assert_eq!(quoted.preview.as_deref(), Some("which?"));
    assert_eq!((context.mentions.len(), context.forwarded, context.forwarding_score), (1, true, 3));
    assert_eq!(context.ephemeral_seconds, Some(86_400));
    assert_eq!(context.referral.unwrap().headline.as_deref(), Some("Shoes"));
}

#[test]
fn a_view_once_message_is_recognised_inside_its_envelopes() {
    let image = kinds::ImageMessage { caption: Some("look".to_owned()), ..Default::default() };
    let inner = wa::Message { image_message: MessageField::some(image), ..Default::default() };
    let once = kinds::FutureProofMessage { message: MessageField::some(inner) };
    let once = wa::Message { view_once_message_v2: MessageField::some(once), ..Default::default() };
    let vanishing = kinds::FutureProofMessage { message: MessageField::some(once) };
    let message = wa::Message { ephemeral_message: MessageField::some(vanishing), ..Default::default() };
    let (content, context) = read(message);
    assert_eq!((content.kind(), content.text(), context.view_once), (MessageType::Image, Some("look"), true));
}

#[test]
fn reactions_and_edits_and_revokes_are_recognised() {
    let reaction =
        kinds::ReactionMessage { key: key("3EB9"), text: Some("👍".to_owned()), ..Default::default() };
    let message = wa::Message { reaction_message: MessageField::some(reaction), ..Default::default() };
    let Arrived::Reaction { target, emoji } = translate(&message, &info()).what else { panic!() };
    assert_eq!((target.wa_message_id.as_str(), emoji.as_str()), ("3EB9", "👍"));

    let act = |kind, edited| {
        let act = kinds::ProtocolMessage {
            key: key("3EB9"),
            r#type: Some(kind),
            edited_message: edited,
            ..Default::default()
        };
        let message = wa::Message { protocol_message: MessageField::some(act), ..Default::default() };
        translate(&message, &info())
    };
    let edited = wa::Message { conversation: Some("better".to_owned()), ..Default::default() };
    let arrival = act(Type::MESSAGE_EDIT, MessageField::some(edited));
    assert!(!arrival.wire.is_empty());
    let Arrived::Edit { content, .. } = arrival.what else { panic!() };
    assert_eq!(content.text(), Some("better"));
    assert!(matches!(act(Type::REVOKE, MessageField::none()).what, Arrived::Revoke { .. }));
    assert_eq!(act(Type::APP_STATE_SYNC_KEY_SHARE, MessageField::none()).what, Arrived::Nothing);
    assert_eq!(act(Type::SHARE_PHONE_NUMBER, MessageField::none()).what, Arrived::NumberTold);
}

#[test]
fn protocol_traffic_is_ignored_and_an_unsupported_message_keeps_its_type_name() {
    let update = kinds::PollUpdateMessage::default();
    let message = wa::Message { poll_update_message: MessageField::some(update), ..Default::default() };
    let (content, _) = read(message);
    let Content::Unsupported(unsupported) = content else { panic!("{content:?}") };
    assert_eq!(unsupported.kind, "pollUpdateMessage");
    let keys = kinds::SenderKeyDistributionMessage::default();
    let traffic =
        wa::Message { sender_key_distribution_message: MessageField::some(keys), ..Default::default() };
    assert_eq!(translate(&traffic, &info()).what, Arrived::Nothing);
    assert_eq!(translate(&wa::Message::default(), &info()).what, Arrived::Nothing);
}

#[test]
fn an_unreadable_message_that_the_phone_resends_becomes_a_normal_message() {
    use whatsapp_rust::buffa::Message as _;
    use whatsapp_rust::waproto::whatsapp::message::PeerDataOperationRequestResponseMessage as Answer;
    use whatsapp_rust::waproto::whatsapp::message::peer_data_operation_request_response_message::{
        PeerDataOperationResult as Outcome,
        peer_data_operation_result::PlaceholderMessageResendResponse as Whole,
    };

    let whole = |from_me: bool| {
        let key = wa::MessageKey {
            remote_jid: Some("15551234567@s.whatsapp.net".to_owned()),
            from_me: Some(from_me),
            id: Some("3EB7".to_owned()),
            ..Default::default()
        };
        let message = wa::Message { conversation: Some("lost and found".to_owned()), ..Default::default() };
        wa::WebMessageInfo {
            key: MessageField::some(key),
            message: MessageField::some(message),
            message_timestamp: Some(1_780_000_000),
            ..Default::default()
        }
    };
    let answer = |told: wa::WebMessageInfo| {
        let whole = Whole { web_message_info_bytes: Some(told.encode_to_vec()) };
        let outcome =
            Outcome { placeholder_message_resend_response: MessageField::some(whole), ..Default::default() };
        let answer = Answer {
            stanza_id: Some("request".to_owned()),
            peer_data_operation_result: vec![outcome],
            ..Default::default()
        };
        let act = kinds::ProtocolMessage {
            peer_data_operation_request_response_message: MessageField::some(answer),
            ..Default::default()
        };
        wa::Message { protocol_message: MessageField::some(act), ..Default::default() }
    };
    let mut phone = MessageInfo::default();
    phone.source.is_from_me = true;
    phone.source.sender = "15559999999@s.whatsapp.net".parse().unwrap();
    let own = phone.source.sender.clone();
    for from_me in [false, true] {
        let found = resent(&answer(whole(from_me)), &phone, Some(&own));
        let [(message, info)] = &found[..] else { panic!("{} messages", found.len()) };
        let arrival = translate(message, info);
        assert_eq!((arrival.wa_message_id.as_str(), arrival.via), ("3EB7", ReceivedVia::Recovered));
        let digits = arrival.sender.phone.as_ref().map(|phone| phone.digits().to_owned());
        let author = if from_me { "15559999999" } else { "15551234567" };
        assert_eq!((digits.as_deref(), arrival.from_me), (Some(author), from_me));
        assert_eq!(arrival.peer.phone.as_ref().map(|phone| phone.digits()), Some("15551234567"));
        assert!(matches!(arrival.what, Arrived::Message(..)), "{:?}", arrival.what);
    }
    let unread = wa::WebMessageInfo { message: MessageField::none(), ..whole(false) };
    assert!(resent(&answer(unread), &phone, Some(&own)).is_empty(), "the phone could not read it either");
    // Such an answer counts only if it comes from the account's own phone. It must not come from other people or from
    // other linked devices.
    for stranger in [
        MessageInfo { source: MessageSource { is_from_me: false, ..phone.source.clone() }, ..phone.clone() },
        MessageInfo {
            source: MessageSource {
                sender: "15559999999:7@s.whatsapp.net".parse().unwrap(),
                ..phone.source.clone()
            },
            ..phone.clone()
        },
    ] {
        assert!(resent(&answer(whole(false)), &stranger, Some(&own)).is_empty());
    }
}
