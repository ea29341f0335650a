//! The linear probe, on images whose classes are easy to separate.

use std::fs;

use crate::common::{IMAGE_BYTES, Scratch};

/// Writes forty images of two classes, dark and bright, and returns their path.
fn write_two_classes(scratch: &Scratch) -> String {
    let path = scratch.path("two_X.bin");
    let images = 40;
    let pixel = |image: usize, i: usize| (image % 2 * 120 + (image * 31 + i * 7919) % 97) as u8;
    let pixels: Vec<u8> =
        (0..images).flat_map(|image| (0..IMAGE_BYTES).map(move |i| pixel(image, i))).collect();
    fs::write(&path, pixels).unwrap();
    let labels: Vec<u8> = (0..images).map(|image| 1 + (image % 2) as u8).collect();
    fs::write(scratch.path("two_y.bin"), labels).unwrap();
    path.to_string_lossy().into_owned()
}

#[test]
fn the_probe_separates_dark_from_bright_and_writes_a_row_per_split() {
    let scratch = Scratch::new();
    let source = write_two_classes(&scratch);
    scratch.tiny("reproduce", &["--source", &source, "--measure-images", "all"]).done();
    let table = fs::read_to_string(scratch.path("results/tiny/probe.csv")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    let rows_of = |representation: &str, case: &str, pooling: &str| {
        let rows = rows.iter().filter(|row| row[..3] == [representation, case, pooling]);
        rows.collect::<Vec<_>>()
    };
    for (representation, case, poolings) in [
        ("pixels", "", &["global", "8x8", "none"][..]),
        ("untrained", "c", &["global", "8x8"]),
        ("trained", "c", &["global", "8x8"]),
    ] {
        for pooling in poolings {
            let rows = rows_of(representation, case, pooling);
            assert_eq!(rows.len(), 10, "{representation} {pooling}");
            // Two classes; a fifth of the 40 images trains the probe.
            assert!(rows.iter().all(|row| row[4..7] == ["2", "8", "32"]), "{rows:?}");
        }
    }
    for row in rows_of("pixels", "", "global") {
        assert_eq!(row[8].parse(), Ok(1.0), "the mean separates dark from bright: {row:?}");
    }
    let summary = fs::read_to_string(scratch.path("results/tiny/summary.md")).unwrap();
    assert!(summary.contains("| pixels | global | 100.0 % | 0.0 % |"), "{summary}");
}
