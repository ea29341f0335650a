//! A scratch folder with small data, and helpers that run the program in it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// The smallest run that trains, measures and draws: one case, one training step, three maps.
pub const TINY: &str = r#"
preset = "smoke"
cases = ["c"]
epochs = 1
train-images = 2
batch-size = 2
measure-images = 8
channels = [2, 2, 2, 3]
hidden-channels = 3
"#;

/// Flags that make the tiny run long enough to be stopped in the middle.
pub const LONG: [&str; 4] = ["--cases", "a,c", "--epochs", "60"];

/// The number of images in the official files of a [`Scratch`].
pub const IMAGES: usize = 12;
/// The bytes of one image in an official file.
pub const IMAGE_BYTES: usize = 3 * 96 * 96;

/// A temporary folder with `tiny.toml` and [`IMAGES`] synthetic images in `datasets/stl10_binary/`.
pub struct Scratch {
    folder: TempDir,
}

impl Scratch {
    pub fn new() -> Self {
        let scratch = Self { folder: tempfile::tempdir().unwrap() };
        write_binaries(&scratch.path("datasets/stl10_binary"), IMAGES);
        let source = scratch.path("datasets/stl10_binary");
        fs::write(scratch.path("tiny.toml"), format!("source = {source:?}\n{TINY}")).unwrap();
        scratch
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command that runs the program in this folder, with its `results/` and `datasets/`.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(arguments);
        command.current_dir(self.folder.path());
        command.arg("--datasets").arg(self.path("datasets"));
        if arguments.first() != Some(&"fetch") {
            command.arg("--results").arg(self.path("results"));
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(self.command(arguments))
    }

    /// A command such as `reproduce` or `train` with the tiny settings, into `results/tiny`.
    pub fn tiny_command(&self, name: &str, arguments: &[&str]) -> Command {
        let fixed = [name, "--config", "tiny.toml", "--run", "tiny"];
        self.command(&[&fixed, arguments].concat())
    }

    pub fn tiny(&self, name: &str, arguments: &[&str]) -> Outcome {
        Outcome::of(self.tiny_command(name, arguments))
    }

    /// Every file of `results/tiny`.
    pub fn tiny_files(&self) -> BTreeMap<String, Vec<u8>> {
        files(&self.path("results/tiny"))
    }
}

/// A command that runs the program without access to the hub.
pub fn program(arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(arguments);
    command.env("HF_HUB_OFFLINE", "1").env("HF_ENDPOINT", "http://127.0.0.1:9");
    command.env("HF_HOME", "no-such-cache");
    command
}

/// How a run of the program ended.
pub struct Outcome {
    /// The exit code; `None` if a signal ended the program.
    pub code: Option<i32>,
    /// Everything the program printed: stderr, or stdout for `--help` and `--version`.
    pub stderr: String,
}

impl Outcome {
    pub fn of(mut command: Command) -> Self {
        let Output { status, stdout, stderr } = command.output().unwrap();
        let (stdout, stderr) = [stdout, stderr].map(|text| String::from_utf8(text).unwrap()).into();
        assert!(!stderr.contains("panicked"), "{command:?}\n{stderr}");
        let is_help =
            status.success() && command.get_args().any(|a| a == "--help" || a == "--version");
        assert!(stdout.is_empty() || is_help, "stdout is for results: {stdout}");
        Self { code: status.code(), stderr: if is_help { stdout } else { stderr } }
    }

    /// Requires success and returns the output.
    #[track_caller]
    pub fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self.stderr
    }

    /// Requires failure with one error and every part in the output, and returns the output.
    #[track_caller]
    pub fn refused(self, parts: &[&str]) -> String {
        assert!(matches!(self.code, Some(1 | 2)), "exit code {:?}: {}", self.code, self.stderr);
        let errors = self.stderr.lines().filter(|line| line.starts_with("error: ")).count();
        assert_eq!(errors, 1, "{}", self.stderr);
        for part in parts {
            assert!(self.stderr.contains(part), "no `{part}` in: {}", self.stderr);
        }
        self.stderr
    }
}

/// Starts the command and reads its stderr until a line contains `marker`.
pub fn wait_for(mut command: Command, marker: &str) -> Child {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::with_capacity(1, child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains(marker) {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "the program ended before `{marker}`");
    }
    child.stderr = Some(stderr.into_inner());
    child
}

/// Sends a signal, named without `SIG`, to a process.
#[cfg(unix)]
pub fn signal(child: &Child, name: &str) {
    let kill = format!("kill -{name} {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// Writes synthetic images as official image and label files; the labels cycle from 1 to 10.
pub fn write_binaries(folder: &Path, images: usize) {
    fs::create_dir_all(folder).unwrap();
    let pixel = |i: usize| {
        let (image, offset) = (i / IMAGE_BYTES, i % IMAGE_BYTES);
        // Noise, and stripes whose width differs from image to image.
        let stripe = (offset / (7 + image)) % 2 * 120;
        (stripe + i.wrapping_mul(2_654_435_761) % 97) as u8
    };
    fs::write(folder.join("train_X.bin"), (0..images * IMAGE_BYTES).map(pixel).collect::<Vec<_>>())
        .unwrap();
    let labels: Vec<u8> = (0..images).map(|i| (i % 10) as u8 + 1).collect();
    fs::write(folder.join("train_y.bin"), labels).unwrap();
}

/// The bytes of every file under a folder, by relative path, except the empty `.lock`.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn collect(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(root, &path, found);
            } else if path.file_name() != Some(OsStr::new(".lock")) {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(folder, folder, &mut found);
    found
}

/// The names of the files that were added, removed or changed.
pub fn changed(
    before: &BTreeMap<String, Vec<u8>>,
    after: &BTreeMap<String, Vec<u8>>,
) -> Vec<String> {
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    names.into_iter().filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

/// The rows of `metrics.csv` or of a table of losses, without their time columns.
pub fn losses(metrics: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(metrics).unwrap();
    text.lines().map(|line| line.split(',').take(8).collect::<Vec<_>>().join(",")).collect()
}
