//! Files of messages: upload, download, and links to one file.

pub(in crate::http) mod file;
pub(in crate::http) mod link;
mod range;
mod served;
pub(in crate::http) mod show;
pub(in crate::http) mod upload;
