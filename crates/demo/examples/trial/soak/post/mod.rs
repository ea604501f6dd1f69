//! Messages between the accounts and friends, who have phones and no account. The module remembers which messages
//! were accepted and what friends wrote, and checks them once nothing goes wrong any more.

mod acts;
mod check;

use std::collections::{HashMap, HashSet};

use rand::RngExt as _;
use rand::rngs::StdRng;
use whatsim::{NewPhone, Server};

pub use self::acts::Act;
use super::hostile;

/// The number of phones that exchange messages with the accounts.
const FRIENDS: usize = 6;

pub struct Post {
    friends: Vec<String>,
    sent: Vec<Sent>,
    written: Vec<Written>,
    /// The number of messages so far. The first word of each message contains this number and is unique.
    number: u64,
    /// The position in the event log up to which it was read.
    cursor: String,
    /// How often each account received each message. The key is the account and the first word of the message.
    received: HashMap<(String, String), u32>,
    /// How often friends received each message, by its first word. `inboxes` has the position up to which each
    /// friend's inbox was read.
    heard: HashMap<String, u32>,
    inboxes: HashMap<String, u64>,
    /// The number of messages that the API accepted, and of those that must have arrived in the log.
    pub accepted: u64,
    pub arrived: u64,
}

/// A message that a program sent. It has an id if the API accepted it. A kill may hide the answer.
#[derive(Debug, Clone)]
struct Sent {
    account: String,
    /// The account's number, as the friend sees it.
    from: String,
    friend: String,
    word: String,
    id: Option<String>,
    /// How often the account could have lost its link before the message was sent.
    losses: u64,
    /// It was sent again, cancelled or erased, so its order in the chat is not checked.
    loose: bool,
    erased: bool,
    /// The position of the message in the friend's inbox.
    heard_at: Option<u64>,
}

/// A message that a friend wrote.
#[derive(Debug, Clone)]
struct Written {
    /// `None` if the phone had no account at that time.
    account: Option<String>,
    number: String,
    friend: String,
    word: String,
    losses: u64,
    /// Whether nothing threatened the link when the message was written.
    sound: bool,
    erased: bool,
}

impl Post {
    pub fn new(simulator: &Server) -> anyhow::Result<Self> {
        let friend = |_| Ok(simulator.phones().create(NewPhone::default())?.number);
        Ok(Self {
            friends: (0..FRIENDS).map(friend).collect::<anyhow::Result<_>>()?,
            sent: Vec::new(),
            written: Vec::new(),
            number: 0,
            cursor: "0".to_owned(),
            received: HashMap::new(),
            heard: HashMap::new(),
            inboxes: HashMap::new(),
            accepted: 0,
            arrived: 0,
        })
    }

    fn any_friend(&self, rng: &mut StdRng) -> String {
        self.friends[rng.random_range(0..self.friends.len())].clone()
    }

    /// A unique text, and its first word, which identifies it.
    fn text(&mut self, rng: &mut StdRng) -> (String, String) {
        self.number += 1;
        let word = format!("m{}", self.number);
        let text = format!("{word} {}", hostile::text(rng).replace('\0', "0"));
        (word, text)
    }

    /// The accounts for which messages are not settled yet.
    fn accounts(&self) -> HashSet<&str> {
        self.sent.iter().map(|sent| sent.account.as_str()).collect()
    }
}

/// The first word of a text, if it identifies a message.
fn word_of(text: &str) -> Option<&str> {
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    text.split_whitespace().next().filter(|word| word.strip_prefix('m').is_some_and(is_number))
}
