//! Weekly reports: on Monday morning, what accounts did in the week before, for members who want to know.

mod letter;
mod reporter;
mod week;

pub use reporter::WeeklyReports;
