//! Progress on stderr: a bar on a terminal, one line an epoch otherwise.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

/// Writes a line to stderr. A closed stderr does not end a run.
pub fn status(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}

/// Progress of one step of a run.
pub struct Progress {
    bar: ProgressBar,
    on_terminal: bool,
    start: Instant,
    total: u64,
    /// Units done before this process.
    skipped: AtomicU64,
}

impl Progress {
    /// A step of `total` units, for example images.
    pub fn new(name: &str, total: u64, unit: &str) -> Self {
        let on_terminal = std::io::stderr().is_terminal();
        let bar = if on_terminal { ProgressBar::new(total) } else { ProgressBar::hidden() };
        let template = format!(
            "{{prefix}} {{bar:30}} {{pos}}/{{len}} {unit}, {{rate}}/s {{msg}} (left: {{eta}})"
        );
        let style = ProgressStyle::with_template(&template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .with_key("rate", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                let _ = write!(out, "{:.0}", state.per_sec());
            });
        bar.set_style(style);
        bar.set_prefix(name.to_owned());
        Self { bar, on_terminal, start: Instant::now(), total, skipped: AtomicU64::new(0) }
    }

    /// Counts units that an earlier process did.
    pub fn skip(&self, units: u64) {
        self.bar.inc(units);
        self.bar.reset_eta();
        self.skipped.fetch_add(units, Ordering::Relaxed);
    }

    /// Counts finished units.
    pub fn add(&self, units: u64) {
        self.bar.inc(units);
    }

    /// A milestone: shown beside the bar on a terminal, else a line with the time left.
    pub fn milestone(&self, message: &str) {
        if self.on_terminal {
            self.bar.set_message(message.to_owned());
            return;
        }
        let position = self.bar.position();
        let done = position.saturating_sub(self.skipped.load(Ordering::Relaxed));
        let to_do = self.total.saturating_sub(position) as f64 / done.max(1) as f64;
        let left = self.start.elapsed().mul_f64(to_do);
        status(&format!("{message} (left: {})", format_duration(left)));
    }

    /// Removes the bar and prints what was done.
    pub fn finish(self, message: &str) {
        self.bar.finish_and_clear();
        status(&format!("{message} in {}", format_duration(self.start.elapsed())));
    }
}

/// An error and its causes, each printed once: some errors repeat their cause in their own text.
pub fn error_chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(|cause| cause.to_string()) {
        let cause = cause.trim_end();
        if !text.contains(cause) {
            text = if text.is_empty() { cause.to_owned() } else { format!("{text}: {cause}") };
        }
    }
    text
}

/// A duration for people: `8 s`, `3 min 20 s`, `2 h 5 min`.
pub fn format_duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let whole = seconds.round() as u64;
    match whole {
        0..=9 => format!("{seconds:.1} s"),
        10..=99 => format!("{whole} s"),
        100..=5999 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_that_repeats_what_was_said_is_left_out() {
        let cause = anyhow::anyhow!("no space left\n");
        let repeating = cause.context("x.bin: cannot write: no space left");
        let error = repeating.context("unpacking");
        assert_eq!(error_chain(&error), "unpacking: x.bin: cannot write: no space left");
    }

    #[test]
    fn durations_read_well() {
        for (seconds, text) in [
            (0.04, "0.0 s"),
            (9.4, "9.4 s"),
            (42.4, "42 s"),
            (200.0, "3 min 20 s"),
            (7500.0, "2 h 5 min"),
        ] {
            assert_eq!(format_duration(Duration::from_secs_f64(seconds)), text);
        }
    }
}
