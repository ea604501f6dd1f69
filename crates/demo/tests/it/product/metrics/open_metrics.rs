//! Reads the OpenMetrics text format as strictly as Prometheus does: everything that Prometheus would refuse is an
//! error here. <https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md>

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail, ensure};

/// The value of each sample. The key is the sample's name with its labels as in the text, such as `x_total{a="b"}`.
pub struct Samples(BTreeMap<String, f64>);

/// The metric that the latest `# TYPE` line describes. All samples before the next `# TYPE` line must belong to
/// this metric.
struct Described {
    name: String,
    kind: String,
}

impl Samples {
    /// Reads the whole text of the metrics. The error says what is invalid.
    pub fn read(text: &str) -> anyhow::Result<Self> {
        let body = text.strip_suffix("# EOF\n").context("it must end with # EOF")?;
        let mut samples = BTreeMap::new();
        let (mut seen, mut helped) = (BTreeSet::new(), BTreeSet::new());
        let mut described: Option<Described> = None;
        for line in body.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, text) = help.split_once(' ').with_context(|| line.to_owned())?;
                ensure!(helped.insert(name.to_owned()), "{name} is explained twice");
                ensure!(text.ends_with('.') && !text.contains('\\'), "{line}");
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').with_context(|| line.to_owned())?;
                ensure!(seen.insert(name.to_owned()), "{name} stands twice, or in two places");
                ensure!(helped.contains(name), "{name} is not explained");
                ensure!(["counter", "gauge", "histogram", "info"].contains(&kind), "{line}");
                described = Some(Described { name: name.to_owned(), kind: kind.to_owned() });
            } else {
                let described = described.as_ref().with_context(|| format!("nobody described {line}"))?;
                let (series, value) = sample(line, described)?;
                ensure!(samples.insert(series.clone(), value).is_none(), "{series} stands twice");
            }
        }
        let samples = Self(samples);
        samples.check_histograms()?;
        Ok(samples)
    }

    /// The value of one series, or NaN if the series does not exist.
    pub fn of(&self, series: &str) -> f64 {
        self.0.get(series).copied().unwrap_or(f64::NAN)
    }

    /// The sum over all series whose text begins with `beginning`.
    pub fn sum(&self, beginning: &str) -> f64 {
        self.0.iter().filter(|(series, _)| series.starts_with(beginning)).map(|(_, value)| value).sum()
    }

    /// The number of series.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Checks that the last bucket of each histogram (`le="+Inf"`) has the same value as the histogram's `_count`.
    fn check_histograms(&self) -> anyhow::Result<()> {
        for (series, all) in self.0.iter().filter(|(series, _)| series.contains("le=\"+Inf\"")) {
            let count = series.replacen("_bucket{", "_count{", 1);
            let count = count.replace("le=\"+Inf\",", "").replace("{le=\"+Inf\"}", "");
            ensure!(self.of(&count) == *all, "{series} is {all}, and {count} is {}", self.of(&count));
        }
        Ok(())
    }
}

fn sample(line: &str, described: &Described) -> anyhow::Result<(String, f64)> {
    let (series, value) = line.rsplit_once(' ').with_context(|| line.to_owned())?;
    let value: f64 = value.parse().with_context(|| line.to_owned())?;
    let (name, labels) = match series.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}').with_context(|| line.to_owned())?),
        None => (series, ""),
    };
    let suffix = name.strip_prefix(&described.name).with_context(|| format!("{name} has no description"))?;
    let suffixes: &[&str] = match described.kind.as_str() {
        "counter" => &["_total"],
        "histogram" => &["_bucket", "_sum", "_count"],
        "info" => &["_info"],
        _ => &[""],
    };
    ensure!(suffixes.contains(&suffix), "{name} is no series of a {}", described.kind);
    ensure!(described.kind == "gauge" || value >= 0.0, "{line}");
    let mut names = BTreeSet::new();
    for (label, value) in pairs(labels).with_context(|| line.to_owned())? {
        let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
        ensure!(!label.is_empty() && label.chars().all(letters), "{line}: {label}");
        ensure!(names.insert(label.clone()), "{line}: {label} stands twice");
        ensure!(!value.is_empty(), "{line}: an empty label is no label");
    }
    Ok((series.to_owned(), value))
}

/// Splits the labels inside the braces into names and values. linekeeper's labels contain no escapes.
fn pairs(labels: &str) -> anyhow::Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    let mut rest = labels;
    while !rest.is_empty() {
        let (name, value) = rest.split_once("=\"").context("a label has no value")?;
        let (value, after) = value.split_once('"').context("a value has no end")?;
        if value.contains('\\') {
            bail!("an escape in {value}");
        }
        found.push((name.to_owned(), value.to_owned()));
        rest = match after.strip_prefix(',') {
            Some("") => bail!("a comma before the end"),
            Some(more) => more,
            None => {
                ensure!(after.is_empty(), "no comma before {after}");
                after
            }
        };
    }
    Ok(found)
}

#[test]
fn the_metrics_checker_refuses_invalid_openmetrics_text() -> anyhow::Result<()> {
    let good = "# HELP a A.\n# TYPE a counter\na_total{b=\"c\",d=\"e\"} 1\n# EOF\n";
    assert_eq!(Samples::read(good)?.of("a_total{b=\"c\",d=\"e\"}"), 1.0);
    for (from, to) in [
        ("# EOF\n", ""),
        ("a_total", "a"),
        ("a_total", "b_total"),
        ("} 1", "} one"),
        ("} 1", "} -1"),
        ("d=", "b="),
        ("c\",", "c\""),
        ("\"e\"", "\"\""),
        ("# TYPE a counter\n", ""),
        ("# EOF", "a_total{b=\"c\",d=\"e\"} 1\n# EOF"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert!(Samples::read(&bad).is_err(), "{bad}");
    }
    Ok(())
}
