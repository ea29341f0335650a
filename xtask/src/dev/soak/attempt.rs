//! One start of the program, and its end.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::plan::{After, Timing};
use crate::support::interrupt;

/// How often a running program is looked at.
const TICK: Duration = Duration::from_millis(1);

/// How a start ended.
pub enum Ending {
    Killed,
    /// By itself, with success.
    Done,
    /// By itself, with what it said.
    Failed(String),
}

/// This very program with its arguments.
pub struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
    /// Its folder for temporary files.
    temporary: PathBuf,
    /// The output of the last start.
    said: PathBuf,
}

/// A child that does not outlive its parent's interest.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        // Fails where it has ended, which is as well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Program {
    pub fn new(arguments: Vec<OsString>, temporary: PathBuf, said: PathBuf) -> Result<Self> {
        let path = std::env::current_exe().context("cannot tell this program's file")?;
        Ok(Self { path, arguments, temporary, said })
    }

    /// Starts the program and kills it as timed, unless it ends before; without a timing, waits for
    /// its end.
    pub fn run(&self, record: &Path, timing: Option<&Timing>) -> Result<Ending> {
        let failed = || format!("cannot write {}", self.said.display());
        let said = File::create(&self.said).with_context(failed)?;
        let mut command = Command::new(&self.path);
        command.args(&self.arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(said);
        for variable in ["TMPDIR", "TMP", "TEMP"] {
            command.env(variable, &self.temporary);
        }
        let child = command.spawn();
        let mut child =
            Guard(child.with_context(|| format!("cannot start {}", self.path.display()))?);
        let mut kill_at = None;
        loop {
            // Ctrl-C stops the run as well.
            interrupt::check(|| "the soak; nothing is kept".to_owned())?;
            if let Some(status) = child.0.try_wait().context("waiting for the run")? {
                let ended =
                    if status.success() { Ending::Done } else { Ending::Failed(self.said()) };
                return Ok(ended);
            }
            if let Some(Timing { after, delay }) = timing
                && kill_at.is_none()
                && self.is_past(after, record)
            {
                kill_at = Some(Instant::now() + *delay);
            }
            let left = kill_at.map(|at| at.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                child.0.kill().context("killing the run")?;
                let status = child.0.wait().context("waiting for the killed run")?;
                // It may have ended in the meantime.
                return Ok(if status.success() { Ending::Done } else { Ending::Killed });
            }
            sleep(left.map_or(TICK, |left| left.min(TICK)));
        }
    }

    /// Whether the last start said anything.
    pub fn has_begun(&self) -> bool {
        fs::metadata(&self.said).is_ok_and(|said| said.len() > 0)
    }

    /// An error where starts left files in the folder for temporary files.
    pub fn check_temporary(&self) -> Result<()> {
        let mut left = fs::read_dir(&self.temporary)
            .with_context(|| format!("cannot list {}", self.temporary.display()))?;
        match left.next() {
            None => Ok(()),
            Some(file) => bail!("a temporary file is left: {}", file?.path().display()),
        }
    }

    fn is_past(&self, after: &After, record: &Path) -> bool {
        match after {
            After::Start => true,
            After::FirstLine => self.has_begun(),
            After::Step(step) => fs::read_to_string(record)
                .is_ok_and(|text| text.contains(&format!("[steps.{step}]"))),
        }
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.said).unwrap_or_default()
    }
}
