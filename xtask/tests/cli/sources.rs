//! `--source`: where images come from, and what is said when they do not.

use std::fs;
use std::path::Path;

use crate::common::{IMAGE_BYTES, IMAGES, Outcome, Scratch, write_binaries};

/// The sample photographs of this repository.
fn sample() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/sample/sample.parquet")
}

fn copy_sample(to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(sample(), to).unwrap();
}

/// Trains on a source with the tiny settings.
fn train(scratch: &Scratch, source: &str) -> Outcome {
    scratch.run(&["train", "--config", "tiny.toml", "--source", source])
}

#[test]
fn official_binaries_win_over_all_else() {
    let scratch = Scratch::new();
    copy_sample(&scratch.path("datasets/train-00000-of-00001.parquet"));
    for source in ["auto", "stl10"] {
        let said = train(&scratch, source).done();
        assert!(said.contains(&format!("stl10_binary ({IMAGES} images)")), "{said}");
        assert!(!said.contains("Tried"), "{said}");
    }
}

#[test]
fn a_parquet_file_of_the_train_split_is_found() {
    let scratch = Scratch::new();
    fs::remove_dir_all(scratch.path("datasets/stl10_binary")).unwrap();
    copy_sample(&scratch.path("datasets/train-00000-of-00001.parquet"));
    let said = train(&scratch, "auto").done();
    // It is known by its content, not by its name.
    assert!(said.contains("sample photographs (581 images)"), "{said}");
    assert!(!said.contains("Tried"), "{said}");
}

#[test]
fn the_sample_stands_in_and_what_was_tried_is_said() {
    let scratch = Scratch::new();
    fs::remove_dir_all(scratch.path("datasets")).unwrap();
    copy_sample(&scratch.path("datasets/sample/sample.parquet"));
    let said = train(&scratch, "auto").done();
    for part in [
        "sample photographs (581 images)",
        "STL-10 is not here",
        "stl10_binary/train_X.bin",
        "train-*.parquet",
        "the hub: offline",
        "cargo xtask fetch",
        "local-sample-smoke",
    ] {
        assert!(said.contains(part), "no `{part}` in {said}");
    }
}

#[test]
fn a_hub_out_of_reach_is_no_obstacle() {
    let scratch = Scratch::new();
    fs::remove_dir_all(scratch.path("datasets")).unwrap();
    copy_sample(&scratch.path("datasets/sample/sample.parquet"));
    let mut command = scratch.command(&["train", "--config", "tiny.toml", "--source", "auto"]);
    command.env_remove("HF_HUB_OFFLINE");
    let said = Outcome::of(command).done();
    assert!(said.contains("the hub: http://127.0.0.1:9/"), "{said}");
    assert_eq!(said.matches("onnection refused").count(), 1, "a cause is said twice: {said}");
}

#[test]
fn without_images_the_error_says_what_was_tried_and_what_to_do() {
    let scratch = Scratch::new();
    fs::remove_dir_all(scratch.path("datasets")).unwrap();
    let parts = ["STL-10 is not here", "train-*.parquet", "cargo xtask fetch", "--source PATH"];
    train(&scratch, "stl10").refused(&parts);
    train(&scratch, "auto").refused(&[&parts[..], &["sample.parquet"]].concat());
    train(&scratch, "sample").refused(&["sample.parquet", "no such file"]);
    assert!(!scratch.path("results").exists());
}

#[test]
fn a_path_may_be_a_file_or_a_folder_of_either_format() {
    let scratch = Scratch::new();
    write_binaries(&scratch.path("mine"), 5);
    copy_sample(&scratch.path("Photos of mine.parquet"));
    for (source, images, name) in [
        ("mine", "5 images", "local-mine-smoke"),
        ("./mine/", "5 images", "local-mine-smoke"),
        ("mine/train_X.bin", "5 images", "local-train-x-smoke"),
        ("Photos of mine.parquet", "581 images", "local-sample-smoke"),
    ] {
        let said = train(&scratch, source).done();
        assert!(said.contains(images) && said.contains(name), "{source}: {said}");
    }
    let record = fs::read_to_string(scratch.path("results/local-sample-smoke/run.toml")).unwrap();
    assert!(record.contains("'Photos of mine.parquet'"), "the command cannot be typed: {record}");
}

