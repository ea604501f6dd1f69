//! Weekly reports: on Monday morning, members who subscribed get an email about their accounts in the week that
//! has just ended.

mod letter;
mod reporter;
mod week;

pub use reporter::WeeklyReports;
