//! Messages, contacts and chats: unique by their keys, encrypted with the account's key, and deleted together with
//! their account.

use std::sync::Arc;

use linekeeper_model::account::Account;
use linekeeper_model::id::{ChatId, ContactId, MessageId};
use linekeeper_model::message::{
    Chat, ChatType, Content, Detail, Direction, MessageStatus, Origin, Person, Priority, ReceiptKind,
    ReceivedVia, Text, Undecryptable,
};
use linekeeper_model::phone::{Identity, Lid, PhoneNumber};
use linekeeper_storage::testing::{Databases, TestDatabase};
use linekeeper_storage::{AccountKey, MessageFilter, MessageRow, Storage};

use crate::repositories::{an_account_of, at, with_owner};

const ALL: MessageFilter<'static> = MessageFilter {
    chat: None,
    direction: None,
    status: None,
    kind: None,
    client_reference: None,
    wa_message_id: None,
    received_via: None,
    from: None,
    until: None,
    before: None,
    limit: 100,
};

struct World {
    storage: Storage,
    account: Account,
    key: Arc<AccountKey>,
    ana: Person,
    chat: Chat,
}

fn person(phone: Option<&str>, lid: Option<&str>) -> Person {
    let phone = phone.map(|digits| PhoneNumber::from_digits(digits).unwrap());
    let identity = Identity { phone, lid: lid.map(|lid| Lid(lid.to_owned())) };
    Person::new(ContactId::generate(at(1), &mut rand::rng()), identity)
}

fn chat_with(person: &Person) -> Chat {
    let address = match (&person.phone, &person.lid) {
        (Some(phone), _) => linekeeper_model::message::Address::of_phone(phone),
        (None, Some(lid)) => linekeeper_model::message::Address::of_lid(lid),
        (None, None) => unreachable!("they have an address"),
    };
    let id = ChatId::generate(at(1), &mut rand::rng());
    Chat { id, kind: ChatType::Direct, address, name: None, person: Some(person.clone()) }
}

fn inbound(world: &World, wa_id: &str, second: i64) -> MessageRow {
    MessageRow {
        id: MessageId::generate(at(second), &mut rand::rng()),
        chat_id: world.chat.id,
        sender_id: world.ana.id,
        direction: Direction::Inbound,
        origin: Origin::Contact,
        created_by: None,
        detail: Detail::new(Some(wa_id.to_owned()), Content::Text(Text::of(format!("secret words {wa_id}")))),
        status: MessageStatus::Received,
        status_at: at(second),
        received_via: Some(ReceivedVia::Live),
        priority: None,
        send_at: None,
        due_at: None,
        expires_at: None,
        place: None,
        attempts: 0,
        timestamp: at(second),
        created_at: at(second),
    }
}

fn outbound(world: &World, wa_id: &str, place: Option<i64>, due: i64) -> MessageRow {
    let mut row = MessageRow {
        direction: Direction::Outbound,
        origin: Origin::Api,
        status: MessageStatus::Queued,
        received_via: None,
        priority: Some(Priority::Interactive),
        due_at: Some(at(due)),
        expires_at: Some(at(due + 1000)),
        place,
        ..inbound(world, wa_id, due)
    };
    row.detail.client_reference = Some(format!("order {wa_id}"));
    row
}

async fn world(database: &TestDatabase) -> World {
    let storage = database.open().await;
    let (workspace, owner) = with_owner(&storage).await;
    let account = an_account_of(&workspace, &owner, "Shop");
    let mut tx = storage.begin().await.unwrap();
    tx.accounts().insert(&account).await.unwrap();
    tx.commit().await.unwrap();
    let key = storage.account_key(account.id).await.unwrap();
    let ana = Person { push_name: Some("Ana Lima".to_owned()), ..person(Some("15551234567"), None) };
    let chat = chat_with(&ana);
    let mut tx = storage.begin().await.unwrap();
    tx.contacts(&key).insert(&ana).await.unwrap();
    tx.chats(&key).insert(&chat, at(1), true).await.unwrap();
    tx.commit().await.unwrap();
    World { storage, account, key, ana, chat }
}

