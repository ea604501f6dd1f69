//! Messages between the API and WhatsApp. Inbound messages are stored before they are acknowledged, and outbound
//! messages before they are sent. This module knows neither HTTP nor SQL.

mod accept;
mod contacts;
mod inbound;
mod media;
mod people;
mod queue;
mod reading;
mod retention;
mod service;

pub use accept::{
    Accept, FileFrom, KeepAnswer, NewContent, NewFile, NewMessage, ReplyTo, SendRefused, WrongFile,
};
pub use contacts::PeopleRefused;
pub use media::{MediaLink, MediaSettings, MediaTrouble, OpenMedia, Unreadable, Upload, UploadRefused, Web};
pub use queue::ActRefused;
pub use reading::{MessageQuery, QueueReport, ShownChat};
pub use service::{Dependencies, Messages};
