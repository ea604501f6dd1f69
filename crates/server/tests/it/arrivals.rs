//! If WhatsApp delivers something twice, the server reports it once. After a reconnect, WhatsApp may repeat
//! anything.

use linekeeper::whatsapp::MessagePort as _;
use linekeeper_model::Timestamp;
use linekeeper_model::message::{Arrival, Arrived, Content, ReceivedVia, Target, Text};
use linekeeper_model::phone::{Identity, Lid};

use crate::app::App;

const BOB: &str = "15550000001";

fn arrival(id: &str, what: Arrived) -> Arrival {
    let bob = Identity { phone: Some(format!("+{BOB}").parse().unwrap()), lid: None };
    Arrival {
        wa_message_id: id.to_owned(),
        chat: format!("{BOB}@s.whatsapp.net").parse().unwrap(),
        peer: bob.clone(),
        sender: bob,
        push_name: None,
        from_me: false,
        timestamp: Timestamp::from_second(1_780_000_000).unwrap(),
        via: ReceivedVia::Live,
        what,
        wire: Vec::new(),
    }
}

fn text(body: &str) -> Box<Content> {
    Box::new(Content::Text(Text::of(body)))
}

fn of(id: &str) -> Target {
    Target { wa_message_id: id.to_owned(), from_me: false, sender: None }
}

/// A reaction, an edit and a revocation, each of a separate message.
fn acts(on: [&str; 3]) -> [(&'static str, Arrived); 3] {
    let [reacted, edited, revoked] = on.map(of);
    [
        ("message.reaction", Arrived::Reaction { target: reacted, emoji: "👍".to_owned() }),
        ("message.edited", Arrived::Edit { target: edited, content: text("other") }),
        ("message.revoked", Arrived::Revoke { target: revoked }),
    ]
}

#[tokio::test]
async fn a_repeated_message_or_reaction_or_edit_or_revoke_raises_only_one_event() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    let messages = app.services().messages;
    let take = async |arrival: Arrival| messages.arrived(account, 1, vec![arrival]).await.unwrap();
    let told = async |kind: &str| {
        let page = owner.get(&format!("/api/v1/events?types={kind}")).await.json();
        page["data"].as_array().unwrap().len()
    };
    for id in ["M1", "M2", "M3", "M1"] {
        take(arrival(id, Arrived::Message(text("hello"), Box::default()))).await;
    }
    assert_eq!(told("message.received").await, 3);
    for (round, on) in [(1, ["M1", "M2", "M3"]), (2, ["never 1", "never 2", "never 3"])] {
        for (number, (kind, what)) in acts(on).into_iter().enumerate() {
            let id = format!("act {round} {number}");
            for _ in 0..3 {
                take(arrival(&id, what.clone())).await;
            }
            assert_eq!(told(kind).await, round, "{kind} on {}", on[number]);
        }
    }
    // If another person sends a reaction with the same WhatsApp id, the server reports this reaction too.
    let mut carol = arrival("act 2 0", acts(["never 1", "", ""])[0].1.clone());
    carol.sender = Identity { phone: Some("+15550000002".parse().unwrap()), lid: None };
    carol.chat = "15550000002@s.whatsapp.net".parse().unwrap();
    take(carol).await;
    assert_eq!(told("message.reaction").await, 3);
}

/// Other people can learn the id of a message, for example from quotes. They must not get the message by asking
/// for it again.
#[tokio::test]
async fn only_devices_in_the_chat_of_a_message_can_get_the_message_again() {
    let app = App::new().await;
    let owner = app.owner().await;
    let account = app.add_account(&owner.user, "Shop", None).await;
    let messages = app.services().messages;
    let mut sent = arrival("OURS", Arrived::Message(text("for Bob's eyes"), Box::default()));
    sent.peer.lid = Some(Lid("100000012345678".to_owned()));
    (sent.from_me, sent.wire) = (true, b"for Bob's eyes".to_vec());
    sent.sender = Identity { phone: Some("+15550000009".parse().unwrap()), lid: None };
    messages.arrived(account, 1, vec![sent]).await.unwrap();
    let asked = async |chat: &str, id: &str| {
        let found = messages.sent(account, &chat.parse().unwrap(), id).await.unwrap();
        found.is_some_and(|wire| wire == b"for Bob's eyes")
    };
    assert!(asked("15550000001@s.whatsapp.net", "OURS").await);
    assert!(asked("100000012345678@lid", "OURS").await, "Bob under his hidden name");
    for other in ["15550000002@s.whatsapp.net", "100000000000002@lid", "120363000000000000@g.us"] {
        assert!(!asked(other, "OURS").await, "{other} gets what was written to Bob");
    }
    assert!(!asked("15550000001@s.whatsapp.net", "THEIRS").await);
}
