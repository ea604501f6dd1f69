//! Checks that files of messages can be stored in the folder or bucket that MEDIA_TO names.

use super::disk;
use super::finding::Finding;
use crate::config::{Config, Place};
use crate::media::Bucket;
use crate::whatsapp;

const SUBJECT: &str = "media";
const HINT: &str = "Check S3_ENDPOINT, the bucket, and what its key may do: write, read, list and delete.";

/// Returns `None` if files are stored in the data directory, which another check covers. With `offline`, an S3
/// store is not contacted.
pub(super) async fn check(config: &Config, offline: bool) -> Option<Finding> {
    match config.media.to.as_ref()? {
        Place::Folder(folder) => Some(disk::check(folder)),
        Place::S3 { .. } if offline => None,
        place @ Place::S3 { bucket, prefix } => {
            let opened = Bucket::open(bucket, prefix, &config.s3, &whatsapp::client_config());
            let (bucket, _unfinished) = match opened {
                Ok(opened) => opened,
                Err(error) => return Some(Finding::of_error(SUBJECT, &error, HINT)),
            };
            Some(match bucket.probe().await {
                Ok(()) => Finding::ok(SUBJECT, format!("{place} takes files and gives them back")),
                Err(error) => Finding::fail(SUBJECT, format!("{place}: {error}"), HINT),
            })
        }
    }
}
