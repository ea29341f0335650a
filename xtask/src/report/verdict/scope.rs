//! Whether a run can speak about the study at all.

use dim_models::Case;
use serde::Serialize;

use super::STUDY_WINNER;
use super::claim::Answer;
use crate::run::images::Images;
use crate::run::step::Step;
use crate::settings::config::Config;

/// Training steps of a case with this project's `paper` preset: 50 epochs of 5,000 images in
/// batches of 64. The study states 50 epochs, and neither batch nor step size.
const PAPER_STEPS: usize = 50 * (5000 / 64);

/// Settings of a training that do not make it another experiment, or that are compared by the
/// number of steps.
const NOT_COMPARED: [&str; 4] = ["seed", "epochs", "train-images", "batch-size"];

/// The JSD bound of a network that scores all pairs alike: -2 ln 2.
pub const CHANCE_JSD: f64 = -2.0 * std::f64::consts::LN_2;

/// A local JSD this close above chance is of a network that has hardly learnt.
const NEAR_CHANCE: f64 = 0.05;

/// What keeps a run from speaking about the study.
#[derive(Debug, Serialize)]
pub struct Scope {
    /// How it differs from the study's: other images, a shorter training.
    pub unlike_the_study: Vec<String>,
    /// The case with the lowest JSD of the local network, if that is at chance.
    pub at_chance: Option<LocalJsd>,
}

/// The JSD bound of the local network of a case.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LocalJsd {
    pub case: Case,
    pub jsd: f64,
}

impl Scope {
    /// `local` is the local JSD of every case and seed; empty if it was not measured.
    pub fn new(unlike_the_study: Vec<String>, local: impl Iterator<Item = LocalJsd>) -> Self {
        let lowest = local.min_by(|a, b| a.jsd.total_cmp(&b.jsd));
        let is_at_chance = |lowest: &LocalJsd| lowest.jsd < CHANCE_JSD + NEAR_CHANCE;
        Self { unlike_the_study, at_chance: lowest.filter(is_at_chance) }
    }

    /// The answer to every claim, where the seeds are not asked.
    pub fn withheld(&self) -> Option<Answer> {
        if !self.unlike_the_study.is_empty() {
            Some(Answer::NotTheStudy)
        } else {
            self.at_chance.map(|_| Answer::TrainedTooLittle)
        }
    }
}

/// How a run differs from this project's reproduction of the study; empty if it does not.
pub fn unlike_the_study(config: &Config, images: &Images) -> Vec<String> {
    let mut differences = Vec::new();
    if !images.is_stl10() {
        differences.push("other images".to_owned());
    }
    let train_images = config.train_images.of(images.dataset.len());
    let steps = config.epochs * (train_images / config.batch_size);
    if steps < PAPER_STEPS {
        differences.push(format!("{steps} training steps, where preset paper has {PAPER_STEPS}"));
    }
    let paper = Config::paper();
    let of_training = Step::Train(STUDY_WINNER).settings().iter().copied();
    let compared = of_training.filter(|key| !NOT_COMPARED.contains(key));
    for key in compared.chain(["bins", "measure-images"]) {
        let value = |config: &Config| config.settings(&[key]).ok()?.remove(key);
        if let (Some(own), Some(papers)) = (value(config), value(&paper))
            && own != papers
        {
            differences.push(format!("{key} {own}, where preset paper has {papers}"));
        }
    }
    differences
}
