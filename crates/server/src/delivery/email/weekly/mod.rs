//! Weekly reports: on Monday morning, members who want it get a mail about their accounts in the week before.

mod letter;
mod reporter;
mod week;

pub use reporter::WeeklyReports;
