//! Tasks of known information, from `tests/data/beyond_normal`. The folder is in the repository but
//! not in the package.

use std::io;
use std::path::{Path, PathBuf};

/// Pairs of a task.
pub(crate) const PAIRS: usize = 9216;

/// Pairs of a block. The first `BLOCKS` blocks are small samples.
pub(crate) const BLOCK: usize = 1000;
pub(crate) const BLOCKS: usize = PAIRS / BLOCK;

pub(crate) struct Task {
    pub(crate) name: String,
    /// The exact information, in nats.
    pub(crate) nats: f64,
    pub(crate) x: Vec<f32>,
    pub(crate) y: Vec<f32>,
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/beyond_normal")
}

/// Reads every task that `tasks.json` lists.
pub(crate) fn read() -> io::Result<Vec<Task>> {
    let invalid = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    let list = std::fs::read_to_string(folder().join("tasks.json"))?;
    let list: serde_json::Value = serde_json::from_str(&list)?;
    let tasks = list["tasks"].as_array().ok_or_else(|| invalid("tasks.json: no tasks".into()))?;
    let read_one = |task: &serde_json::Value| {
        let (Some(name), Some(nats)) = (task["name"].as_str(), task["mi_nats"].as_f64()) else {
            return Err(invalid(format!("tasks.json: no name or mi_nats in {task}")));
        };
        let bytes = std::fs::read(folder().join(format!("{name}.f32")))?;
        let (values, rest) = bytes.as_chunks::<4>();
        if values.len() != 2 * PAIRS || !rest.is_empty() {
            return Err(invalid(format!("{name}.f32: {} bytes, not {}", bytes.len(), 8 * PAIRS)));
        }
        let values: Vec<f32> = values.iter().map(|&v| f32::from_le_bytes(v)).collect();
        let (x, y) = values.split_at(PAIRS);
        Ok(Task { name: name.to_owned(), nats, x: x.to_vec(), y: y.to_vec() })
    };
    tasks.iter().map(read_one).collect()
}
