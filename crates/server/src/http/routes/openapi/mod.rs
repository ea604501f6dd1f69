//! The OpenAPI document over HTTP. What it says is made in `document`.

pub(in crate::http) mod show;
