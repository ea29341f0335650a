//! How much memory a run takes.

use std::fs::{self, File};

use crate::common::{IMAGE_BYTES, Scratch};

/// The most memory that the program held while it made a run on `images` images, in MiB; `None` where the
/// system does not tell.
fn peak_mib(scratch: &Scratch, images: usize) -> Option<u64> {
    let name = format!("of-{images}");
    let path = scratch.path(&format!("{name}_X.bin"));
    // A hole: it takes no room on the disk.
    File::create(&path).unwrap().set_len((images * IMAGE_BYTES) as u64).unwrap();
    let all = images.to_string();
    let arguments =
        ["reproduce", "--config", "tiny.toml", "--measure-images", &all, "--run", &name];
    let path = path.to_string_lossy();
    scratch.run(&[&arguments[..], &["--source", &path]].concat()).done();
    let record = fs::read_to_string(scratch.path(&format!("results/{name}/run.toml"))).unwrap();
    let peaks = record.lines().filter_map(|line| line.strip_prefix("peak_memory_mib = "));
    peaks.map(|mib| mib.parse().unwrap()).max()
}

#[test]
fn it_does_not_grow_with_the_number_of_images() {
    let scratch = Scratch::new();
    let (Some(few), Some(many)) = (peak_mib(&scratch, 1_000), peak_mib(&scratch, 9_000)) else {
        eprintln!("skipped: this system does not tell a process its peak memory");
        return;
    };
    // 8,000 more images are 211 MiB as they lie in the file, and as much again in gray.
    assert!(many < few + 32, "{few} MiB for 1,000 images, {many} MiB for 9,000");
}
