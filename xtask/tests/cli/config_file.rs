//! `--config`: its keys are the flags, flags override it, and errors name the key.

use std::fs;

use crate::common::{Outcome, Scratch};

fn with_config(scratch: &Scratch, text: &str) -> Outcome {
    fs::write(scratch.path("my.toml"), text).unwrap();
    scratch.run(&["reproduce", "--config", "my.toml"])
}

#[test]
fn a_run_can_be_repeated_from_its_own_configuration() {
    let scratch = Scratch::new();
    scratch.tiny("train", &["--seed", "7"]).done();
    let config = "results/tiny/config.toml";
    scratch.run(&["train", "--config", config, "--run", "again"]).done();
    let keys = |name: &str| -> toml::Table {
        toml::from_str(&fs::read_to_string(scratch.path(name)).unwrap()).unwrap()
    };
    assert_eq!(keys(config), keys("results/again/config.toml"));
    assert_eq!(keys(config)["seed"].as_integer(), Some(7), "the flag overrides the file");
    assert_eq!(keys(config)["epochs"].as_integer(), Some(1), "the file overrides the preset");
    assert_eq!(keys(config)["alpha"].as_float(), Some(0.5), "the preset sets the rest");
    let checkpoint = |run: &str| {
        fs::read(scratch.path(&format!("results/{run}/checkpoints/case-c.safetensors"))).unwrap()
    };
    assert!(checkpoint("tiny") == checkpoint("again"));
}

#[test]
fn every_key_is_a_flag_and_every_settings_flag_is_a_key() {
    let scratch = Scratch::new();
    scratch.tiny("train", &[]).done();
    let text = fs::read_to_string(scratch.path("results/tiny/config.toml")).unwrap();
    let mut keys: Vec<String> =
        toml::from_str::<toml::Table>(&text).unwrap().keys().cloned().collect();
    let help = scratch.run(&["train", "--help"]).done();
    let mut flags: Vec<String> = help
        .lines()
        .filter_map(|line| line.trim().strip_prefix("--")?.split_whitespace().next())
        .map(str::to_owned)
        .filter(|flag| {
            !["run", "fresh", "config", "results", "datasets", "threads"].contains(&flag.as_str())
        })
        .collect();
    keys.sort();
    flags.sort();
    assert_eq!(keys, flags);
}

#[test]
fn unknown_keys_and_invalid_values_are_refused_with_the_file() {
    let scratch = Scratch::new();
    for (text, reason) in [
        ("epoch = 5", "unknown field `epoch`"),
        ("epochs = \"many\"", "line 1"),
        ("seed = 1\nepochs = -5", "line 2"),
        ("bins = 99999999999999999999", "99999999999999999999"),
        ("cases = \"a\"", "cases = \"a\""),
        ("cases = [\"e\"]", "expected one of: a, b, c, d"),
        ("train-images = \"some\"", "expected `all` or 1 to"),
        ("train-images = 0", "expected `all` or 1 to"),
        ("device = \"tpu\"", "unknown device `tpu`"),
        ("preset = \"fast\"", "`smoke`, `quick`, `paper`"),
        ("seed = 1\nseed = 2", "duplicate key"),
        ("not toml", "line 1"),
    ] {
        with_config(&scratch, text).refused(&["my.toml", reason]);
    }
    assert!(!scratch.path("results").exists());
}

#[test]
fn values_out_of_range_are_refused_by_name() {
    let scratch = Scratch::new();
    for (text, name) in [
        ("alpha = nan", "`alpha` is NaN"),
        ("beta = -1.0", "`beta` is -1"),
        ("gamma = inf", "`gamma` is inf"),
        ("learning-rate = 0.0", "`learning-rate` is 0"),
        ("adam-beta1 = 1.0", "`adam-beta1` is 1"),
        ("adam-eps = -1e-8", "`adam-eps`"),
        ("epochs = 0", "`epochs` is 0"),
        ("epochs = 9000000000", "`epochs` is 9000000000"),
        ("bins = 0", "`bins` is 0"),
        ("bins = 1000000000", "`bins` is 1000000000"),
        ("hidden-channels = 1000000000", "`hidden-channels` is 1000000000"),
        ("channels = [1, 2, 3]", "`channels` has 3 numbers"),
        ("channels = [0, 1, 1, 1]", "`channels`"),
        ("negatives = 0", "`negatives` is 0"),
        ("batch-size = 0", "`batch-size` is 0"),
        ("batch-size = 1000000", "`batch-size` is 1000000"),
        ("cases = []", "`cases` is empty"),
        ("cases = [\"a\", \"A\"]", "`cases` names a twice"),
        ("figure-classes = [\"cat\", \"cat\"]", "`figure-classes` names cat twice"),
    ] {
        with_config(&scratch, text).refused(&[name]);
    }
    assert!(!scratch.path("results").exists());
}

#[test]
fn an_unreadable_configuration_is_named_in_the_error() {
    let scratch = Scratch::new();
    let refused = |name: &str| {
        scratch
            .run(&["reproduce", "--config", name])
            .refused(&["cannot read the configuration", name])
    };
    refused("missing.toml");
    refused("datasets");
    fs::write(scratch.path("bytes.toml"), [0xff, 0xfe, 0]).unwrap();
    refused("bytes.toml");
}
