//! Metrics of this process: memory, open files and time, under the names that all exporters use. The values are
//! read from `/proc` each time somebody fetches the metrics. Values that cannot be read are left out.

use std::fmt;

use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::registry::Registry;
use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};

use super::asked::{ask, gauge};

pub(super) fn register(registry: &mut Registry) {
    ask(registry, tell);
}

fn tell(encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let sizes = [
        ("process_resident_memory_bytes", "Resident memory", "VmRSS:", 1024),
        ("process_virtual_memory_bytes", "Virtual memory", "VmSize:", 1024),
        ("process_threads", "Threads", "Threads:", 1),
    ];
    for (name, help, key, unit) in sizes {
        if let Some(value) = value_of(&status, key) {
            gauge(encoder, name, help, value * unit)?;
        }
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        // `read_dir` itself keeps the folder `/proc/self/fd` open. The entry of this open folder is not counted.
        gauge(
            encoder,
            "process_open_fds",
            "Open files and sockets",
            (files.count() as u64).saturating_sub(1),
        )?;
    }
    if let Some(most) = getrlimit(Resource::Nofile).current {
        gauge(encoder, "process_max_fds", "Files and sockets that may be open", most)?;
    }
    if let Some(began) = start_time() {
        gauge(encoder, "process_start_time_seconds", "When the process began, since 1970", began)?;
    }
    let used = clock_gettime(ClockId::ProcessCPUTime);
    let help = "Processor time in user and system mode.";
    let metric = encoder.encode_descriptor("process_cpu_seconds", help, None, MetricType::Counter)?;
    ConstCounter::new(used.tv_sec as f64 + used.tv_nsec as f64 / 1e9).encode(metric)
}

/// The number that belongs to a key in `/proc/self/status`. Sizes in that file are in KiB.
fn value_of(status: &str, key: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse().ok()
}

/// When this process started, in seconds since 1970. The kernel counts from its own start, in hundredths of a
/// second (`USER_HZ` is always 100 in Linux' interface).
fn start_time() -> Option<u64> {
    const AFTER_NAME: usize = 19;
    let booted = std::fs::read_to_string("/proc/stat").ok()?;
    let booted = value_of(&booted, "btime")?;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The program's name is in brackets, and may contain any character. So only the text after the last bracket is
    // read.
    let ticks: u64 = stat.rsplit_once(')')?.1.split_whitespace().nth(AFTER_NAME)?.parse().ok()?;
    Some(booted + ticks / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_proc_files_are_found_by_key() {
        let status = "Name:\tx\nVmSize:\t  123456 kB\nVmRSS:\t     789 kB\nThreads:\t7\n";
        assert_eq!(value_of(status, "VmRSS:"), Some(789));
        assert_eq!(value_of(status, "Threads:"), Some(7));
        assert_eq!(value_of(status, "VmSwap:"), None);
    }

    #[test]
    fn the_start_time_of_the_process_is_not_before_the_boot_time() {
        let booted = std::fs::read_to_string("/proc/stat").unwrap();
        assert!(start_time().unwrap() >= value_of(&booted, "btime").unwrap());
    }
}
