//! Files of messages, in a folder or a bucket. They are sealed (encrypted) piece by piece, so that writing and
//! reading take constant memory. This module knows neither the database nor HTTP. The caller decides who may have
//! a file, and supplies the file's key.

mod bucket;
mod draft;
mod ffmpeg;
mod file;
mod folder;
mod kind;
mod look;
mod mp4;
mod ogg;
mod parts;
mod reader;
mod store;

pub use bucket::Bucket;
pub use draft::{Draft, Written};
pub use ffmpeg::{Ffmpeg, Form, in_memory};
pub use file::File;
pub use kind::{WrongType, type_of};
pub use look::{Seen, look};
pub use parts::Unfinished;
pub use reader::Reader;
pub use store::{AWAY, Store};
