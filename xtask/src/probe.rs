//! The probe step: are the maps useful? A linear classifier on frozen features, against the same
//! classifier on the untrained encoder's maps and on pixels.

mod features;
mod splits;

use std::time::Instant;

use anyhow::{Context, Result};
use dim_models::{Case, DeepInfoMax};
use rayon::prelude::*;

use crate::csv::{Fields, Parse, Row, write};
use crate::interrupt;
use crate::measure::untrained;
use crate::progress::{Progress, say};
use crate::record::{Inputs, code};
use crate::ridge::RidgeClassifier;
use crate::run::{PROBE, checkpoint};
use crate::session::Session;
use features::{Features, Pooling};
use splits::{Splits, splits};

/// The step's name in the record.
pub const STEP: &str = "probe";

/// Ridge penalties to choose from, for features of variance 1.
const PENALTIES: [f64; 12] = [1e-4, 1e-3, 0.01, 0.1, 1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6, 1e7];

/// Test images that are classified at once, so that a fold holds no copy of all.
const TESTED_AT_ONCE: usize = 256;

/// What the classifier sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Representation {
    /// The gray image itself.
    Pixels,
    /// Maps of a case's encoder before training.
    Untrained(Case),
    /// Maps of a case's trained encoder.
    Trained(Case),
}

/// How one classifier did.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    pub representation: Representation,
    /// [`Pooling::name`].
    pub pooling: String,
    pub fold: usize,
    pub classes: usize,
    pub train_images: usize,
    pub test_images: usize,
    /// Chosen by leave-one-out on the training images.
    pub penalty: f64,
    /// Share of the test images whose class was found.
    pub accuracy: f64,
}

impl Representation {
    fn id(self) -> (&'static str, &'static str) {
        match self {
            Representation::Pixels => ("pixels", ""),
            Representation::Untrained(case) => ("untrained", case.id()),
            Representation::Trained(case) => ("trained", case.id()),
        }
    }
}

impl Row for Score {
    const COLUMNS: &'static [&'static str] = &[
        "representation",
        "case",
        "pooling",
        "fold",
        "classes",
        "train_images",
        "test_images",
        "penalty",
        "accuracy",
    ];

    fn fields(&self) -> Vec<String> {
        let (representation, case) = self.representation.id();
        let counts = [self.fold, self.classes, self.train_images, self.test_images];
        let mut fields = [representation, case, &self.pooling].map(str::to_owned).to_vec();
        fields.extend(counts.map(|n| n.to_string()));
        fields.extend([self.penalty.to_string(), format!("{:.6}", self.accuracy)]);
        fields
    }
}

impl Parse for Score {
    fn parse(fields: &mut Fields<'_>) -> Result<Self> {
        let (name, case): (String, Option<Case>) = (fields.next()?, fields.optional()?);
        let representation = match (name.as_str(), case) {
            ("pixels", None) => Representation::Pixels,
            ("untrained", Some(case)) => Representation::Untrained(case),
            ("trained", Some(case)) => Representation::Trained(case),
            _ => anyhow::bail!("no representation of that name and case"),
        };
        Ok(Self {
            representation,
            pooling: fields.next()?,
            fold: fields.next()?,
            classes: fields.next()?,
            train_images: fields.next()?,
            test_images: fields.next()?,
            penalty: fields.next()?,
            accuracy: fields.next()?,
        })
    }
}

/// What the step depends on.
pub fn inputs(session: &Session) -> Result<Inputs> {
    let mut inputs = session.inputs(&["cases", "measure-images", "seed"])?;
    inputs.extend(code(&["stl-data", "dim-models", "probe.rs"]));
    inputs.insert("device".to_owned(), session.device_kind().to_owned());
    inputs.extend(session.checkpoint_inputs()?);
    inputs.extend(splits::inputs(session)?);
    Ok(inputs)
}

/// Trains and tests every classifier, where that is due.
pub fn measure(session: &mut Session) -> Result<()> {
    let inputs = inputs(session)?;
    if !session.record.is_to_do(&session.run, STEP, &inputs)? {
        return Ok(());
    }
    let start = Instant::now();
    let mut scores = Vec::new();
    match splits(session)? {
        None => {
            say("probe: left out; it needs STL-10, or other images with classes than the sample's")
        }
        Some(splits) => {
            say(&format!("probe: linear classifiers of {}", splits.description));
            scores = score_all(session, &splits)?;
        }
    }
    write(&session.run.to_write(PROBE)?, &scores)?;
    session.record.finish(&session.run, STEP, inputs, &[PROBE.to_owned()], start.elapsed())
}

fn score_all(session: &Session, splits: &Splits) -> Result<Vec<Score>> {
    let cases = session.config.cases();
    let mut representations = vec![Representation::Pixels];
    representations.extend(cases.iter().copied().map(Representation::Untrained));
    representations.extend(cases.iter().copied().map(Representation::Trained));
    let images = representations.len() * splits.labels.len();
    let progress = Progress::new("probe", images as u64, "images");
    let mut scores = Vec::new();
    for representation in representations {
        let model = match representation {
            Representation::Pixels => None,
            Representation::Untrained(case) => Some(untrained(session, case)?),
            Representation::Trained(case) => {
                let path = session.run.path(&checkpoint(case));
                Some(DeepInfoMax::load(&path, &session.device)?)
            }
        };
        let poolings: &[Pooling] = match representation {
            Representation::Pixels => &[Pooling::Global, Pooling::Grid, Pooling::None],
            _ => &[Pooling::Global, Pooling::Grid],
        };
        for features in features::of_images(session, model.as_ref(), poolings, splits, &progress)? {
            scores.extend(score(representation, &features, splits)?);
        }
    }
    progress.finish("probed");
    Ok(scores)
}

/// A classifier for each split.
fn score(
    representation: Representation,
    features: &Features,
    splits: &Splits,
) -> Result<Vec<Score>> {
    let of_split = |(fold, split): (usize, &splits::Split)| {
        interrupt::check(|| {
            "the probe was running; the same command, without --fresh, does it from its start"
                .to_owned()
        })?;
        let labels = |rows: &[usize]| rows.iter().map(|&i| splits.labels[i]).collect::<Vec<_>>();
        let classifier = RidgeClassifier::fit(
            &features.rows(&split.train),
            features.dimension,
            &labels(&split.train),
            &PENALTIES,
        )?;
        let mut right = 0.0;
        for rows in split.test.chunks(TESTED_AT_ONCE) {
            let accuracy = classifier.accuracy(&features.rows(rows), &labels(rows))?;
            right += (accuracy * rows.len() as f64).round();
        }
        Ok(Score {
            representation,
            pooling: features.pooling.name().to_owned(),
            fold,
            classes: splits.classes,
            train_images: split.train.len(),
            test_images: split.test.len(),
            penalty: classifier.penalty(),
            accuracy: right / split.test.len() as f64,
        })
    };
    let scores: Vec<Result<Score>> = splits.all.par_iter().enumerate().map(of_split).collect();
    let (name, case) = representation.id();
    let subject = format!("probing {name} {case}");
    scores.into_iter().collect::<Result<_>>().with_context(|| subject.trim_end().to_owned())
}
