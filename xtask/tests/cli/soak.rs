//! Kill -9 at random times, through every step, by the program's own `soak`.

use std::fs;

use crate::common::{IMAGES, Outcome, Scratch, program};

/// A second a run, in which every step has something to do.
const SETTINGS: [&str; 12] = [
    "--cases",
    "a,c",
    "--iterations",
    "8",
    "--train-images",
    "4",
    "--measure-images",
    "12",
    "--channels",
    "2,2,2,2",
    "--width",
    "2",
];

#[test]
fn twenty_kills_change_no_byte_and_leave_no_half_file() {
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
    let said = soak("20").done();
    assert!(said.contains("20 kills") && said.contains("as without a kill"), "{said}");
    let report = fs::read_to_string(&out).unwrap();
    let kills = |line: &str| line.split('|').nth(2).and_then(|n| n.trim().parse::<usize>().ok());
    let landed: Vec<usize> = report.lines().filter_map(kills).collect();
    // The opening, two trainings, six more steps, the closing.
    assert_eq!((landed.len(), landed.iter().sum::<usize>()), (10, 20), "{report}");
    assert!(landed.iter().filter(|&&kills| kills > 0).count() >= 4, "{report}");

    soak("20").refused(&["soak.md exists", "--out"]);
    fs::remove_file(&out).unwrap();
    soak("0").refused(&["0 kills"]);
}
