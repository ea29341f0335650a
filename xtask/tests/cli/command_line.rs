//! Flags, help and exit codes.

use std::fs;

use crate::common::{Outcome, Scratch, program};

#[test]
fn wrong_flags_are_refused_by_name() {
    let scratch = Scratch::new();
    for (flags, parts) in [
        (vec!["--cases", "e"], vec!["--cases", "unknown case `e`", "a, b, c, d"]),
        (vec!["--cases", ""], vec!["--cases"]),
        (vec!["--cases", "a,a"], vec!["`cases` names a twice"]),
        (vec!["--threads", "0"], vec!["--threads is 0", "1 to 1024"]),
        (vec!["--threads", "many"], vec!["--threads"]),
        (vec!["--device", "tpu"], vec!["--device", "auto, cpu, cuda"]),
        (vec!["--preset", "fast"], vec!["--preset", "smoke, quick, paper"]),
        (vec!["--objective", "mine"], vec!["--objective", "jsd, dv, infonce"]),
        (vec!["--prior", "none"], vec!["--prior", "adversarial, cooperative"]),
        (vec!["--seed", "-1"], vec!["--seed", "-1"]),
        (vec!["--seed", "18446744073709551615"], vec!["`seed` is 18446744073709551615"]),
        (vec!["--alpha", "-1"], vec!["`alpha` is -1"]),
        (vec!["--learning-rate", "nan"], vec!["`learning-rate` is NaN"]),
        (vec!["--bins", "5000"], vec!["`bins` is 5000", "2 to 4096"]),
        (vec!["--batch-size", "1"], vec!["`batch-size` is 1", "`negatives`"]),
        (vec!["--train-images", "18446744073709551615"], vec!["--train-images", "1 to"]),
        (vec!["--channels", "'x'"], vec!["--channels", "'x'"]),
        (vec!["--figure-classes", "zebra"], vec!["--figure-classes", "`zebra`", "truck"]),
        (vec!["--figure-classes", "cat,cat"], vec!["`figure-classes` names cat twice"]),
        (vec!["--run", "../up"], vec!["invalid run name `../up`"]),
        (vec!["--epoch", "5"], vec!["--epoch", "--epochs"]),
        (vec!["leftover"], vec!["leftover"]),
    ] {
        for command in ["reproduce", "train"] {
            scratch.run(&[&[command, "--source", "stl10"], &flags[..]].concat()).refused(&parts);
        }
    }
    assert!(!scratch.path("results").exists(), "a refused flag left a run folder");
}

#[test]
#[cfg(not(feature = "cuda"))]
fn a_device_missing_from_the_build_is_refused_with_how_to_add_it() {
    let scratch = Scratch::new();
    let parts = ["`cuda`", "--features cuda", "`cpu`"];
    scratch.tiny("reproduce", &["--device", "cuda"]).refused(&parts);
}

#[test]
fn an_unwritable_results_path_is_named_in_the_error() {
    // Even root cannot create a folder where a file is; permissions would not stop root.
    let scratch = Scratch::new();
    fs::write(scratch.path("results"), "a file").unwrap();
    scratch.tiny("reproduce", &[]).refused(&["cannot make the folder", "results/tiny"]);

    let scratch = Scratch::new();
    fs::create_dir_all(scratch.path("results/tiny")).unwrap();
    fs::write(scratch.path("results/tiny/checkpoints"), "a file").unwrap();
    scratch.tiny("reproduce", &[]).refused(&["results/tiny/checkpoints"]);
    assert!(!scratch.path("results/tiny/run.toml").exists());
}

#[test]
#[cfg(unix)]
fn a_path_that_is_not_utf8_works() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let scratch = Scratch::new();
    let results = scratch.path("results").join(OsStr::from_bytes(b"caf\xe9"));
    let mut command = program(&["train", "--config", "tiny.toml", "--run", "tiny"]);
    command.current_dir(scratch.path("")).arg("--results").arg(&results);
    Outcome::of(command).done();
    assert!(results.join("tiny/run.toml").exists());
}

#[test]
fn help_shows_commands_flags_and_examples() {
    let help = |arguments: &[&str]| Outcome::of(program(arguments)).done();
    let commands = ["reproduce", "train", "measure", "figures", "fetch", "ci"];
    let top = help(&["--help"]);
    for command in commands {
        assert!(top.contains(&format!("\n  {command} ")), "{top}");
        assert!(help(&[command, "--help"]).contains(&format!("Usage: cargo xtask {command}")));
    }
    for command in ["reproduce", "fetch"] {
        let text = help(&[command, "--help"]);
        assert!(text.contains("Examples:\n  cargo xtask"), "{text}");
    }
    for command in ["reproduce", "train", "measure", "figures"] {
        let text = help(&[command, "--help"]);
        for flag in ["--run", "--fresh", "--config", "--source", "--preset", "--bins", "--threads"]
        {
            assert!(text.contains(flag), "{command} does not show {flag}");
        }
    }
    assert!(help(&["--version"]).contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn without_a_command_the_commands_are_listed() {
    let outcome = Outcome::of(program(&[] as &[&str]));
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.contains("reproduce"), "{}", outcome.stderr);
    Outcome::of(program(&["bogus"])).refused(&["unrecognized subcommand 'bogus'"]);
}
