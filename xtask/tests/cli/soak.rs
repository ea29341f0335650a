//! `soak`: the program kills its own runs with `kill -9` at random times in every step.

use std::fs;

use crate::common::{IMAGES, Outcome, Scratch, program};

/// A run of about a second in which every step has work to do.
const SETTINGS: [&str; 12] = [
    "--cases",
    "a,c",
    "--epochs",
    "8",
    "--train-images",
    "4",
    "--measure-images",
    "12",
    "--channels",
    "2,2,2,2",
    "--hidden-channels",
    "2",
];

#[test]
fn twenty_kills_change_no_byte_and_leave_no_partial_file() {
    let scratch = Scratch::new();
    // Two classes of six images: enough to probe.
    let labels: Vec<u8> = (0..IMAGES).map(|i| (i % 2) as u8 + 1).collect();
    fs::write(scratch.path("datasets/stl10_binary/train_y.bin"), labels).unwrap();
    let source = scratch.path("datasets/stl10_binary");
    let out = scratch.path("soak.md");
    let soak = |kills: &str| {
        let mut command = program(&["soak", "--kills", kills, "--source"]);
        command.arg(&source).args(SETTINGS).args(["--batch-size", "4"]).arg("--out").arg(&out);
        Outcome::of(command)
    };
    let output = soak("20").done();
    assert!(output.contains("20 kills") && output.contains("equal to the reference"), "{output}");
    let report = fs::read_to_string(&out).unwrap();
    let kills = |line: &str| line.split('|').nth(2).and_then(|n| n.trim().parse::<usize>().ok());
    let counts: Vec<usize> = report.lines().filter_map(kills).collect();
    // The time before the first step, two trainings, ten more steps, and the time after the last.
    assert_eq!((counts.len(), counts.iter().sum::<usize>()), (14, 20), "{report}");
    assert!(counts.iter().filter(|&&kills| kills > 0).count() >= 4, "{report}");

    soak("20").refused(&["soak.md exists", "--out"]);
    fs::remove_file(&out).unwrap();
    soak("0").refused(&["--kills is 0"]);
}
