//! Constant images, or one image, have an MI of 0 everywhere: the results say so in words.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::common::{IMAGE_BYTES, Scratch, files, write_binaries};

/// Replaces the images of a scratch folder by constant ones, each of its own gray.
fn write_constant(scratch: &Scratch, images: usize) {
    let folder = scratch.path("datasets/stl10_binary");
    write_binaries(&folder, images);
    let pixels: Vec<u8> =
        (0..images).flat_map(|image| [20 * image as u8 % 255; IMAGE_BYTES]).collect();
    fs::write(folder.join("train_X.bin"), pixels).unwrap();
}

/// The words of every text file of a folder that are no number where one should be.
fn not_numbers(folder: &Path) -> Vec<String> {
    let files: BTreeMap<String, Vec<u8>> = files(folder);
    let mut found = Vec::new();
    for (name, bytes) in &files {
        let is_text = [".md", ".json", ".csv", ".svg", ".toml"].iter().any(|e| name.ends_with(e));
        let Some(text) = std::str::from_utf8(bytes).ok().filter(|_| is_text) else { continue };
        let words = text.split(|c: char| !c.is_ascii_alphanumeric());
        let is_fault = |word: &&str| ["nan", "inf", "infinity"].contains(&&*word.to_lowercase());
        found.extend(words.filter(is_fault).map(|word| format!("{name}: {word}")));
    }
    assert!(files.contains_key("summary.md") && files.contains_key("summary.json"));
    found
}

#[test]
fn constant_images_give_words_and_no_nan() {
    let scratch = Scratch::new();
    write_constant(&scratch, 12);
    let source = scratch.path("datasets/stl10_binary");
    let source = source.to_str().unwrap();
    let smoke = ["reproduce", "--preset", "smoke", "--source", source, "--run", "constant"];
    scratch.run(&smoke).done();
    let folder = scratch.path("results/constant");
    assert_eq!(not_numbers(&folder), [""; 0]);
    let summary = fs::read_to_string(folder.join("summary.md")).unwrap();
    for part in [
        "**This shows the software, not the study: other images; ",
        "| not the study | A = B = C = D | A 0.0000, B 0.0000, C 0.0000, D 0.0000 nats |",
        "| D | 0.0000 | 0.0000 ± 0.0000 | 0.0 % |",
    ] {
        assert!(summary.contains(part), "no `{part}` in {summary}");
    }
}

#[test]
fn seeds_of_constant_images_of_one_image_and_without_c_give_words() {
    let scratch = Scratch::new();
    write_constant(&scratch, 4);
    let runs: [(&str, &[&str]); 3] = [
        ("level", &["--cases", "a,c"]),
        ("one-image", &["--cases", "a,c", "--measure-images", "1"]),
        ("without-c", &["--cases", "a,b"]),
    ];
    for (name, arguments) in runs {
        let fixed = ["--config", "tiny.toml", "--seeds", "0..2", "--measure-images", "4"];
        let fixed = if name == "one-image" { &fixed[..4] } else { &fixed };
        scratch.run(&[&["reproduce", "--run", name], fixed, arguments].concat()).done();
        let folder = scratch.path(&format!("results/{name}"));
        assert_eq!(not_numbers(&folder), [""; 0], "{name}");
    }
}
