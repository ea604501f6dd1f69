//! The kinds of rows in the vault (the store of sessions), and what each column means. All times are Unix seconds.
//!
//! | kind | tag is of | group_tag | member_tag | number | stamp | mark |
//! |---|---|---|---|---|---|---|
//! | Identity, Session | address | user | | | | |
//! | PreKey | id | | | id | | 1 when uploaded |
//! | SyncKey | key id | | | order of writing | | |
//! | MutationMac | collection, index | collection | | | | |
//! | SenderKeyDevice | group, device | group | device | | | |
//! | LidMapping | LID | phone | | updated at | | order of writing |
//! | TcToken | JID | | | sent at | received at | 1 when there is a token |
//! | SentMessage, PendingInbound, SettledInbound | chat, (sender,) id | | | | stored at | |
//! | AskedAgain | id, device | | | how often it was sent again | asked at | |
//! | MsgSecret | chat, sender, id | | | message's time | expires at, null for never | |
//!
//! For kinds that are not listed, only the tag and the value are used.

/// A kind of row. Its number is stored in the database and must never be reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i64)]
pub(crate) enum Kind {
    Identity = 1,
    Session = 2,
    PreKey = 3,
    SignedPreKey = 4,
    SenderKey = 5,
    SyncKey = 6,
    Version = 7,
    MutationMac = 8,
    SenderKeyDevice = 9,
    LidMapping = 10,
    BaseKey = 11,
    DeviceList = 12,
    GroupMetadata = 13,
    TcToken = 14,
    SentMessage = 15,
    PendingInbound = 16,
    MsgSecret = 17,
    Device = 18,
    SettledInbound = 19,
    AskedAgain = 20,
}

impl Kind {
    /// Every kind.
    #[cfg(feature = "testing")]
    pub(crate) const ALL: [Self; 20] = [
        Self::Identity,
        Self::Session,
        Self::PreKey,
        Self::SignedPreKey,
        Self::SenderKey,
        Self::SyncKey,
        Self::Version,
        Self::MutationMac,
        Self::SenderKeyDevice,
        Self::LidMapping,
        Self::BaseKey,
        Self::DeviceList,
        Self::GroupMetadata,
        Self::TcToken,
        Self::SentMessage,
        Self::PendingInbound,
        Self::MsgSecret,
        Self::Device,
        Self::SettledInbound,
        Self::AskedAgain,
    ];

    /// The number in the `kind` column.
    pub(crate) const fn number(self) -> i64 {
        self as i64
    }

    /// The name of the kind in authenticated data and in errors. It must never be renamed.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity key",
            Self::Session => "Signal session",
            Self::PreKey => "prekey",
            Self::SignedPreKey => "signed prekey",
            Self::SenderKey => "sender key",
            Self::SyncKey => "app state key",
            Self::Version => "app state version",
            Self::MutationMac => "app state mutation",
            Self::SenderKeyDevice => "sender key status",
            Self::LidMapping => "LID mapping",
            Self::BaseKey => "base key",
            Self::DeviceList => "device list",
            Self::GroupMetadata => "group metadata",
            Self::TcToken => "contact token",
            Self::SentMessage => "sent message",
            Self::PendingInbound => "pending message",
            Self::MsgSecret => "message secret",
            Self::Device => "device record",
            Self::SettledInbound => "settled message",
            Self::AskedAgain => "question for a message",
        }
    }
}