#[test]
fn a_folder_named_by_a_dot_still_names_its_run() {
    let scratch = Scratch::new();
    write_binaries(&scratch.path("mine"), 5);
    let mut command = scratch.command(&["train", "--config", "../tiny.toml", "--source", "."]);
    command.current_dir(scratch.path("mine"));
    let said = Outcome::of(command).done();
    assert!(said.contains("local-mine-smoke"), "{said}");
}

#[test]
fn what_is_no_data_is_refused_with_the_path_and_the_reason() {
    let scratch = Scratch::new();
    let path = |name: &str| scratch.path(name);
    fs::create_dir(path("empty")).unwrap();
    fs::write(path("text.txt"), "hello").unwrap();
    fs::write(path("text.parquet"), "hello").unwrap();
    let sound = fs::read(sample()).unwrap();
    fs::write(path("cut.parquet"), &sound[..100_000]).unwrap();
    let mut noisy = sound;
    noisy[..8_000_000].fill(0x5a);
    fs::write(path("noisy.parquet"), noisy).unwrap();
    fs::write(path("none_X.bin"), "").unwrap();
    fs::write(path("cut_X.bin"), vec![7; IMAGE_BYTES + 1000]).unwrap();
    write_binaries(&path("labels"), 3);
    fs::write(path("labels/train_y.bin"), [1, 2]).unwrap();
    write_binaries(&path("eleven"), 3);
    fs::write(path("eleven/train_y.bin"), [1, 2, 11]).unwrap();
    write_binaries(&path("unlabelled"), 3);
    fs::remove_file(path("unlabelled/train_y.bin")).unwrap();

    for (source, reason) in [
        ("nowhere", "no such file or folder"),
        ("STL10", "expected auto, stl10, sample, or the path"),
        ("empty", "holds no train_X.bin"),
        ("text.txt", "not a `*_X.bin`, a `.parquet` or a folder"),
        ("text.parquet", "not a readable parquet file"),
        ("cut.parquet", "not a readable parquet file"),
        ("noisy.parquet", "noisy.parquet"),
        ("none_X.bin", "holds no images"),
        ("cut_X.bin", "not a whole number of 27648-byte images"),
        ("labels", "2 labels for 3 images"),
        ("eleven", "image 2 has label 11, expected 1 to 10"),
        ("unlabelled", "train_y.bin: no such file"),
    ] {
        train(&scratch, source).refused(&[source, reason]);
    }
    assert!(!path("results").exists(), "a refused source left a run folder");
}

#[test]
fn broken_binaries_in_place_are_an_error_and_not_passed_over() {
    let scratch = Scratch::new();
    fs::write(scratch.path("datasets/stl10_binary/train_X.bin"), vec![0; 1000]).unwrap();
    train(&scratch, "auto").refused(&["stl10_binary/train_X.bin", "1000 bytes"]);
}

#[test]
fn a_batch_that_the_images_cannot_fill_is_refused_before_anything_is_made() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &["--batch-size", "4"]).refused(&["`batch-size` is 4", "only 2"]);
    let many = ["--train-images", "all", "--batch-size", "13"];
    scratch.tiny("reproduce", &many).refused(&["`batch-size` is 13", "only 12"]);
    assert!(!scratch.path("results").exists());
    // And an older run is not given up for it.
    scratch.tiny("train", &[]).done();
    let before = scratch.tiny_files();
    scratch.tiny("train", &["--fresh", "--batch-size", "4"]).refused(&["`batch-size`"]);
    assert!(scratch.tiny_files() == before);
}

#[test]
fn more_images_asked_for_than_there_are_means_all() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &["--measure-images", "1000", "--train-images", "1000"]).done();
    let summary = fs::read_to_string(scratch.path("results/tiny/summary.md")).unwrap();
    assert!(summary.contains("12 images measured"), "{summary}");
    assert!(summary.contains("over 12 training images"), "{summary}");
}

/// The real train split, where a copy lies beside this repository.
#[test]
fn the_mirrors_file_is_known_as_stl10() {
    let file = "../../shared/stl10/train-00000-of-00001.parquet";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if !path.exists() {
        eprintln!("skipped: {} is not here", path.display());
        return;
    }
    let scratch = Scratch::new();
    let said = train(&scratch, path.to_str().unwrap()).done();
    assert!(said.contains("STL-10 train split (5000 images)"), "{said}");
    assert!(said.contains("local-stl10-smoke"), "{said}");
}
