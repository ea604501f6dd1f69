//! The OpenAPI document over HTTP. Its content is made in `document`.

pub(in crate::http) mod show;
