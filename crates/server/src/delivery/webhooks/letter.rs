//! The email about an endpoint that was down for a day. The functions are pure.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use linekeeper_model::mail::{Mail, Subject, one_line};
use linekeeper_model::user::{Email, Workspace};
use linekeeper_model::webhook::{Endpoint, Failure};
use url::Url;

/// The email to a member who manages webhooks.
pub(super) fn failing(to: &Email, workspace: &Workspace, endpoint: &Endpoint, base: &Url) -> Mail {
    let origin = endpoint.private.as_ref().map_or("", |private| private.url.origin());
    let zone = TimeZone::get(&workspace.time_zone).unwrap_or(TimeZone::UTC);
    let time = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%-d %B %Y, %H:%M %Z").to_string();
    let since = endpoint.health.down_since.map(time).unwrap_or_default();
    let last = endpoint.health.last_failure.as_ref().map(reason).unwrap_or_default();
    let described = endpoint.description.as_deref().map(one_line).unwrap_or_default();
    let text = format!(
        "A webhook of the workspace “{}” has not worked since {since}.\n\n\
         {origin}\n{described}\nThe last request failed: {last}.\n\n\
         No event is lost: linekeeper keeps trying, one event at a time, and sends the rest when the endpoint answers again.\n\
         Repair the receiver, or pause or delete the webhook.\n\n\
         --\nlinekeeper: {base}\nWebhook {}\n",
        one_line(&workspace.name),
        endpoint.id
    );
    Mail { to: to.clone(), subject: Subject::new("A webhook has not worked for a day"), text }
}

fn reason(failure: &Failure) -> String {
    match failure.status {
        Some(status) => format!("it answered with the status {status}"),
        None => format!("{} ({})", words(failure), failure.kind.code()),
    }
}

const fn words(failure: &Failure) -> &'static str {
    use linekeeper_model::webhook::FailureKind::*;
    match failure.kind {
        Dns => "its name was not found",
        Connect => "no connection",
        Tls => "its certificate is not valid",
        Timeout => "no answer in time",
        RefusedAddress => "its address is in a private network",
        Status => "its answer was an error",
    }
}
