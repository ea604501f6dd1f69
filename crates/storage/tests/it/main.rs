//! Both databases and the library's own store, held to the same.

mod agreement;
mod calls;
mod concurrency;
mod conformance;
mod fencing;
mod opening;
mod repositories;
mod sealing;
mod session;
