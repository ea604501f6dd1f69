//! Webhooks: the endpoints, the events that each endpoint gets, and the results of the requests. Other modules send the
//! requests and store the data. Time and randomness are parameters.

mod attempt;
mod endpoint;
mod header;
mod schedule;
mod secret;
mod standing;
mod url;

pub use attempt::{Attempt, Delivery, DeliveryStatus, FailureKind, Outcome};
pub use endpoint::{Endpoint, Maker, Private, TIMEOUT_SECONDS};
pub use header::{Header, InvalidHeader, MOST_HEADERS};
pub use schedule::{LONGEST_PAUSE, Next, REFUSALS, next, pause};
pub use secret::WebhookSecret;
pub use standing::{DisabledFor, EndpointHealth, EndpointState, FAILING_AFTER, Failure};
pub use url::{EndpointUrl, InvalidEndpointUrl};
