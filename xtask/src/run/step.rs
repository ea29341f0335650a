//! The steps of a run: their names, what they depend on, what they write, and what to do when that
//! is stale.

use std::fmt;
use std::str::FromStr;

use dim_models::Case;
use serde::{Deserialize, Serialize};

use super::folder::{
    BLUR, BOUNDS, CLAIMS, COPIES, FIGURES, GEOMETRY, JOINT, LEADS, METRICS, PROBE, SEEDS_CSV,
    SENSITIVITY, SUMMARY_CSV, SUMMARY_JSON, SUMMARY_MD, UNSEEN, UNTRAINED, checkpoint, losses,
};
use crate::tables::comparison::Comparison;

/// A step of a run. The order is that in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Step {
    /// Trains the encoder of a case.
    Train(Case),
    /// Measures MI between every image and its maps, with controls.
    Measure,
    /// Runs the weights of each case through the layers of each case.
    Geometry,
    /// Measures with blurred images, and copies of the image in the place of maps.
    Blur,
    /// Measures encoders that were not trained, with the initial weights of several seeds.
    Untrained,
    /// Measures images that training has not seen.
    Unseen,
    /// Measures some images with many numbers of bins and estimators.
    Sensitivity,
    /// Evaluates the objective's bounds by the trained networks.
    Bounds,
    /// Trains linear probes on the maps.
    Probe,
    /// Summarises the tables of a run.
    Summary,
    /// Draws the figures of a run.
    Figures,
    /// Summarises and draws the runs of several seeds, in the folder that holds them.
    Seeds,
}

/// What to do with results that were made from other inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenStale {
    /// Keep them and stop, unless `--fresh` asks to replace them: they took long.
    Refuse,
    /// Make them again: they take seconds.
    RunAgain,
}

const TRAIN_SETTINGS: [&str; 18] = [
    "seed",
    "epochs",
    "train-images",
    "batch-size",
    "learning-rate",
    "adam-beta1",
    "adam-beta2",
    "adam-eps",
    "clip-gradient-norm",
    "objective",
    "negatives",
    "prior",
    "alpha",
    "beta",
    "gamma",
    "channels",
    "hidden-channels",
    "align",
];

const UNTRAINED_SETTINGS: [&str; 9] = [
    "cases",
    "measure-images",
    "bins",
    "seed",
    "train-images",
    "batch-size",
    "channels",
    "hidden-channels",
    "align",
];

impl Step {
    /// The steps that `cargo xtask measure` runs after training, in order, without the summary.
    pub const MEASURING: [Step; 8] = [
        Step::Measure,
        Step::Geometry,
        Step::Blur,
        Step::Untrained,
        Step::Unseen,
        Step::Sensitivity,
        Step::Bounds,
        Step::Probe,
    ];

    /// The steps of a run of these cases, in order.
    pub fn of_run(cases: &[Case]) -> Vec<Step> {
        let trainings = cases.iter().map(|&case| Step::Train(case));
        trainings.chain(Step::MEASURING).chain([Step::Summary, Step::Figures]).collect()
    }

    /// Raised when the step writes other bits than before from the same inputs. The golden test
    /// (`tests/cli/golden.rs`) fails until it is.
    ///
    /// Training is never refused or repeated because of it: the program says so and keeps the
    /// weights. The other steps run again.
    pub const fn revision(self) -> u32 {
        match self {
            Step::Train(_) => 1,
            Step::Measure => 2,
            Step::Geometry => 1,
            Step::Blur => 1,
            Step::Untrained => 1,
            Step::Unseen => 1,
            Step::Sensitivity => 2,
            Step::Bounds => 2,
            Step::Probe => 2,
            Step::Summary => 2,
            Step::Figures => 2,
            Step::Seeds => 2,
        }
    }

