//! The peak memory of a run.

use std::collections::BTreeMap;
use std::fs::{self, File};

use crate::common::{IMAGE_BYTES, Scratch};

/// The peak memory of the program at the end of each step of a run on `images` images, in MiB.
/// Empty if the system does not report it.
///
/// The run has one thread. With several, the number of figures drawn at the same time is random.
fn peaks_mib(scratch: &Scratch, images: usize) -> BTreeMap<String, i64> {
    let name = format!("of-{images}");
    let path = scratch.path(&format!("{name}_X.bin"));
    // A sparse file, which takes no space on the disk.
    File::create(&path).unwrap().set_len((images * IMAGE_BYTES) as u64).unwrap();
    let all = images.to_string();
    let run = ["reproduce", "--config", "tiny.toml", "--threads", "1", "--run", &name];
    let data = ["--measure-images", &all, "--source", &path.to_string_lossy()];
    scratch.run(&[&run[..], &data].concat()).done();

    let record = fs::read_to_string(scratch.path(&format!("results/{name}/run.toml"))).unwrap();
    let record: toml::Table = record.parse().unwrap();
    let peak = |(step, entry): (&String, &toml::Value)| {
        Some((step.clone(), entry.get("peak_memory_mib")?.as_integer()?))
    };
    record["steps"].as_table().unwrap().iter().filter_map(peak).collect()
}

#[test]
fn peak_memory_does_not_grow_with_the_number_of_images() {
    let scratch = Scratch::new();
    let few = peaks_mib(&scratch, 1_000);
    if few.is_empty() {
        eprintln!("skipped: this system does not report the peak memory of a process");
        return;
    }
    let many = peaks_mib(&scratch, 9_000);
    assert_eq!(few.len(), many.len());
    // 8,000 more images are 211 MiB in the file, and 70 MiB (bytes) to 281 MiB (`f32`) in gray. The
    // allocator keeps or returns what the step `bounds` freed: 45 MiB more or less in the same run.
    for (step, &few) in &few {
        let many = many[step];
        assert!(many < few + 60, "{step}: {few} MiB for 1,000 images, {many} MiB for 9,000");
    }
}
