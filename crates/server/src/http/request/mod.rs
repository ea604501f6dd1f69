//! Reading a request: its body, query and path, its `Accept` header, its client's address and id, and its idempotency
//! key. Knows nothing about the meaning of requests.

pub(super) mod accept;
pub(super) mod body;
pub(super) mod client_address;
pub(super) mod cursor;
pub(super) mod declare;
pub(super) mod encoding;
pub(super) mod fault;
pub(super) mod fields;
pub(super) mod idempotency;
pub(super) mod json;
pub(super) mod kinds;
pub(super) mod member;
pub(in crate::http) mod model_values;
pub(super) mod origin;
pub(super) mod paging;
pub(super) mod path;
pub(super) mod query;
pub(super) mod request_id;
pub(super) mod under_way;
pub(super) mod value;
