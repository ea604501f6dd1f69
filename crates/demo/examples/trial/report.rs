//! What the trials share: output to standard output, settings from environment variables, and errors that say what
//! took too long.

use std::time::Duration;

use anyhow::Context as _;

pub fn say(line: &str) {
    #[expect(clippy::print_stdout, reason = "the report is what this program is for")]
    {
        println!("{line}");
    }
}

pub fn variable<T: std::str::FromStr>(name: &str, default: T) -> anyhow::Result<T>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    match std::env::var(name) {
        Ok(text) => text.parse().with_context(|| name.to_owned()),
        Err(_) => Ok(default),
    }
}

/// The median, the 99th percentile and the slowest time, in milliseconds. `times` must not be empty.
pub fn percentiles(mut times: Vec<Duration>) -> [f64; 3] {
    times.sort();
    let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)].as_secs_f64() * 1e3;
    [50, 99, 100].map(at)
}

/// The output of `future`, or after two minutes an error that names `what`.
pub async fn within<T>(what: &str, future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::time::timeout(Duration::from_secs(120), future)
        .await
        .with_context(|| format!("no {what} in time"))?
}
