//! Messages between the accounts and friends, who have phones and no account: what was accepted, what friends wrote, and
//! what must have become of it once nothing goes wrong.

mod acts;
mod check;

use std::collections::{HashMap, HashSet};

use rand::RngExt as _;
use rand::rngs::StdRng;
use whatsim::{NewPhone, Server};

pub use self::acts::Act;
use super::hostile;

/// Phones that write and are written to.
const FRIENDS: usize = 6;

pub struct Post {
    friends: Vec<String>,
    sent: Vec<Sent>,
    written: Vec<Written>,
    /// Messages so far. Each begins with a word of its own.
    number: u64,
    /// Up to where the event log was read.
    cursor: String,
    /// What accounts received: the account, and the message's word.
    received: HashMap<(String, String), u32>,
    /// What friends received, and up to where each inbox was read.
    heard: HashMap<String, u32>,
    inboxes: HashMap<String, u64>,
    /// What was judged.
    pub accepted: u64,
    pub arrived: u64,
}

/// A message that a program sent. It was accepted once it has an id; a kill may hide that.
#[derive(Debug, Clone)]
struct Sent {
    account: String,
    /// The account's number, as the friend sees it.
    from: String,
    friend: String,
    word: String,
    id: Option<String>,
    /// How often the account could have lost its link until then.
    losses: u64,
    /// It was sent again, cancelled or erased: its place in the chat is free.
    loose: bool,
    erased: bool,
    /// When the friend heard it, among all that the friend heard.
    heard_at: Option<u64>,
}

/// A message that a friend wrote.
#[derive(Debug, Clone)]
struct Written {
    /// None while the phone had no account.
    account: Option<String>,
    number: String,
    friend: String,
    word: String,
    losses: u64,
    /// The link was sound when it was written.
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

    /// A text that nobody else writes. Its first word names it.
    fn text(&mut self, rng: &mut StdRng) -> (String, String) {
        self.number += 1;
        let word = format!("m{}", self.number);
        let text = format!("{word} {}", hostile::text(rng).replace('\0', "0"));
        (word, text)
    }

    /// Accounts that messages still wait on.
    fn accounts(&self) -> HashSet<&str> {
        self.sent.iter().map(|sent| sent.account.as_str()).collect()
    }
}

/// The word that names a message.
fn word_of(text: &str) -> Option<&str> {
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    text.split_whitespace().next().filter(|word| word.strip_prefix('m').is_some_and(is_number))
}
