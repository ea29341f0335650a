//! Progress on stderr: a bar on a terminal, one line an iteration otherwise.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Writes a line to stderr. A closed stderr is no reason to lose a run.
pub fn say(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}

/// Progress of one step of a run.
pub struct Progress {
    bar: ProgressBar,
    on_terminal: bool,
    start: Instant,
    total: u64,
}

impl Progress {
    /// A step of `total` units, for example images.
    pub fn new(name: &str, total: u64, unit: &str) -> Self {
        let on_terminal = std::io::stderr().is_terminal();
        let bar = if on_terminal { ProgressBar::new(total) } else { ProgressBar::hidden() };
        let template = format!(
            "{{prefix}} {{bar:30}} {{pos}}/{{len}} {unit}, {{per_sec:.0}} {{msg}} (left: {{eta}})"
        );
        let style = ProgressStyle::with_template(&template)
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style);
        bar.set_prefix(name.to_owned());
        Self { bar, on_terminal, start: Instant::now(), total }
    }

    /// Counts work done.
    pub fn add(&self, units: u64) {
        self.bar.inc(units);
    }

    /// A milestone: beside the bar on a terminal, else a line with the time left.
    pub fn milestone(&self, message: &str, done: u64) {
        if self.on_terminal {
            self.bar.set_message(message.to_owned());
            return;
        }
        let elapsed = self.start.elapsed();
        let left = elapsed.mul_f64(self.total.saturating_sub(done) as f64 / done.max(1) as f64);
        say(&format!("{message} (left: {})", human(left)));
    }

    /// Removes the bar and says what came out.
    pub fn finish(self, message: &str) {
        self.bar.finish_and_clear();
        say(&format!("{message} in {}", human(self.start.elapsed())));
    }
}

/// A duration for people: `8 s`, `3 min 20 s`, `2 h 5 min`.
pub fn human(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let whole = seconds.round() as u64;
    match whole {
        0..=9 => format!("{seconds:.1} s"),
        10..=99 => format!("{whole} s"),
        100..=5999 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}
