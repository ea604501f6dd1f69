//! Writing an answer: the envelope of every answer, refusals as problem documents, entity tags, and the common
//! parts of the pages for browsers.

pub(super) mod entity_tag;
pub(super) mod envelope;
pub(super) mod error;
pub(super) mod guarded;
pub(super) mod pages;
pub(super) mod problem;
