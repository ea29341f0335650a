//! Ctrl-C: the first asks the run to stop at the next safe point, the second stops at once.

use std::sync::atomic::{AtomicBool, Ordering};

/// Exit code of a run that was interrupted, as shells give it for SIGINT.
pub const EXIT_CODE: u8 = 130;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The run was interrupted; the message says what is kept and how to resume.
#[derive(Debug)]
pub struct Interrupted(pub String);

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "interrupted: {}", self.0)
    }
}

impl std::error::Error for Interrupted {}

/// Installs the handler for Ctrl-C and termination.
pub fn install() {
    let handler = || {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(EXIT_CODE));
        }
        crate::support::progress::status(
            "stopping at the next safe point; press Ctrl-C again to stop at once",
        );
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        crate::support::progress::status(&format!("warning: Ctrl-C will stop at once: {error}"));
    }
}

/// True once the user asked to stop.
pub fn requested() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// An [`Interrupted`] error where the user asked to stop.
pub fn check(kept: impl FnOnce() -> String) -> anyhow::Result<()> {
    if requested() { Err(Interrupted(kept()).into()) } else { Ok(()) }
}
