//! Writes log lines. The protocol library logs phone numbers at level info, stanzas at debug and an appeal token
//! at warn. So its log targets are off, unless a filter names them.

use tracing_subscriber::filter::{DynFilterFn, FilterExt as _, LevelFilter, ParseError};
use tracing_subscriber::layer::{Filter, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use super::Traces;
use crate::config::{Log, LogFormat};

/// The filter for log lines of other crates.
const OTHERS: &str = "off,sqlx=warn,hyper=warn,axum=warn,tower_http=warn";

/// linekeeper's own crates.
const OURS: [&str; 4] = ["linekeeper", "linekeeper_storage", "linekeeper_demo", "whatsim"];

/// The level or the filter cannot be parsed.
#[derive(Debug, thiserror::Error)]
#[error("LINEKEEPER_LOG: must be error, warn, info, debug or trace, or a filter such as linekeeper=debug")]
pub struct InvalidFilter(#[source] Option<ParseError>);

/// Starts logging to standard error. Also passes spans to `traces`, if traces are exported. A second call in the
/// same process changes nothing.
pub fn start(log: &Log, traces: Option<&Traces>) -> Result<(), InvalidFilter> {
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()));
    let lines = match log.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    // Each layer has its own filter, so that traces are exported even if few lines are logged.
    let lines = lines.with_filter(asked_each_time(filter(&log.level)?));
    let spans = traces.map(Traces::layer);
    let _already_started = tracing_subscriber::registry().with(spans).with(lines).try_init();
    Ok(())
}

/// Makes a filter that decides about each log line again. Without this function, the decision would be cached for each
/// place in the code that logs. The cache can be wrong: after sqlx asked whether one of its own lines is wanted, the
/// next line of linekeeper was lost (<https://github.com/tokio-rs/tracing/issues/2519>).
fn asked_each_time<S>(filter: EnvFilter) -> impl Filter<S> {
    filter.and(DynFilterFn::new(|_, _| true).with_max_level_hint(LevelFilter::TRACE))
}

/// Checks whether [`start`] would accept this level.
pub fn check(level: &str) -> Result<(), InvalidFilter> {
    filter(level).map(drop)
}

fn filter(level: &str) -> Result<EnvFilter, InvalidFilter> {
    let parsed = |text: String| EnvFilter::builder().parse(text).map_err(|error| InvalidFilter(Some(error)));
    if level.parse::<tracing::Level>().is_ok() || level.eq_ignore_ascii_case("off") {
        let ours = OURS.map(|target| format!("{target}={level}")).join(",");
        return parsed(format!("{OTHERS},{ours}"));
    }
    // A single word that is not a level is probably a mistake, so it is refused. Otherwise it would be read as a
    // target. That would enable this target and silence all others.
    if !level.contains(['=', ':', '[']) {
        return Err(InvalidFilter(None));
    }
    parsed(format!("{OTHERS},{level}"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use tracing::dispatcher;
    use tracing_subscriber::Layer as _;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::{asked_each_time, filter};

    #[derive(Clone, Default)]
    struct Said(Arc<Mutex<Vec<u8>>>);

    impl Write for Said {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// Asks tracing whether a debug line of sqlx is wanted. After each query, sqlx asks the same through the log
    /// crate.
    fn ask_for_a_line_that_is_not_wanted() {
        let theirs = tracing::callsite! {
            name: "statement", kind: tracing::metadata::Kind::EVENT, target: "sqlx::query", level: tracing::Level::DEBUG, fields:
        };
        dispatcher::get_default(|current| current.enabled(tracing::Callsite::metadata(theirs)));
    }

    #[test]
    fn after_a_check_of_a_disabled_log_line_enabled_lines_are_still_logged() {
        let said = Said::default();
        let writer = said.clone();
        let lines = tracing_subscriber::fmt::layer().with_writer(move || writer.clone());
        let lines = lines.with_filter(asked_each_time(filter("debug").unwrap()));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            for round in ["first", "second"] {
                tracing::info!(target: "linekeeper", round, "ours");
                ask_for_a_line_that_is_not_wanted();
            }
        });
        let said = String::from_utf8(said.0.lock().unwrap().clone()).unwrap();
        assert!(said.contains("first") && said.contains("second"), "{said}");
    }

    #[test]
    fn a_log_level_without_targets_applies_only_to_our_own_crates() {
        let text = filter("debug").unwrap().to_string();
        assert!(text.contains("linekeeper=debug") && text.contains("off") && !text.contains("whatsapp_rust"));
        for slip in ["linekeeper=loud", "loud", "inof", ""] {
            assert!(filter(slip).is_err(), "{slip}");
        }
        assert!(filter("off").is_ok() && filter("linekeeper::http=debug,linekeeper=info").is_ok());
    }
}
