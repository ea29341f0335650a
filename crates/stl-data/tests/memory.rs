//! Reading takes the same memory for any number of images.
//!
//! A program of its own, since Linux gives the peak of the whole process.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "suite/support.rs"]
mod support;

use parquet::basic::Compression;
use png::{BitDepth, ColorType};
use stl_data::{Dataset, IMAGE_BYTES, PIXELS};
use support::{Row, png, write_parquet};

/// A line of `/proc/self/status`, in bytes.
fn status(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_end_matches("kB").trim().parse::<usize>().unwrap() * 1024
}

#[test]
fn a_parquet_file_is_never_in_memory_as_a_whole() {
    // One row group of 6,000 images: 166 MB decoded, a few hundred KB of PNG.
    const IMAGES: usize = 6_000;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data.parquet");
    let plain = png(96, 96, ColorType::Rgb, BitDepth::Eight, &[7; IMAGE_BYTES]);
    let rows: Vec<Row> = vec![(Some(plain), Some(1)); IMAGES];
    write_parquet(&path, &rows, IMAGES, Compression::SNAPPY);
    drop(rows);

    let before = status("VmRSS:");
    let data = Dataset::open(&path).unwrap();
    let images: usize =
        data.iter().map(|image| usize::from(image.unwrap().rgb(9, 9) == [7; 3])).sum();
    assert_eq!(images, IMAGES);
    data.gray_into(&[0, IMAGES - 1], &mut vec![0.0; 2 * PIXELS]).unwrap();
    data.digest().unwrap();
    let grown = status("VmHWM:").saturating_sub(before);
    assert!(grown < 48 << 20, "{} MB for {} MB", grown >> 20, (IMAGES * IMAGE_BYTES) >> 20);
}