#[tokio::test]
async fn chat_sender_and_whatsapp_id_identify_a_message() {
    for database in Databases::each().await {
        let world = world(&database).await;
        let other = person(Some("15550000002"), None);
        let mut tx = world.storage.begin().await.unwrap();
        tx.contacts(&world.key).insert(&other).await.unwrap();
        let mut messages = tx.messages(&world.key);
        let first = inbound(&world, "3EB0", 5);
        assert!(messages.insert(&first, b"wire").await.unwrap());
        assert!(!messages.insert(&inbound(&world, "3EB0", 6), b"wire").await.unwrap());
        let by_other = MessageRow { sender_id: other.id, ..inbound(&world, "3EB0", 7) };
        assert!(messages.insert(&by_other, b"").await.unwrap(), "another sender used the same id");
        assert_eq!(messages.by_wa_id("3EB0").await.unwrap(), [first.clone(), by_other.clone()]);
        assert_eq!(messages.wire(first.id).await.unwrap().as_deref(), Some(&b"wire"[..]));
        assert_eq!(messages.wire(by_other.id).await.unwrap(), None);
        assert_eq!(messages.list(&ALL).await.unwrap(), [by_other.clone(), first.clone()]);
        let page = MessageFilter { before: Some((by_other.timestamp, by_other.id)), ..ALL };
        assert_eq!(messages.list(&page).await.unwrap(), std::slice::from_ref(&first));
        let none = MessageFilter { status: Some(MessageStatus::Sent), ..ALL };
        assert_eq!(messages.list(&none).await.unwrap(), []);
        let shown = messages.shown(vec![first], |_, _| None).await.unwrap();
        assert_eq!(
            (shown[0].sender.clone(), shown[0].chat.name.as_deref()),
            (world.ana.clone(), Some("Ana Lima"))
        );
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn texts_and_senders_of_messages_are_stored_encrypted() {
    for database in Databases::each().await {
        let world = world(&database).await;
        let mut tx = world.storage.begin().await.unwrap();
        tx.messages(&world.key)
            .insert(&outbound(&world, "3EB0C0FFEE", Some(1), 5), b"secret wire")
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let dump = database.inspect_product().await.dump().await;
        for secret in ["15551234567", "Ana Lima", "secret words", "secret wire", "3EB0C0FFEE", "order 3EB0"] {
            assert!(!dump.contains(secret), "{secret} in {}", database.name());
        }
    }
}

#[tokio::test]
async fn only_the_newest_messages_that_are_still_unreadable_are_listed() {
    for database in Databases::each().await {
        let world = world(&database).await;
        let mut tx = world.storage.begin().await.unwrap();
        let mut messages = tx.messages(&world.key);
        let mut rows = Vec::new();
        for (wa_id, second) in [("old", 1), ("A", 10), ("B", 11), ("C", 12)] {
            let mut row = inbound(&world, wa_id, second);
            row.detail.content = Content::Undecryptable(Undecryptable { withheld: false });
            messages.insert(&row, b"").await.unwrap();
            rows.push(row);
        }
        messages.insert(&inbound(&world, "text", 13), b"wire").await.unwrap();
        messages.update(&MessageRow { id: rows[2].id, ..inbound(&world, "B", 11) }).await.unwrap();
        let mut ids = async |since, limit| {
            let found = messages.unreadable(at(since), limit).await.unwrap();
            found.into_iter().filter_map(|row| row.detail.wa_message_id).collect::<Vec<_>>()
        };
        assert_eq!(ids(5, 9).await, ["A", "C"], "{}", database.name());
        assert_eq!(ids(0, 2).await, ["A", "C"], "the latest");
    }
}

#[tokio::test]
async fn a_moved_value_is_unreadable_and_a_deleted_account_leaves_no_rows() {
    for database in Databases::each().await {
        let world = world(&database).await;
        let mut tx = world.storage.begin().await.unwrap();
        let row = outbound(&world, "3EB0", Some(1), 5);
        tx.messages(&world.key).insert(&row, b"wire").await.unwrap();
        tx.messages(&world.key).add_receipt(row.id, world.ana.id, ReceiptKind::Read, at(9)).await.unwrap();
        tx.contacts(&world.key)
            .add_spelling(&PhoneNumber::from_digits("15551234568").unwrap(), world.ana.id)
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let inspector = database.inspect_product().await;
        let swapped = "UPDATE messages SET detail = (SELECT detail FROM contacts LIMIT 1)";
        assert_eq!(inspector.execute(swapped).await, 1);
        let read = world.storage.read().await.unwrap().messages(&world.key).get(row.id).await;
        assert!(read.is_err(), "a value that was moved does not open");

        let mut tx = world.storage.begin().await.unwrap();
        tx.accounts().delete(world.account.id).await.unwrap();
        tx.commit().await.unwrap();
        for table in [
            "account_contents",
            "contacts",
            "contact_spellings",
            "chats",
            "merged_ids",
            "messages",
            "message_receipts",
        ] {
            assert_eq!(inspector.count(table).await, 0, "{table}");
        }
    }
}

#[tokio::test]
async fn merging_two_contacts_of_one_person_also_merges_their_messages_and_chats() {
    for database in Databases::each().await {
        let world = world(&database).await;
        let hidden = person(None, Some("100000012345678"));
        let other_chat = chat_with(&hidden);
        let mut tx = world.storage.begin().await.unwrap();
        tx.contacts(&world.key).insert(&hidden).await.unwrap();
        tx.chats(&world.key).insert(&other_chat, at(1), true).await.unwrap();
        tx.messages(&world.key).insert(&inbound(&world, "A", 5), b"").await.unwrap();
        let theirs =
            |id| MessageRow { chat_id: other_chat.id, sender_id: hidden.id, ..inbound(&world, id, 6) };
        tx.messages(&world.key).insert(&theirs("B"), b"").await.unwrap();
        // This is the same message, stored under the person's other contact.
        tx.messages(&world.key).insert(&theirs("A"), b"").await.unwrap();

        // As in the server, the chats are merged first, so that both copies of the message are in the same chat
        // when the contacts are merged.
        tx.messages(&world.key)
            .insert(&MessageRow { chat_id: world.chat.id, ..theirs("C") }, b"")
            .await
            .unwrap();
        tx.contacts(&world.key).update(&Person { lid: None, ..hidden.clone() }).await.unwrap();
        tx.chats(&world.key).merge(world.chat.id, other_chat.id).await.unwrap();
        tx.contacts(&world.key).merge(world.ana.id, hidden.id).await.unwrap();
        let now = Person { lid: hidden.lid.clone(), ..world.ana.clone() };
        tx.contacts(&world.key).update(&now).await.unwrap();

        let listed = tx.messages(&world.key).list(&ALL).await.unwrap();
        let mut ids: Vec<_> = listed.iter().filter_map(|row| row.detail.wa_message_id.clone()).collect();
        ids.sort();
        assert_eq!(ids, ["A", "B", "C"], "{}", database.name());
        assert!(listed.iter().all(|row| row.chat_id == world.chat.id && row.sender_id == world.ana.id));
        assert_eq!(tx.contacts(&world.key).get(hidden.id).await.unwrap(), Some(now.clone()));
        let chat = tx.chats(&world.key).get(other_chat.id).await.unwrap().unwrap();
        assert_eq!((chat.chat.id, chat.chat.person.as_ref()), (world.chat.id, Some(&now)));
        let found = tx.contacts(&world.key).candidates(&now.identity()).await.unwrap();
        assert_eq!((found.by_lid, found.by_phone), (Some(now.clone()), Some(now)));
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn the_message_queue_keeps_its_order_and_belongs_to_the_latest_connection() {
    for database in Databases::each().await {
        let world = world(&database).await;
        let mut tx = world.storage.begin().await.unwrap();
        let mut messages = tx.messages(&world.key);
        assert!(messages.take_over(7).await.unwrap());
        assert!(!messages.take_over(6).await.unwrap(), "an earlier connection");
        assert!(messages.holds(7).await.unwrap() && !messages.holds(6).await.unwrap());
        assert_eq!(messages.take_places(2).await.unwrap(), 1);
        assert_eq!(messages.take_places(1).await.unwrap(), 3);
        let rows = [
            outbound(&world, "1", Some(1), 10),
            outbound(&world, "2", Some(2), 10),
            outbound(&world, "later", None, 500),
        ];
        for row in &rows {
            messages.insert(row, b"wire").await.unwrap();
        }
        let waiting = messages.waiting().await.unwrap();
        assert_eq!(waiting.iter().map(|w| w.id).collect::<Vec<_>>(), rows.each_ref().map(|row| row.id));
        let line = messages.line(at(100)).await.unwrap();
        assert_eq!((line.waiting, line.due), (3, 2));
        let (queued, sending) = (MessageStatus::Queued, MessageStatus::Sending);
        assert!(messages.set_status(rows[0].id, queued, sending, at(11)).await.unwrap());
        assert!(!messages.set_status(rows[0].id, queued, MessageStatus::Cancelled, at(12)).await.unwrap());
        assert_eq!(messages.first_place(world.chat.id).await.unwrap(), Some(1));
        let held = messages.hold(rows[0].id).await.unwrap().unwrap();
        assert_eq!((held.status, held.attempts), (sending, 1));
        messages.update(&MessageRow { status: MessageStatus::Sent, ..held }).await.unwrap();
        assert_eq!(messages.first_place(world.chat.id).await.unwrap(), Some(2));
        let reference = MessageFilter { client_reference: Some("order 2"), ..ALL };
        assert_eq!(messages.list(&reference).await.unwrap(), std::slice::from_ref(&rows[1]));
        tx.commit().await.unwrap();
        let accounts = world.storage.read().await.unwrap().accounts_with_queue().await.unwrap();
        assert_eq!(accounts, [world.account.id]);
    }
}

#[tokio::test]
async fn a_repeated_receipt_keeps_the_first_time_and_is_erased_with_the_person() {
    for database in Databases::each().await {
        let world = world(&database).await;
        let mut tx = world.storage.begin().await.unwrap();
        let row = outbound(&world, "1", Some(1), 10);
        let mut messages = tx.messages(&world.key);
        messages.insert(&row, b"wire").await.unwrap();
        for (kind, second) in
            [(ReceiptKind::Delivered, 20), (ReceiptKind::Read, 21), (ReceiptKind::Delivered, 30)]
        {
            messages.add_receipt(row.id, world.ana.id, kind, at(second)).await.unwrap();
        }
        let receipts = messages.receipts(row.id).await.unwrap();
        assert_eq!((receipts[0].delivered_at, receipts[0].read_at), (Some(at(20)), Some(at(21))));
        messages.erase_person(world.ana.id).await.unwrap();
        tx.commit().await.unwrap();
        let inspector = database.inspect_product().await;
        for table in ["contacts", "chats", "messages", "message_receipts"] {
            assert_eq!(inspector.count(table).await, 0, "{table}");
        }
    }
}
