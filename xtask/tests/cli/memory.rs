//! How much memory a run takes.

use std::collections::BTreeMap;
use std::fs::{self, File};

use crate::common::{IMAGE_BYTES, Scratch};

/// The most memory that the program had held by the end of each step of a run on `images` images, in MiB; none
/// where the system does not tell.
///
/// On one thread: on several, chance decides how many figures are on the canvas at once.
fn peaks_mib(scratch: &Scratch, images: usize) -> BTreeMap<String, i64> {
    let name = format!("of-{images}");
    let path = scratch.path(&format!("{name}_X.bin"));
    // A hole: it takes no room on the disk.
    File::create(&path).unwrap().set_len((images * IMAGE_BYTES) as u64).unwrap();
    let all = images.to_string();
    let run = ["reproduce", "--config", "tiny.toml", "--threads", "1", "--run", &name];
    let data = ["--measure-images", &all, "--source", &path.to_string_lossy()];
    scratch.run(&[&run[..], &data].concat()).done();

    let record = fs::read_to_string(scratch.path(&format!("results/{name}/run.toml"))).unwrap();
    let record: toml::Table = record.parse().unwrap();
    let peak = |(step, of): (&String, &toml::Value)| {
        Some((step.clone(), of.get("peak_memory_mib")?.as_integer()?))
    };
    record["steps"].as_table().unwrap().iter().filter_map(peak).collect()
}

#[test]
fn it_does_not_grow_with_the_number_of_images() {
    let scratch = Scratch::new();
    let few = peaks_mib(&scratch, 1_000);
    if few.is_empty() {
        eprintln!("skipped: this system does not tell a process its peak memory");
        return;
    }
    let many = peaks_mib(&scratch, 9_000);
    assert_eq!(few.len(), many.len());
    // 8,000 more images are 211 MiB as they lie in the file, and 70 to 281 MiB in gray.
    for (step, &few) in &few {
        let many = many[step];
        assert!(many < few + 32, "{step}: {few} MiB for 1,000 images, {many} MiB for 9,000");
    }
}