    /// The settings that it depends on, by key. A key that is added later counts as its default for
    /// existing results: if the setting itself is older, raise the revision too.
    pub const fn settings(self) -> &'static [&'static str] {
        match self {
            Step::Train(_) => &TRAIN_SETTINGS,
            Step::Measure => &["cases", "measure-images", "bins", "seed"],
            Step::Geometry | Step::Blur => &["cases", "measure-images", "bins"],
            Step::Untrained => &UNTRAINED_SETTINGS,
            Step::Unseen => &["cases", "bins"],
            Step::Sensitivity => &["cases", "measure-images"],
            Step::Bounds => &["cases", "measure-images", "batch-size", "negatives", "seed"],
            Step::Probe => &["cases", "measure-images", "seed", "train-images", "batch-size"],
            Step::Summary => &[
                "preset",
                "epochs",
                "train-images",
                "batch-size",
                "seed",
                "cases",
                "bins",
                "align",
            ],
            // The others are in the files that it reads.
            Step::Figures => &["preset", "cases", "figure-classes"],
            Step::Seeds => &["preset", "epochs", "train-images", "batch-size", "bins", "align"],
        }
    }

    /// Whether its numbers come from an encoder: CPU, CUDA and Metal may differ in the last bits.
    /// Figures run one too, but only show its maps.
    pub const fn depends_on_device(self) -> bool {
        !matches!(self, Step::Summary | Step::Figures | Step::Seeds)
    }

    /// The files of earlier steps that it reads, in the run folder.
    pub fn reads(self, cases: &[Case]) -> Vec<String> {
        let checkpoints = || cases.iter().map(|&case| checkpoint(case));
        let losses = || cases.iter().map(|&case| losses(case));
        match self {
            Step::Train(_) | Step::Untrained | Step::Seeds => Vec::new(),
            Step::Measure
            | Step::Geometry
            | Step::Blur
            | Step::Unseen
            | Step::Sensitivity
            | Step::Bounds
            | Step::Probe => checkpoints().collect(),
            Step::Summary => measurements().chain(losses()).collect(),
            Step::Figures => measurements().chain(checkpoints()).chain(losses()).collect(),
        }
    }

    /// The files that it always writes. Figures depend on the images.
    pub fn files(self) -> Vec<String> {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        match self {
            Step::Train(case) => vec![checkpoint(case), losses(case)],
            Step::Measure => owned(&Comparison::ALL.map(Comparison::file)),
            Step::Geometry => owned(&[GEOMETRY]),
            Step::Blur => owned(&[BLUR, COPIES]),
            Step::Untrained => owned(&[UNTRAINED]),
            Step::Unseen => owned(&[UNSEEN]),
            Step::Sensitivity => owned(&[SENSITIVITY, LEADS, JOINT]),
            Step::Bounds => owned(&[BOUNDS]),
            Step::Probe => owned(&[PROBE]),
            Step::Summary => owned(&[METRICS, CLAIMS, SUMMARY_CSV, SUMMARY_JSON, SUMMARY_MD]),
            Step::Figures => Vec::new(),
            Step::Seeds => owned(&[SEEDS_CSV, CLAIMS, SUMMARY_JSON, SUMMARY_MD]),
        }
    }

    /// Whether it writes a file of this name.
    pub fn writes(self, name: &str) -> bool {
        let draws = matches!(self, Step::Figures | Step::Seeds);
        let is_figure = name.strip_prefix(FIGURES).is_some_and(|rest| rest.starts_with("/fig-"));
        (draws && is_figure) || self.files().iter().any(|file| file == name)
    }

    /// What to do with results that were made from other inputs.
    pub const fn when_stale(self) -> WhenStale {
        match self {
            Step::Train(_) | Step::Measure => WhenStale::Refuse,
            _ => WhenStale::RunAgain,
        }
    }

    /// The command that runs it.
    pub const fn command(self) -> &'static str {
        match self {
            Step::Train(_) => "cargo xtask train",
            Step::Measure
            | Step::Geometry
            | Step::Blur
            | Step::Untrained
            | Step::Unseen
            | Step::Sensitivity
            | Step::Bounds
            | Step::Probe
            | Step::Summary => "cargo xtask measure",
            Step::Figures => "cargo xtask figures",
            Step::Seeds => "cargo xtask reproduce --seeds",
        }
    }
}

/// Every table that a measured run holds.
fn measurements() -> impl Iterator<Item = String> {
    Step::MEASURING.into_iter().flat_map(Step::files)
}

/// The name in the record: `train-a`, `measure`.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Train(case) => write!(f, "train-{}", case.id()),
            Step::Measure => f.write_str("measure"),
            Step::Geometry => f.write_str("geometry"),
            Step::Blur => f.write_str("blur"),
            Step::Untrained => f.write_str("untrained"),
            Step::Unseen => f.write_str("unseen"),
            Step::Sensitivity => f.write_str("sensitivity"),
            Step::Bounds => f.write_str("bounds"),
            Step::Probe => f.write_str("probe"),
            Step::Summary => f.write_str("summary"),
            Step::Figures => f.write_str("figures"),
            Step::Seeds => f.write_str("seeds"),
        }
    }
}

impl FromStr for Step {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        let mut steps = Step::of_run(&Case::ALL).into_iter().chain([Step::Seeds]);
        steps.find(|step| step.to_string() == s).ok_or_else(|| format!("unknown step `{s}`"))
    }
}

impl From<Step> for String {
    fn from(step: Step) -> String {
        step.to_string()
    }
}

impl TryFrom<String> for Step {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        name.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parse_back() {
        for step in Step::of_run(&Case::ALL).into_iter().chain([Step::Seeds]) {
            assert_eq!(step.to_string().parse(), Ok(step));
        }
        assert!("train-e".parse::<Step>().is_err());
    }

    #[test]
    fn every_file_that_a_step_reads_is_written_by_one_step_before_it() {
        let steps = Step::of_run(&Case::ALL);
        for (position, step) in steps.iter().enumerate() {
            for file in step.reads(&Case::ALL) {
                let writers = steps[..position].iter().filter(|earlier| earlier.writes(&file));
                assert_eq!(writers.count(), 1, "{step} reads {file}");
            }
        }
    }
}
