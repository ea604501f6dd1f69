//! Writing an answer: the envelope around every answer, refusals as problem documents, entity tags, and the frame of our
//! pages for browsers.

pub(super) mod entity_tag;
pub(super) mod envelope;
pub(super) mod error;
pub(super) mod guarded;
pub(super) mod pages;
pub(super) mod problem;
