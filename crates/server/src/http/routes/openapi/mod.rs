//! The OpenAPI document over HTTP. The module `document` builds it.

pub(in crate::http) mod show;
