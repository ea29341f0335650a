//! `--source`: where the images come from, and the errors if they cannot be read.

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

/// Trains on a source, with the tiny settings.
fn train(scratch: &Scratch, source: &str) -> Outcome {
    scratch.run(&["train", "--config", "tiny.toml", "--source", source])
}

#[test]
fn official_binaries_take_precedence_over_a_parquet_file() {
    let scratch = Scratch::new();
    copy_sample(&scratch.path("datasets/train-00000-of-00001.parquet"));
    for source in ["auto", "stl10"] {
        let output = train(&scratch, source).done();
        assert!(output.contains(&format!("stl10_binary ({IMAGES} images)")), "{output}");
        assert!(!output.contains("Tried"), "{output}");
    }
}

#[test]
fn a_parquet_file_of_the_train_split_is_found() {
    let scratch = Scratch::new();
    fs::remove_dir_all(scratch.path("datasets/stl10_binary")).unwrap();
    copy_sample(&scratch.path("datasets/train-00000-of-00001.parquet"));
    let output = train(&scratch, "auto").done();
    // The program recognises a file by its content, not by its name.
    assert!(output.contains("sample photographs (581 images)"), "{output}");
    assert!(!output.contains("Tried"), "{output}");
}

#[test]
fn without_stl10_the_sample_is_used_and_the_attempts_are_listed() {
    let scratch = Scratch::new();
    fs::remove_dir_all(scratch.path("datasets")).unwrap();
    copy_sample(&scratch.path("datasets/sample/sample.parquet"));
    let output = train(&scratch, "auto").done();
    for part in [
        "sample photographs (581 images)",
        "STL-10 was not found",
        "stl10_binary/train_X.bin",
        "train-*.parquet",
        "the hub: offline",
        "cargo xtask fetch",
        "local-sample-smoke",
    ] {
        assert!(output.contains(part), "no `{part}` in {output}");
    }
}

#[test]
fn an_unreachable_hub_does_not_stop_a_run_on_the_sample() {
    let scratch = Scratch::new();
    fs::remove_dir_all(scratch.path("datasets")).unwrap();
    copy_sample(&scratch.path("datasets/sample/sample.parquet"));
    let mut command = scratch.command(&["train", "--config", "tiny.toml", "--source", "auto"]);
    command.env_remove("HF_HUB_OFFLINE");
    let output = Outcome::of(command).done();
    assert!(output.contains("the hub: http://127.0.0.1:9/"), "{output}");
    assert_eq!(output.matches("onnection refused").count(), 1, "a cause is stated twice: {output}");
}

#[test]
fn without_images_the_error_lists_the_attempts_and_what_to_do() {
    let scratch = Scratch::new();
    fs::remove_dir_all(scratch.path("datasets")).unwrap();
    let parts = ["STL-10 was not found", "train-*.parquet", "cargo xtask fetch", "--source PATH"];
    train(&scratch, "stl10").refused(&parts);
    train(&scratch, "auto").refused(&[&parts[..], &["sample.parquet"]].concat());
    train(&scratch, "sample").refused(&["sample.parquet", "no such file"]);
    assert!(!scratch.path("results").exists());
}

#[test]
fn a_source_may_be_a_folder_of_binaries_a_binary_or_a_parquet_file() {
    let scratch = Scratch::new();
    write_binaries(&scratch.path("mine"), 5);
    copy_sample(&scratch.path("Photos of mine.parquet"));
    for (source, images, name) in [
        ("mine", "5 images", "local-mine-smoke"),
        ("./mine/", "5 images", "local-mine-smoke"),
        ("mine/train_X.bin", "5 images", "local-train-x-smoke"),
        ("Photos of mine.parquet", "581 images", "local-sample-smoke"),
    ] {
        let output = train(&scratch, source).done();
        assert!(output.contains(images) && output.contains(name), "{source}: {output}");
    }
    let record = fs::read_to_string(scratch.path("results/local-sample-smoke/run.toml")).unwrap();
    assert!(record.contains("'Photos of mine.parquet'"), "the path is not quoted: {record}");
}

#[test]
fn the_source_dot_names_its_run_after_the_current_folder() {
    let scratch = Scratch::new();
    write_binaries(&scratch.path("mine"), 5);
    let mut command = scratch.command(&["train", "--config", "../tiny.toml", "--source", "."]);
    command.current_dir(scratch.path("mine"));
    let output = Outcome::of(command).done();
    assert!(output.contains("local-mine-smoke"), "{output}");
}

#[test]
fn an_invalid_source_is_refused_with_the_path_and_the_reason() {
    let scratch = Scratch::new();
    let path = |name: &str| scratch.path(name);
    fs::create_dir(path("empty")).unwrap();
    fs::write(path("text.txt"), "hello").unwrap();
    fs::write(path("text.parquet"), "hello").unwrap();
    let valid = fs::read(sample()).unwrap();
    fs::write(path("cut.parquet"), &valid[..100_000]).unwrap();
    let mut noisy = valid;
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
fn damaged_official_binaries_are_an_error_and_not_skipped() {
    let scratch = Scratch::new();
    fs::write(scratch.path("datasets/stl10_binary/train_X.bin"), vec![0; 1000]).unwrap();
    train(&scratch, "auto").refused(&["stl10_binary/train_X.bin", "1000 bytes"]);
}

#[test]
fn a_batch_larger_than_the_training_set_is_refused_and_no_file_changes() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &["--batch-size", "4"]).refused(&["`batch-size` is 4", "only 2"]);
    let many = ["--train-images", "all", "--batch-size", "13"];
    scratch.tiny("reproduce", &many).refused(&["`batch-size` is 13", "only 12"]);
    assert!(!scratch.path("results").exists());
    // An existing run is kept.
    scratch.tiny("train", &[]).done();
    let before = scratch.tiny_files();
    scratch.tiny("train", &["--fresh", "--batch-size", "4"]).refused(&["`batch-size`"]);
    assert!(scratch.tiny_files() == before);
}

#[test]
fn asking_for_more_images_than_exist_uses_all() {
    let scratch = Scratch::new();
    scratch.tiny("reproduce", &["--measure-images", "1000", "--train-images", "1000"]).done();
    let summary = fs::read_to_string(scratch.path("results/tiny/summary.md")).unwrap();
    assert!(summary.contains("12 images measured"), "{summary}");
    assert!(summary.contains("over 12 training images"), "{summary}");
}

/// The real train split, if there is a copy beside this repository.
#[test]
fn the_parquet_file_of_the_mirror_is_recognised_as_stl10() {
    let file = "../../shared/stl10/train-00000-of-00001.parquet";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if !path.exists() {
        eprintln!("skipped: {} does not exist", path.display());
        return;
    }
    let scratch = Scratch::new();
    let output = train(&scratch, path.to_str().unwrap()).done();
    assert!(output.contains("STL-10 train split (5000 images)"), "{output}");
    assert!(output.contains("local-stl10-smoke"), "{output}");
}
