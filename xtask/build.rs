//! Digests of the crates' sources, so that a run records which code made it.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// The parts of this crate that the numbers of each step depend on: files of `src`, and the folders of their
/// modules.
const STEPS: [(&str, &[&str]); 5] = [
    ("train.rs", &["train", "metrics", "csv"]),
    ("measure.rs", &["measure", "encoding", "mi_table"]),
    ("sensitivity.rs", &["sensitivity", "encoding", "csv", "statistics"]),
    ("bounds.rs", &["bounds", "encoding", "csv"]),
    ("probe.rs", &["probe", "ridge", "measure", "encoding", "csv"]),
];

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("..");
    for name in ["stl-data", "dim-models", "mi-metrics", "mi-plots"] {
        emit(name, &root.join("crates").join(name), sources);
    }
    let xtask = root.join("xtask");
    emit("xtask", &xtask, sources);
    for (step, parts) in STEPS {
        emit(step, &xtask, |folder| parts.iter().flat_map(|part| part_of(folder, part)).collect());
    }
    let rustc = env::var("RUSTC").expect("set by cargo");
    let version = std::process::Command::new(rustc).arg("--version").output();
    let version = version.ok().and_then(|out| String::from_utf8(out.stdout).ok());
    println!("cargo::rustc-env=RUSTC_VERSION={}", version.unwrap_or_default().trim());
}

/// Sets `SOURCE_STL_DATA` and so on: a 64-bit FNV-1a digest over names and contents.
fn emit(name: &str, folder: &Path, files: impl Fn(&Path) -> Vec<PathBuf>) {
    let mut digest = 0xcbf2_9ce4_8422_2325u64;
    for file in files(folder) {
        println!("cargo::rerun-if-changed={}", file.display());
        let relative = file.strip_prefix(folder).expect("lies under it");
        let contents = fs::read(&file).expect("a source file is readable");
        for byte in relative.to_string_lossy().bytes().chain([0]).chain(contents) {
            digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    let variable = name.to_uppercase().replace(['-', '.'], "_");
    println!("cargo::rustc-env=SOURCE_{variable}={digest:016x}");
}

/// A module's file and those of its folder, in order.
fn part_of(folder: &Path, module: &str) -> Vec<PathBuf> {
    let mut files = vec![folder.join("src").join(format!("{module}.rs"))];
    let inner = folder.join("src").join(module);
    if inner.is_dir() {
        collect(&inner, &mut files);
    }
    files.sort();
    files
}

/// The manifest and every source file of a crate, in order.
fn sources(folder: &Path) -> Vec<PathBuf> {
    println!("cargo::rerun-if-changed={}", folder.join("src").display());
    let mut files = vec![folder.join("Cargo.toml")];
    collect(&folder.join("src"), &mut files);
    files.sort();
    files
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a source folder is readable").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}
