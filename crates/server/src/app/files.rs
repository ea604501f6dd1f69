//! Opens the store for the files of messages, and finds the program that converts them.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;

use crate::config::{Config, ConfigError, Place};
use crate::lifecycle::Lifecycle;
use crate::media::{Bucket, Ffmpeg, Store};
use crate::whatsapp;

/// Opens the store. If the store is a folder that is missing, creates the folder. An S3 store is not contacted
/// yet.
pub(super) fn store(config: &Config, lifecycle: &Lifecycle) -> Result<Store, ConfigError> {
    let invalid = |reason: String| ConfigError::Invalid { setting: "MEDIA_TO".to_owned(), reason };
    match &config.media.to {
        None => Ok(Store::in_folder(config.media_dir(), None)),
        Some(Place::Folder(path)) => {
            // Creates only the last folder of the path. If the disk is not mounted, or the path is misspelt, this
            // must fail.
            if !path.is_dir() {
                let made = DirBuilder::new().mode(0o700).create(path);
                made.map_err(|error| invalid(format!("{}: {error}", path.display())))?;
            }
            Ok(Store::in_folder(path.clone(), Some(config.media_dir())))
        }
        Some(Place::S3 { bucket, prefix }) => {
            let opened = Bucket::open(bucket, prefix, &config.s3, &whatsapp::client_config());
            let (bucket, unfinished) = opened.map_err(|error| invalid(error.to_string()))?;
            let stopping = lifecycle.stopping().clone();
            lifecycle.spawn("unfinished uploads", unfinished.clear_up(stopping));
            Ok(Store::in_bucket(bucket, config.media_dir()))
        }
    }
}

/// ffmpeg, if it is installed.
pub(super) fn ffmpeg() -> Option<Ffmpeg> {
    let found = Ffmpeg::find(std::env::var_os("PATH").as_deref());
    match &found {
        Some(ffmpeg) => {
            tracing::info!(program = %ffmpeg.program().display(), "sound is converted to voice notes")
        }
        None => tracing::info!("ffmpeg is not on the PATH: voice notes must be OGG with Opus"),
    }
    found
}
