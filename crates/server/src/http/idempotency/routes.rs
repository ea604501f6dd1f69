//! Which routes take keys: the document's, so that a new route does too without being named here.

use std::collections::HashSet;
use std::sync::LazyLock;

use axum::extract::{MatchedPath, Request};
use axum::http::Method;

use crate::http::openapi;

/// Whether the request is for a write with a credential.
pub(super) fn take_keys(request: &Request) -> bool {
    static ROUTES: LazyLock<HashSet<(Method, String)>> = LazyLock::new(openapi::writes_with_credential);
    let path = request.extensions().get::<MatchedPath>();
    path.is_some_and(|path| ROUTES.contains(&(request.method().clone(), path.as_str().to_owned())))
}
